// JPEG-LS (PS3.5 8.2.3, A.4.3) through CharLS.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

/// Errors: Malformed, and those of the format.
Result<Raster> decode_jpeg_ls(Bytes frame, const PixelFormat& format);

/// `near`: by how much a sample may differ, 0 for lossless. Signed and palette pixels are lossless always:
/// the stream knows no sign, so that a difference of one could turn the greatest value into the least.
/// Errors: NotAcceptable.
Result<Encoded> encode_jpeg_ls(const Raster& raster, int near);

} // namespace recog::codec
