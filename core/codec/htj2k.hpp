// High throughput JPEG 2000 (ISO/IEC 15444-15) through OpenJPH, which encodes only: OpenJPEG
// decodes the same streams to the same pixels, and OpenJPH 0.9 recurses until the stack ends on broken ones.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

/// In RPCL order, with a TLM marker: what .202 asks for, and .201 and .203 allow. Errors: NotAcceptable.
Result<Encoded> encode_htj2k(const Raster& raster, bool lossy, int quality);

} // namespace recog::codec
