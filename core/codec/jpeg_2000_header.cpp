#include "core/codec/jpeg_2000_header.hpp"

#include "core/codec/samples.hpp"

#include <algorithm>
#include <array>

namespace recog::codec {

namespace {

constexpr unsigned kSiz = 0xFF51;
constexpr unsigned kCap = 0xFF50;
constexpr unsigned kCod = 0xFF52;
constexpr unsigned kSot = 0xFF90;
constexpr std::size_t kSizBytes = 38; // Lsiz of no components
constexpr std::size_t kJp2SearchBytes = 65536;
constexpr unsigned kMaxStreamPrecision = 31; // what OpenJPEG holds in its integers

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

std::uint32_t number(Bytes bytes, std::size_t at, std::size_t length) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i) {
        value = value << 8U | static_cast<std::uint32_t>(bytes[at + i]);
    }
    return value;
}

// The code stream itself, or that of a JP2 file (PS3.5 A.4.4 forbids the boxes).
Bytes code_stream(Bytes frame) {
    constexpr std::array start{std::byte{0xFF}, std::byte{0x4F}, std::byte{0xFF}, std::byte{0x51}};
    constexpr std::array box{std::byte{0},  std::byte{0},   std::byte{0},
                             std::byte{12}, std::byte{'j'}, std::byte{'P'}};
    if (frame.size() < 12 || !std::equal(box.begin(), box.end(), frame.begin())) {
        return frame;
    }
    const Bytes head = frame.first(std::min(frame.size(), kJp2SearchBytes));
    const auto found = std::search(head.begin(), head.end(), start.begin(), start.end());
    return frame.subspan(static_cast<std::size_t>(found - head.begin()));
}

Status take_components(Jpeg2000Header& header, Bytes segment) {
    for (unsigned c = 0; c < header.components; ++c) {
        const std::size_t at = kSizBytes - 2 + 3 * std::size_t{c};
        const unsigned depth = number(segment, at, 1);
        const unsigned precision = (depth & 0x7FU) + 1;
        const bool is_signed = (depth & 0x80U) != 0;
        if (c == 0) {
            header.precision = precision;
            header.is_signed = is_signed;
        }
        if (number(segment, at + 1, 2) != 0x0101 || precision != header.precision ||
            is_signed != header.is_signed) {
            return error(ErrorKind::NotAcceptable, "the components of the JPEG 2000 stream are not alike");
        }
    }
    return {};
}

// `segment` is without Lsiz: Rsiz(2) X Y XO YO XT YT XTO YTO (4 each) Csiz(2) components(3 each).
Status take_size(Jpeg2000Header& header, Bytes segment) {
    if (segment.size() < kSizBytes - 2) {
        return malformed("the size marker of the JPEG 2000 stream is cut short");
    }
    const auto at = [&](std::size_t n) { return std::uint64_t{number(segment, 2 + 4 * n, 4)}; };
    header.components = number(segment, 34, 2);
    if (at(0) <= at(2) || at(1) <= at(3) || at(4) == 0 || at(5) == 0 || at(6) > at(2) || at(7) > at(3) ||
        header.components == 0 || segment.size() < kSizBytes - 2 + std::size_t{3} * header.components) {
        return malformed("the size marker of the JPEG 2000 stream gives no size");
    }
    header.columns = at(0) - at(2);
    header.rows = at(1) - at(3);
    const std::uint64_t across = (at(0) - at(6) + at(4) - 1) / at(4);
    const std::uint64_t down = (at(1) - at(7) + at(5) - 1) / at(5);
    // Capped, so that the product of two is no surprise.
    header.tiles = std::min(across, kMaxTiles + 1) * std::min(down, kMaxTiles + 1);
    return take_components(header, segment);
}

Status take_coding(Jpeg2000Header& header, Bytes segment) {
    if (segment.size() < 10) {
        return malformed("the coding marker of the JPEG 2000 stream is cut short");
    }
    header.transformed = number(segment, 4, 1) != 0;
    header.reversible = number(segment, 9, 1) == 1;
    return {};
}

} // namespace

Result<Jpeg2000Header> read_jpeg_2000_header(Bytes frame) {
    Jpeg2000Header header;
    header.stream = code_stream(frame);
    const Bytes stream = header.stream;
    if (stream.size() < 4 || number(stream, 0, 4) != 0xFF4FFF51) {
        return malformed("the frame does not begin as a JPEG 2000 stream");
    }
    bool coding = false;
    for (std::size_t at = 2; stream.size() - at >= 4;) {
        const unsigned marker = number(stream, at, 2);
        if (marker == kSot) {
            return coding ? Result<Jpeg2000Header>(header)
                          : malformed("the JPEG 2000 stream has no coding marker");
        }
        const std::size_t length = number(stream, at + 2, 2);
        if (marker < 0xFF00 || length < 2 || length > stream.size() - at - 2) {
            return malformed("a marker segment of the JPEG 2000 stream is cut short");
        }
        const Bytes segment = stream.subspan(at + 4, length - 2);
        const Status taken = marker == kSiz   ? take_size(header, segment)
                             : marker == kCod ? take_coding(header, segment)
                                              : Status();
        if (!taken) {
            return taken.failure();
        }
        coding = coding || marker == kCod;
        header.high_throughput = header.high_throughput || marker == kCap;
        at += 2 + length;
    }
    return malformed("the JPEG 2000 stream ends before its first tile");
}

Result<Jpeg2000Header> matching_jpeg_2000_header(Bytes frame, const PixelFormat& format) {
    if (const Status known = check_format(format); !known) {
        return known.failure();
    }
    auto header = read_jpeg_2000_header(frame);
    if (!header) {
        return header;
    }
    if (const Status same = check_stream(format, header->columns, header->rows, header->components); !same) {
        return same.failure();
    }
    if (header->tiles > kMaxTiles) {
        return error(ErrorKind::TooLarge, "the JPEG 2000 stream has too many tiles");
    }
    if (header->precision > kMaxStreamPrecision) {
        return error(ErrorKind::NotAcceptable, "the JPEG 2000 stream has more bits than any decoder knows");
    }
    return header;
}

std::string decoded_photometric(const Jpeg2000Header& header, const PixelFormat& format) {
    if (header.components != 3) {
        return format.photometric;
    }
    const bool chroma = format.photometric == "YBR_FULL" || format.photometric == "YBR_FULL_422";
    return chroma && !header.transformed ? "YBR_FULL" : "RGB";
}

double decibels_of(int quality) {
    return 30.0 + 0.35 * std::clamp(quality, 1, 100);
}

} // namespace recog::codec
