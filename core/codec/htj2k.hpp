// High throughput JPEG 2000 (ISO/IEC 15444-15) through OpenJPH.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

/// Errors: Malformed, TooLarge, NotAcceptable, and those of the format.
Result<Raster> decode_htj2k(Bytes frame, const PixelFormat& format);

/// In RPCL order, with a TLM marker: what .202 asks for, and .201 and .203 allow. Errors: NotAcceptable.
Result<Encoded> encode_htj2k(const Raster& raster, bool lossy, int quality);

} // namespace recog::codec
