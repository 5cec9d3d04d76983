// RLE Lossless (PS3.5 annex G).
//
//   frame   = count(4) offset(4){15} segment*     (little endian, offsets from the start of the frame)
//   segment = (n(1) byte{n + 1} | -n(1) byte)*    (n from 0 to 127; -128 is nothing)
// One segment for each byte of each sample, the most significant first.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

/// Errors: Malformed (a segment too few, too many, or that ends before its last pixel), and those of the
/// format.
Result<Raster> decode_rle(Bytes frame, const PixelFormat& format);

/// Errors: NotAcceptable (one bit pixels, more than 15 segments).
Result<Encoded> encode_rle(const Raster& raster);

} // namespace recog::codec
