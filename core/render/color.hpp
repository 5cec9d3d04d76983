// Pixels of three samples as red, green and blue of 8 bits (PS3.3 C.7.6.3.1.2).
#pragma once

#include "core/codec/codec.hpp"
#include "core/render/lookup_table.hpp"
#include "core/render/picture.hpp"

namespace recog::render {

/// RGB, YBR_FULL, YBR_FULL_422 and the YBR forms of JPEG 2000 that a decoder has left as RGB; either planar
/// configuration; 8, 16 or 32 bits. Errors: Malformed (too few bytes), NotAcceptable (another
/// interpretation).
Result<Picture> color_picture(codec::Bytes pixels, const codec::PixelFormat& format, unsigned high_bit);

/// The palette as one table of three bytes for each combination of `stored` bits.
std::vector<std::uint8_t> palette_colors(const Palette& palette, unsigned stored, bool is_signed);

} // namespace recog::render
