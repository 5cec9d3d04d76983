#include "core/codec/codec.hpp"

#include "core/codec/syntaxes.hpp"

#include "rasters.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace recog;
using namespace recog::codec;
using namespace recog::test;

namespace {

constexpr std::array kSyntaxes{syntax::Rle,    syntax::JpegBaseline,     syntax::JpegLosslessFirstOrder,
                               syntax::JpegLs, syntax::Jpeg2000Lossless, syntax::Htj2kLossless};

bool is_expected(const Error& failure) {
    return (failure.kind == ErrorKind::Malformed || failure.kind == ErrorKind::TooLarge ||
            failure.kind == ErrorKind::NotAcceptable) &&
           !failure.text.empty();
}

PixelFormat format_for(std::string_view uid) {
    return uid == syntax::JpegBaseline ? mono(24, 20, 8, 8, false) : mono(24, 20, 16, 12, false);
}

std::vector<std::byte> stream_of(std::string_view uid, const PixelFormat& format) {
    return encode(raster_for(format), uid)->bytes;
}

} // namespace

TEST_CASE("a stream cut at any byte is malformed, or was whole without its end") {
    for (const auto uid : kSyntaxes) {
        CAPTURE(uid);
        const PixelFormat format = format_for(uid);
        const auto whole = stream_of(uid, format);
        const auto pixels = decode(whole, uid, format)->pixels;
        std::size_t accepted = 0;
        for (std::size_t length = 0; length < whole.size(); ++length) {
            CAPTURE(length);
            const std::vector<std::byte> cut(whole.begin(),
                                             whole.begin() + static_cast<std::ptrdiff_t>(length));
            const auto decoded = decode(cut, uid, format);
            if (!decoded) {
                CHECK(is_expected(decoded.failure()));
                continue;
            }
            ++accepted;
            CHECK(decoded->pixels == pixels);
        }
        CHECK(accepted <= 16); // end markers and padding
    }
}

TEST_CASE("any bit turned over gives pixels or an error") {
    for (const auto uid : kSyntaxes) {
        CAPTURE(uid);
        const PixelFormat format = format_for(uid);
        const auto whole = stream_of(uid, format);
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (unsigned bit = 0; bit < 8; bit += at < 200 ? 1 : 5) {
                auto turned = whole;
                turned[at] ^= std::byte{1} << bit;
                const auto decoded = decode(turned, uid, format);
                if (decoded) {
                    CHECK(decoded->pixels.size() == *frame_bytes(decoded->format));
                } else {
                    CHECK(is_expected(decoded.failure()));
                }
            }
        }
    }
}

TEST_CASE("what the stream says must agree with the data set") {
    for (const auto uid : kSyntaxes) {
        CAPTURE(uid);
        const PixelFormat format = format_for(uid);
        const auto stream = stream_of(uid, format);
        PixelFormat rows = format;
        rows.rows += 1;
        PixelFormat samples = format;
        samples.samples = 3;
        samples.photometric = "RGB";
        for (const PixelFormat& other : {rows, samples}) {
            const auto decoded = decode(stream, uid, other);
            REQUIRE(!decoded);
            CHECK(decoded.failure().kind == ErrorKind::Malformed);
        }
    }
}

TEST_CASE("a stream of more bits than are allocated decides") {
    for (const auto uid :
         {syntax::JpegLosslessFirstOrder, syntax::JpegLs, syntax::Jpeg2000Lossless, syntax::Htj2kLossless}) {
        CAPTURE(uid);
        const Raster raster = raster_for(mono(10, 10, 16, 12, false));
        const auto encoded = encode(raster, uid);
        REQUIRE(encoded);
        const auto decoded = decode(encoded->bytes, uid, mono(10, 10, 8, 8, false));
        REQUIRE(decoded);
        CHECK(decoded->format.bits_allocated == 16);
        CHECK(decoded->format.bits_stored == 12);
        CHECK(decoded->pixels == raster.pixels);
    }
}

