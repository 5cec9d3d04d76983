#include "core/codec/codec.hpp"

#include "core/codec/syntaxes.hpp"

#include "rasters.hpp"

#include <doctest/doctest.h>

#include <cstring>

using namespace recog;
using namespace recog::codec;
using namespace recog::test;

namespace {

constexpr std::array kLossless{syntax::Rle,
                               syntax::JpegLossless,
                               syntax::JpegLosslessFirstOrder,
                               syntax::JpegLs,
                               syntax::Jpeg2000Lossless,
                               syntax::Htj2kLossless,
                               syntax::Htj2kLosslessRpcl};

void check_every_bit(const Raster& raster, std::string_view uid) {
    const auto encoded = encode(raster, uid);
    REQUIRE_MESSAGE(encoded, encoded.failure().text);
    CHECK(!encoded->lossy);
    const auto decoded = decode(encoded->bytes, uid, encoded->format);
    REQUIRE_MESSAGE(decoded, decoded.failure().text);
    CHECK(decoded->pixels == raster.pixels);
    CHECK(decoded->format.bits_allocated == raster.format.bits_allocated);
    CHECK(decoded->format.bits_stored == raster.format.bits_stored);
    CHECK(decoded->format.photometric == raster.format.photometric);
    CHECK(!decoded->format.planar);
}

std::vector<PixelFormat> every_depth() {
    std::vector<PixelFormat> formats;
    for (std::uint32_t stored = 1; stored <= 16; ++stored) {
        for (const bool is_signed : {false, true}) {
            formats.push_back(mono(33, 47, 16, stored, is_signed));
            if (stored <= 8) {
                formats.push_back(mono(31, 20, 8, stored, is_signed));
            }
        }
    }
    return formats;
}

} // namespace

TEST_CASE("lossless syntaxes give back every bit of every depth and sign") {
    for (const auto uid : kLossless) {
        for (const PixelFormat& format : every_depth()) {
            CAPTURE(uid);
            CAPTURE(format.bits_allocated);
            CAPTURE(format.bits_stored);
            CAPTURE(format.is_signed);
            check_every_bit(raster_for(format), uid);
            check_every_bit(raster_for(format, 2, 100000), uid);
        }
    }
}

TEST_CASE("lossless syntaxes give back what stands above the stored bits") {
    for (const auto uid : kLossless) {
        for (const bool is_signed : {false, true}) {
            CAPTURE(uid);
            Raster raster = raster_for(mono(16, 16, 16, 16, false));
            raster.format.bits_stored = 12; // as overlays did that lay in unused bits
            raster.format.is_signed = is_signed;
            check_every_bit(raster, uid);
        }
    }
}

TEST_CASE("lossless syntaxes give back colours") {
    for (const auto uid : kLossless) {
        for (const auto* photometric : {"RGB", "YBR_FULL"}) {
            for (const std::uint32_t bits : {8U, 16U}) {
                CAPTURE(uid);
                CAPTURE(photometric);
                CAPTURE(bits);
                check_every_bit(raster_for(colour(21, 34, bits, photometric), 3, 5000), uid);
            }
        }
        PixelFormat palette = mono(20, 20, 8, 8, false);
        palette.photometric = "PALETTE COLOR";
        check_every_bit(raster_for(palette), uid);
    }
}

TEST_CASE("small and long frames go through") {
    constexpr std::array<std::array<std::uint32_t, 2>, 8> kSizes{
        {{1, 1}, {1, 2}, {2, 1}, {1, 300}, {300, 1}, {7, 3}, {2, 5000}, {65, 129}}};
    for (const auto uid : kLossless) {
        for (const auto& [rows, columns] : kSizes) {
            CAPTURE(uid);
            CAPTURE(rows);
            CAPTURE(columns);
            check_every_bit(raster_for(mono(rows, columns, 16, 12, false)), uid);
            check_every_bit(raster_for(colour(rows, columns, 8, "RGB")), uid);
        }
    }
}

