// Pixels out of and into the compressed forms that DICOM knows (PS3.5 8 and A.4). One frame at a time, no
// data sets: transcode.hpp makes whole objects of it.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
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

/// Bytes of one frame in this format; nullopt when it is empty or beyond the limit.
inline constexpr std::uint64_t kMaxFrameBytes = 1ULL << 30U;

/// Uncompressed syntaxes included.
bool can_decode(std::string_view transfer_syntax);
bool can_encode(std::string_view transfer_syntax);

/// `frame` is what lies in its fragments, joined. What the code stream says and `format` does not agree with
/// is Malformed, unless the standard lets the code stream decide. Errors: Malformed, TooLarge, NotAcceptable
/// (no decoder for the syntax).
Result<Raster> decode(Bytes frame, std::string_view transfer_syntax, const PixelFormat& format);

struct EncodeOptions {
    int quality = 90; ///< of lossy JPEG, 1 to 100
};

/// The result may be of another photometric interpretation than the raster (YBR_FULL_422, YBR_RCT, ...): see
/// `format`. Lossless syntaxes give every bit back. Errors: NotAcceptable (the syntax has no encoder, or
/// cannot hold such pixels).
struct Encoded {
    PixelFormat format; ///< to be written into the data set
    std::vector<std::byte> bytes;
};
Result<Encoded> encode(const Raster& raster, std::string_view transfer_syntax,
                       const EncodeOptions& options = {});

} // namespace recog::codec