TEST_CASE("formats beyond the limits are refused before anything is allocated") {
    struct Case {
        const char* what;
        PixelFormat format;
        ErrorKind kind;
    };
    PixelFormat samples = mono(4, 4, 8, 8, false);
    samples.samples = 4;
    const std::array cases{
        Case{"no rows", mono(0, 4, 8, 8, false), ErrorKind::Malformed},
        Case{"no columns", mono(4, 0, 8, 8, false), ErrorKind::Malformed},
        Case{"rows that no US holds", mono(70000, 4, 8, 8, false), ErrorKind::Malformed},
        Case{"more than the limit", mono(65535, 65535, 16, 16, false), ErrorKind::TooLarge},
        Case{"12 bits allocated", mono(4, 4, 12, 12, false), ErrorKind::NotAcceptable},
        Case{"more stored than allocated", mono(4, 4, 8, 12, false), ErrorKind::Malformed},
        Case{"no bits stored", mono(4, 4, 8, 0, false), ErrorKind::Malformed},
        Case{"four samples", samples, ErrorKind::NotAcceptable},
    };
    const auto stream = stream_of(syntax::JpegLs, mono(4, 4, 8, 8, false));
    for (const Case& one : cases) {
        for (const auto uid : kSyntaxes) {
            CAPTURE(one.what);
            CAPTURE(uid);
            const auto decoded = decode(stream, uid, one.format);
            REQUIRE(!decoded);
            CHECK(decoded.failure().kind == one.kind);
            CHECK(!encode(Raster{one.format, {}}, uid));
        }
        CHECK(decode(stream, "1.2.840.10008.1.2", one.format).failure().kind == one.kind);
    }
    CHECK(!frame_bytes(mono(0, 4, 8, 8, false)));
    CHECK(frame_bytes(mono(3, 3, 1, 1, false)) == 2);
}

TEST_CASE("a raster that is shorter than it says is not encoded") {
    for (const auto uid : kSyntaxes) {
        CHECK(encode(Raster{mono(4, 4, 8, 8, false), std::vector<std::byte>(15)}, uid).failure().kind ==
              ErrorKind::Malformed);
    }
}

TEST_CASE("an RLE header that lies is malformed") {
    const PixelFormat format = mono(4, 4, 16, 16, false);
    const auto whole = stream_of(syntax::Rle, format);
    struct Case {
        const char* what;
        std::size_t at;
        std::uint8_t value;
    };
    for (const Case& one : {Case{"no segment", 0, 0}, Case{"one segment", 0, 1}, Case{"three segments", 0, 3},
                            Case{"a segment in the header", 4, 60}, Case{"a segment behind the end", 8, 255},
                            Case{"a segment far away", 11, 127}, Case{"segments backwards", 4, 120}}) {
        CAPTURE(one.what);
        auto stream = whole;
        stream[one.at] = static_cast<std::byte>(one.value);
        const auto decoded = decode(stream, syntax::Rle, format);
        REQUIRE(!decoded);
        CHECK(decoded.failure().kind == ErrorKind::Malformed);
    }
}

TEST_CASE("HTJ2K data that break bit stuffing never reach OpenJPEG, which asserts that they do not") {
    const Raster raster = raster_for(mono(32, 32, 16, 12, false));
    const auto encoded = encode(raster, syntax::Htj2kLossless);
    REQUIRE(encoded);
    const auto& good = encoded->bytes;
    REQUIRE(decode(good, syntax::Htj2kLossless, raster.format));
    for (std::size_t at = good.size() / 2; at + 2 < good.size(); ++at) {
        auto bad = good;
        bad[at] = std::byte{0xFF};
        bad[at + 1] = std::byte{0x90};
        CHECK(!decode(bad, syntax::Htj2kLossless, raster.format));
    }
}

TEST_CASE("HTJ2K in several layers, and segments that OpenJPEG does not know, are malformed") {
    const Raster raster = raster_for(mono(32, 32, 16, 12, false));
    const auto encoded = encode(raster, syntax::Htj2kLossless);
    REQUIRE(encoded);
    const std::array cod{std::byte{0xFF}, std::byte{0x52}};
    auto layers = encoded->bytes;
    const auto found = std::search(layers.begin(), layers.end(), cod.begin(), cod.end());
    REQUIRE(found != layers.end());
    *(found + 7) = std::byte{2}; // marker, Lcod, Scod, progression, layers
    CHECK(!decode(layers, syntax::Htj2kLossless, raster.format));
    auto unknown = encoded->bytes;
    const std::array segment{std::byte{0xFF}, std::byte{0x31}, std::byte{0},
                             std::byte{4},    std::byte{0},    std::byte{0}};
    const auto place = std::search(unknown.begin(), unknown.end(), cod.begin(), cod.end());
    unknown.insert(place, segment.begin(), segment.end());
    CHECK(!decode(unknown, syntax::Htj2kLossless, raster.format));
}