TEST_CASE("one bit pixels go through JPEG 2000, and RLE takes 32 bits") {
    for (const auto uid : {syntax::Jpeg2000Lossless, syntax::Htj2kLossless}) {
        CAPTURE(uid);
        check_every_bit(raster_for(mono(9, 13, 1, 1, false)), uid);
    }
    check_every_bit(raster_for(mono(9, 13, 32, 32, false)), syntax::Rle);
    CHECK(encode(raster_for(mono(9, 13, 32, 32, false)), syntax::JpegLs).failure().kind ==
          ErrorKind::NotAcceptable);
    CHECK(encode(raster_for(mono(9, 13, 1, 1, false)), syntax::Rle).failure().kind ==
          ErrorKind::NotAcceptable);
}

TEST_CASE("planes and half chroma come out side by side") {
    PixelFormat planes = colour(1, 2, 8, "RGB");
    planes.planar = true;
    const std::array planar{std::byte{1}, std::byte{2}, std::byte{3},
                            std::byte{4}, std::byte{5}, std::byte{6}};
    const auto pixels = decode(planar, "1.2.840.10008.1.2.1", planes);
    REQUIRE(pixels);
    CHECK(pixels->pixels ==
          std::vector{std::byte{1}, std::byte{3}, std::byte{5}, std::byte{2}, std::byte{4}, std::byte{6}});
    CHECK(!pixels->format.planar);

    const auto half = colour(1, 2, 8, "YBR_FULL_422");
    CHECK(frame_bytes(half) == 4);
    const auto whole = decode(Bytes(planar).first(4), "1.2.840.10008.1.2", half);
    REQUIRE(whole);
    CHECK(whole->pixels ==
          std::vector{std::byte{1}, std::byte{3}, std::byte{4}, std::byte{2}, std::byte{3}, std::byte{4}});
    CHECK(whole->format.photometric == "YBR_FULL");

    for (const auto uid : kLossless) {
        Raster raster{planes, {planar.begin(), planar.end()}};
        const auto encoded = encode(raster, uid);
        REQUIRE(encoded);
        const auto decoded = decode(encoded->bytes, uid, encoded->format);
        REQUIRE(decoded);
        CHECK(decoded->pixels == pixels->pixels);
    }
}

TEST_CASE("lossy syntaxes stay near and say that they are lossy") {
    struct Case {
        std::string_view uid;
        PixelFormat format;
        int near;
        const char* photometric;
    };
    const std::array cases{
        Case{syntax::JpegBaseline, mono(64, 64, 8, 8, false), 12, "MONOCHROME2"},
        Case{syntax::JpegExtended, mono(64, 64, 8, 8, false), 12, "MONOCHROME2"},
        Case{syntax::JpegExtended, mono(64, 64, 16, 12, false), 60, "MONOCHROME2"},
        Case{syntax::JpegExtended, mono(64, 64, 16, 10, false), 60, "MONOCHROME2"},
        Case{syntax::JpegBaseline, colour(64, 64, 8, "RGB"), 30, "YBR_FULL_422"},
        Case{syntax::JpegLsNear, mono(64, 64, 16, 12, false), 2, "MONOCHROME2"},
        Case{syntax::JpegLsNear, colour(64, 64, 8, "RGB"), 2, "RGB"},
        Case{syntax::Jpeg2000, mono(64, 64, 16, 12, false), 60, "MONOCHROME2"},
        Case{syntax::Jpeg2000, colour(64, 64, 8, "RGB"), 20, "YBR_ICT"},
        Case{syntax::Htj2k, mono(64, 64, 16, 12, false), 60, "MONOCHROME2"},
        Case{syntax::Htj2k, mono(64, 64, 16, 16, false), 600, "MONOCHROME2"},
        Case{syntax::Htj2k, colour(64, 64, 8, "RGB"), 20, "YBR_ICT"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.uid);
        CAPTURE(one.format.bits_stored);
        CAPTURE(one.format.photometric);
        const Raster raster = raster_for(one.format, 4, 0);
        const auto encoded = encode(raster, one.uid);
        REQUIRE_MESSAGE(encoded, encoded.failure().text);
        CHECK(encoded->lossy);
        CHECK(encoded->format.photometric == one.photometric);
        const auto decoded = decode(encoded->bytes, one.uid, encoded->format);
        REQUIRE_MESSAGE(decoded, decoded.failure().text);
        CHECK(decoded->format.photometric == one.format.photometric);
        CHECK(greatest_difference(*decoded, raster) <= one.near);
    }
}

