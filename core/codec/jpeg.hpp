// The JPEG family of ISO/IEC 10918-1 (PS3.5 8.2.1, A.4.1). Lossy streams of 8 bits go through libjpeg-turbo;
// those of 12 bits and lossless ones, which it does not have, through the IJG code of DCMTK. Which of them is
// chosen by the stream, not by the transfer syntax.
#pragma once

#include "core/codec/jpeg_header.hpp"
#include "core/codec/samples.hpp"

namespace recog::codec {

/// Errors: Malformed (also a stream that is cut short or corrupt: no part of an image is invented),
/// NotAcceptable (arithmetic or hierarchical), and those of the format.
Result<Raster> decode_jpeg(Bytes frame, const PixelFormat& format);

/// Processes 1 (8 bits, `extended` false) and 4 (up to 12 bits). RGB becomes YBR_FULL_422. Errors:
/// NotAcceptable (signed, palette, too many bits).
Result<Encoded> encode_jpeg_lossy(const Raster& raster, int quality, bool extended);

/// Process 14, selection value 1: that of .70, and allowed in .57.
Result<Encoded> encode_jpeg_lossless(const Raster& raster);

// libjpeg-turbo: 8 bits.
Result<Raster> decode_jpeg_8(Bytes frame, const JpegHeader& header, const PixelFormat& format);
Result<Encoded> encode_jpeg_8(const Samples& samples, int quality);

// DCMTK: 8 to 16 bits.
Result<Raster> decode_jpeg_ijg(Bytes frame, const JpegHeader& header, const PixelFormat& format);
Result<Encoded> encode_jpeg_12(const Samples& samples, int quality);
Result<Encoded> encode_jpeg_lossless(const Samples& samples);

} // namespace recog::codec
