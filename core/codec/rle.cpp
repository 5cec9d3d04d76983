#include "core/codec/rle.hpp"

#include "core/codec/samples.hpp"

#include <algorithm>
#include <cstring>

namespace recog::codec {

namespace {

constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kMaxSegments = 15;
constexpr std::size_t kMaxRun = 128;

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

std::uint32_t read_u32(Bytes bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        number |= static_cast<std::uint32_t>(bytes[at + i]) << (8U * i);
    }
    return number;
}

void write_u32(std::vector<std::byte>& bytes, std::size_t at, std::size_t number) {
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[at + i] = static_cast<std::byte>((number >> (8U * i)) & 0xFFU);
    }
}

// How much of the plane the segment fills; what it holds beyond is padding.
std::size_t unpack(Bytes segment, std::vector<std::byte>& plane) {
    std::size_t at = 0;
    std::size_t filled = 0;
    while (filled < plane.size() && at < segment.size()) {
        const auto head = static_cast<std::uint8_t>(segment[at++]);
        if (head < 128) {
            const std::size_t taken =
                std::min({std::size_t{head} + 1, plane.size() - filled, segment.size() - at});
            std::memcpy(plane.data() + filled, segment.data() + at, taken);
            at += taken;
            filled += taken;
        } else if (head > 128 && at < segment.size()) {
            const std::size_t taken = std::min(std::size_t{257} - head, plane.size() - filled);
            std::memset(plane.data() + filled, static_cast<int>(segment[at++]), taken);
            filled += taken;
        }
    }
    return filled;
}

// PS3.5 says nothing of them. Those that are met hold a byte for each pixel; bytes of eight pixels are taken
// too.
Result<Raster> single_bits(Bytes segment, const PixelFormat& format) {
    std::vector<std::byte> plane(sample_count(format));
    const std::size_t filled = unpack(segment, plane);
    if (filled == plane.size()) {
        return raster_of(std::move(plane), 1, 1, format, format.photometric);
    }
    if (filled < (plane.size() + 7) / 8) {
        return malformed("a segment of the RLE frame ends before its last pixel");
    }
    plane.resize((plane.size() + 7) / 8);
    return Raster{format, std::move(plane)};
}

// G.3.1: a row does not run into the next, and two equal bytes are worth a run only at its start.
void pack_row(const std::byte* row, std::size_t length, std::vector<std::byte>& out) {
    const auto run_at = [&](std::size_t at) {
        std::size_t run = 1;
        while (at + run < length && run < kMaxRun && row[at + run] == row[at]) {
            ++run;
        }
        return run;
    };
    for (std::size_t at = 0; at < length;) {
        if (const std::size_t run = run_at(at); run > 1) {
            out.push_back(static_cast<std::byte>(257 - run));
            out.push_back(row[at]);
            at += run;
            continue;
        }
        std::size_t end = at + 1;
        while (end < length && end - at < kMaxRun &&
               !(end + 2 < length && row[end] == row[end + 1] && row[end] == row[end + 2])) {
            ++end;
        }
        out.push_back(static_cast<std::byte>(end - at - 1));
        out.insert(out.end(), row + at, row + end);
        at = end;
    }
}

/// Where the bytes of a segment stand among those of a pixel.
std::size_t place_of(std::size_t segment, std::size_t bytes) {
    const std::size_t sample = segment / bytes;
    return sample * bytes + (bytes - 1 - segment % bytes);
}

} // namespace

Result<Raster> decode_rle(Bytes frame, const PixelFormat& format) {
    if (const Status known = check_format(format); !known) {
        return known.failure();
    }
    const std::size_t bytes = sample_bytes(format);
    const std::size_t segments = bytes * format.samples;
    if (frame.size() < kHeaderBytes || read_u32(frame, 0) != segments) {
        return malformed("the RLE frame has another number of segments than the image attributes ask for");
    }
    if (format.bits_allocated == 1 && format.samples > 1) {
        return error(ErrorKind::NotAcceptable, "RLE holds no colours of one bit");
    }
    const std::size_t pixels = std::size_t{format.rows} * format.columns;
    Raster raster{format, std::vector<std::byte>(pixels * segments)};
    raster.format.planar = false;
    if (format.photometric == "YBR_FULL_422") {
        raster.format.photometric = "YBR_FULL"; // three whole planes lie in the segments
    }
    std::vector<std::byte> plane(pixels);
    for (std::size_t s = 0; s < segments; ++s) {
        const std::size_t begin = read_u32(frame, 4 + 4 * s);
        const std::size_t end = s + 1 < segments ? read_u32(frame, 8 + 4 * s) : frame.size();
        if (begin < kHeaderBytes || begin > end || end > frame.size()) {
            return malformed("a segment of the RLE frame lies outside of it");
        }
        if (format.bits_allocated == 1) {
            return single_bits(frame.subspan(begin, end - begin), format);
        }
        if (unpack(frame.subspan(begin, end - begin), plane) != plane.size()) {
            return malformed("a segment of the RLE frame ends before its last pixel");
        }
        std::byte* to = raster.pixels.data() + place_of(s, bytes);
        for (std::size_t i = 0; i < pixels; ++i) {
            to[i * segments] = plane[i];
        }
    }
    return raster;
}

Result<Encoded> encode_rle(const Raster& raster) {
    const auto whole = interleaved(raster.pixels, raster.format);
    if (!whole) {
        return whole.failure();
    }
    const PixelFormat& format = whole->format;
    const std::size_t bytes = sample_bytes(format);
    const std::size_t segments = bytes * format.samples;
    if (format.bits_allocated < 8 || segments > kMaxSegments) {
        return error(ErrorKind::NotAcceptable, "RLE holds no such pixels");
    }
    Encoded encoded{format, std::vector<std::byte>(kHeaderBytes), false};
    // G.2: each segment holds all of one byte, which is Planar Configuration 1 where there are several
    // samples.
    encoded.format.planar = format.samples > 1;
    write_u32(encoded.bytes, 0, segments);
    std::vector<std::byte> row(format.columns);
    for (std::size_t s = 0; s < segments; ++s) {
        write_u32(encoded.bytes, 4 + 4 * s, encoded.bytes.size());
        const std::byte* from = whole->pixels.data() + place_of(s, bytes);
        for (std::size_t r = 0; r < format.rows; ++r) {
            for (std::byte& byte : row) {
                byte = *from;
                from += segments;
            }
            pack_row(row.data(), row.size(), encoded.bytes);
        }
        encoded.bytes.resize(encoded.bytes.size() + encoded.bytes.size() % 2);
    }
    return encoded;
}

} // namespace recog::codec