TEST_CASE("what a syntax cannot hold is not acceptable") {
    PixelFormat palette = mono(16, 16, 8, 8, false);
    palette.photometric = "PALETTE COLOR";
    for (const auto& [uid, format] :
         {std::pair{syntax::JpegBaseline, mono(16, 16, 8, 8, true)},
          std::pair{syntax::JpegBaseline, mono(16, 16, 16, 12, false)},
          std::pair{syntax::JpegBaseline, palette},
          std::pair{syntax::JpegExtended, mono(16, 16, 16, 16, false)},
          std::pair{syntax::JpegExtended, mono(16, 16, 16, 12, true)}, std::pair{syntax::Jpeg2000, palette},
          std::pair{syntax::Htj2k, palette}, std::pair{syntax::JpegLs, mono(16, 16, 1, 1, false)},
          std::pair{syntax::DeflatedImageFrame, mono(16, 16, 8, 8, false)},
          std::pair{std::string_view("1.2.840.10008.1.2.4.102"), mono(16, 16, 8, 8, false)}}) {
        CAPTURE(uid);
        const auto encoded = encode(raster_for(format), uid);
        REQUIRE(!encoded);
        CHECK(encoded.failure().kind == ErrorKind::NotAcceptable);
    }
    CHECK(!can_encode("1.2.840.10008.1.2.4.92"));
    CHECK(can_decode("1.2.840.10008.1.2.4.92"));
    CHECK(can_decode("1.2.840.10008.1.2.1.99"));
    CHECK(!can_decode("1.2.840.10008.1.2.4.102"));
}

TEST_CASE("signed pixels, few bits and palettes pass near-lossless JPEG-LS exactly") {
    for (const PixelFormat& format : {mono(32, 32, 16, 12, true), mono(32, 32, 8, 6, false)}) {
        const Raster raster = raster_for(format, 5, 100);
        const auto encoded = encode(raster, syntax::JpegLsNear);
        REQUIRE(encoded);
        CHECK(!encoded->lossy);
        CHECK(decode(encoded->bytes, syntax::JpegLsNear, encoded->format)->pixels == raster.pixels);
    }
}

TEST_CASE("lossy HTJ2K stays near in frames that are halved to a single sample") {
    for (const std::uint32_t rows : {1U, 2U, 3U, 4U, 8U, 16U, 17U, 32U, 33U, 64U}) {
        for (const std::uint32_t columns : {16U, 32U, 33U}) {
            CAPTURE(rows);
            CAPTURE(columns);
            const Raster raster = raster_for(mono(rows, columns, 16, 12, false));
            const auto encoded = encode(raster, syntax::Htj2k);
            REQUIRE(encoded);
            CHECK(greatest_difference(*decode(encoded->bytes, syntax::Htj2k, raster.format), raster) <= 40);
        }
    }
}

TEST_CASE("JPEG-LS streams of few bits have a precision of 8, whose thresholds every reader knows") {
    for (const bool is_signed : {false, true}) {
        const auto encoded = encode(raster_for(mono(16, 16, 8, 6, is_signed)), syntax::JpegLs);
        REQUIRE(encoded);
        CHECK(encoded->bytes.at(6) == std::byte{8}); // SOI, SOF55, its length, P
    }
}

TEST_CASE("HTJ2K streams have a TLM marker and the RPCL order") {
    const auto encoded = encode(raster_for(mono(600, 500, 16, 12, false)), syntax::Htj2kLosslessRpcl);
    REQUIRE(encoded);
    const std::string_view text(reinterpret_cast<const char*>(encoded->bytes.data()), 400);
    const auto tlm = text.find("\xFF\x55");
    REQUIRE(tlm != std::string_view::npos);
    const auto cod = text.find("\xFF\x52");
    REQUIRE(cod != std::string_view::npos);
    CHECK(text[cod + 5] == 2); // progression order RPCL
    // The length in TLM reaches from SOT to EOC.
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        length = length << 8U | static_cast<std::uint8_t>(text[tlm + 8 + i]);
    }
    const std::size_t start = text.find(std::string_view("\xFF\x90\x00\x0A", 4));
    CHECK(start + length + 2 == encoded->bytes.size());
}
