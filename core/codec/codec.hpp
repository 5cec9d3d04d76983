// Pixels out of and into the compressed forms that DICOM knows (PS3.5 8 and A.4). One frame at a time, no
// data sets: transcode.hpp makes whole objects of it.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::codec {

using Bytes = std::span<const std::byte>;

/// What the Image Pixel module (PS3.3 C.7.6.3) says of a frame.
struct PixelFormat {
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    std::uint32_t samples = 1;        ///< Samples per Pixel: 1 or 3
    std::uint32_t bits_allocated = 8; ///< 1, 8, 16 or 32
    std::uint32_t bits_stored = 8;
    bool is_signed = false;  ///< Pixel Representation
    bool planar = false;     ///< Planar Configuration 1: all of one sample, then all of the next
    std::string photometric; ///< Photometric Interpretation
    friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};

/// Uncompressed pixels in little endian, rows from the top, without padding between rows.
struct Raster {
    PixelFormat
        format; ///< as the pixels are now: a decoder may have turned YBR into RGB and planes into pixels
    std::vector<std::byte> pixels;
};

inline constexpr std::uint64_t kMaxFrameBytes = 1ULL << 30U;

/// Bytes of one uncompressed frame in this format (YBR_FULL_422 has two samples a pixel, and the last byte of
/// one bit pixels may be filled up); nullopt when it is empty or beyond the limit.
std::optional<std::size_t> frame_bytes(const PixelFormat& format);

/// Uncompressed syntaxes included: their pixels are in little endian here, whatever the syntax.
bool can_decode(std::string_view transfer_syntax);
bool can_encode(std::string_view transfer_syntax);

/// `frame` is what lies in its fragments, joined. What the code stream says and `format` does not agree with
/// is Malformed, unless the standard lets the code stream decide:
/// - a stream of more bits than are allocated gives a raster of 16 bits allocated (PS3.5 8.2.1);
/// - markers of JFIF and Adobe, and components named R, G and B, say more of a JPEG's colours than the
///   Photometric Interpretation does. Lossy YCbCr comes as RGB, and so does what JPEG 2000 has transformed;
/// - a sample has the low bits of the stream's precision and is extended as Pixel Representation says,
/// whatever
///   sign JPEG 2000 states.
/// Samples of one pixel lie side by side, chroma of YBR_FULL_422 is repeated for its second pixel (YBR_FULL).
/// Errors: Malformed, TooLarge, NotAcceptable (no decoder for the syntax).
Result<Raster> decode(Bytes frame, std::string_view transfer_syntax, const PixelFormat& format);

struct EncodeOptions {
    int quality = 90; ///< of lossy JPEG and JPEG 2000, 1 to 100
    int near = 2;     ///< of JPEG-LS near-lossless: by how much a sample may differ; 0 is lossless
};

/// The result may be of another photometric interpretation than the raster (YBR_FULL_422, YBR_RCT, ...): see
/// `format`. Lossless syntaxes give every bit back. Errors: NotAcceptable (the syntax has no encoder, or
/// cannot hold such pixels).
struct Encoded {
    PixelFormat format; ///< to be written into the data set
    std::vector<std::byte> bytes;
    bool lossy = false; ///< the bytes do not give the raster back exactly
};
Result<Encoded> encode(const Raster& raster, std::string_view transfer_syntax,
                       const EncodeOptions& options = {});

} // namespace recog::codec
