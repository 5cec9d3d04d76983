// Any bytes as a frame of any syntax: syntax(1) format(1) rows(1) columns(1) frame. What can be decoded is
// encoded again without loss, and must come back.
#include "core/codec/codec.hpp"
#include "core/codec/syntaxes.hpp"

#include "expect.hpp"

#include <array>

using namespace recog;
using namespace recog::codec;

namespace {

constexpr std::array kSyntaxes{syntax::Rle,
                               syntax::JpegBaseline,
                               syntax::JpegLosslessFirstOrder,
                               syntax::JpegLs,
                               syntax::Jpeg2000,
                               syntax::Htj2k,
                               syntax::DeflatedImageFrame,
                               std::string_view("1.2.840.10008.1.2.1")};

PixelFormat format_of(std::uint8_t flags, std::uint8_t rows, std::uint8_t columns) {
    PixelFormat format;
    format.rows = std::uint32_t{rows} + 1;
    format.columns = std::uint32_t{columns} + 1;
    format.samples = (flags & 1U) != 0 ? 3 : 1;
    format.bits_allocated = (flags & 2U) != 0 ? 16 : 8;
    format.is_signed = (flags & 4U) != 0;
    format.planar = (flags & 8U) != 0;
    format.bits_stored = format.bits_allocated - ((flags >> 4U) & 7U);
    const bool ybr = (flags & 0x80U) != 0;
    format.photometric = format.samples == 1 ? "MONOCHROME2" : ybr ? "YBR_FULL_422" : "RGB";
    if (format.samples == 1 && ybr) {
        format.bits_allocated = 1;
        format.bits_stored = 1;
    }
    return format;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kHead = 4;
    if (size < kHead) {
        return 0;
    }
    const Bytes frame = std::as_bytes(std::span(data, size)).subspan(kHead);
    const auto decoded =
        decode(frame, kSyntaxes[data[0] % kSyntaxes.size()], format_of(data[1], data[2], data[3]));
    if (!decoded) {
        fuzz::expect(!decoded.failure().text.empty(), "a failure has a sentence");
        return 0;
    }
    fuzz::expect(decoded->pixels.size() == frame_bytes(decoded->format),
                 "a raster is as long as its format says");
    if (decoded->format.bits_allocated == 1) {
        return 0; // the bits that fill up the last byte are nobody's
    }
    const auto encoded = encode(*decoded, syntax::Rle);
    fuzz::expect(encoded.ok(), "RLE holds what was decoded");
    const auto again = decode(encoded->bytes, syntax::Rle, encoded->format);
    fuzz::expect(again && again->pixels == decoded->pixels, "RLE gives every bit back");
    return 0;
}
