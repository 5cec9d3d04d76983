// A small picture that shows what an object is and nothing of who it is of (PS3.18 10.4.3.3.4: "shall not
// contain any Patient Identifying Information").
//
// What cannot be told from pixels is decided by rule: an image whose Burned In Annotation (0028,0301) is YES
// is not shown. Where nothing is said, and the kind of object often carries text in its pixels (ultrasound,
// secondary capture, endoscopy, photographs, documents), the picture holds no more detail than kDiscreetSide
// pixels a side, too little to read; asked for larger, it is enlarged from that.
#pragma once

#include "core/render/image.hpp"

namespace recog::render {

inline constexpr std::uint32_t kThumbnailSide = 128;
inline constexpr std::uint32_t kDiscreetSide = 128;

enum class Stand { Withheld, Document, Unreadable };

/// A drawn picture that stands for one that is not shown: a bar, a page with lines, a cross.
Picture stand_in(Stand stand, std::uint32_t width, std::uint32_t height);

/// Width and height 0: kThumbnailSide. Errors: those of Image::render.
Result<Picture> thumbnail(Image& image, std::uint32_t frame, std::uint32_t width, std::uint32_t height);

/// The frame that stands for all: the one the object names, else the middle one.
std::uint32_t middle_frame(const Image& image);

} // namespace recog::render
