// Well-known colour spaces as ICC profiles, and pictures in them (PS3.18 8.3.5.1.5, PS3.3 C.11.15.1.2).
#pragma once

#include "core/render/picture.hpp"

#include <string>

namespace recog::render {

enum class ColorSpace { Srgb, AdobeRgb, RommRgb };

/// ICC.1:2001-04 (version 2), matrix and curves, made here: nothing is read from files.
std::string icc_profile(ColorSpace space);

/// From sRGB, which all pictures are taken for. Colours outside of the other space are cut off.
Picture converted(const Picture& srgb, ColorSpace space);

} // namespace recog::render
