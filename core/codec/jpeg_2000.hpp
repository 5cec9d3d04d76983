// JPEG 2000 (PS3.5 8.2.4, A.4.4) through OpenJPEG, which also reads the high throughput streams.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

/// Errors: Malformed (also a stream cut short), TooLarge, NotAcceptable, and those of the format.
Result<Raster> decode_jpeg_2000(Bytes frame, const PixelFormat& format);

/// RGB becomes YBR_RCT, or YBR_ICT when `lossy`. Errors: NotAcceptable.
Result<Encoded> encode_jpeg_2000(const Raster& raster, bool lossy, int quality);

} // namespace recog::codec
