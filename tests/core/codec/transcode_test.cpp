#include "core/codec/transcode.hpp"

#include "core/codec/image_frames.hpp"
#include "core/codec/syntaxes.hpp"

#include "../dicom/dicom_samples.hpp"
#include "rasters.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::codec;
using namespace recog::test;

namespace {

constexpr std::string_view kImplicit = "1.2.840.10008.1.2";
constexpr std::string_view kExplicit = "1.2.840.10008.1.2.1";
constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
constexpr std::string_view kBig = "1.2.840.10008.1.2.2";
constexpr std::array kLossless{kImplicit,
                               kExplicit,
                               kDeflated,
                               kBig,
                               syntax::Rle,
                               syntax::JpegLossless,
                               syntax::JpegLosslessFirstOrder,
                               syntax::JpegLs,
                               syntax::Jpeg2000Lossless,
                               syntax::Htj2kLossless,
                               syntax::Htj2kLosslessRpcl};

std::string padded(std::string text, char with = ' ') {
    return text.size() % 2 == 0 ? text : text + with;
}

// Sequences of both kinds of length within each other, a private block, unknown VRs, numbers of every width.
std::string attributes_before() {
    const std::string inner =
        element(0x0008, 0x0104, "LO", "inside") + element(0x0028, 0x0106, "SS", little(0xFF00, 2));
    const std::string open_item = little(0xE000FFFE, 4) + little(0xFFFFFFFF, 4) + inner +
                                  element(0x0008, 0x2218, "SQ", item(inner)) + little(0xE00DFFFE, 4) +
                                  little(0, 4);
    const std::string open_sequence = little(0x11400008, 4) + "SQ" + std::string(2, '\0') +
                                      little(0xFFFFFFFF, 4) + open_item + item(inner) + sequence_end();
    return element(8, 8, "CS", "ORIGINAL\\PRIMARY") +
           element(8, 0x16, "UI", padded("1.2.840.10008.5.1.4.1.1.7", '\0')) +
           element(8, 0x18, "UI", padded("1.2.3.4", '\0')) + open_sequence +
           element(9, 0x10, "LO", "ACME 1.0") + element(9, 0x1001, "UN", "\x01\x02\x03\x04") +
           element(9, 0x1002, "FD", little(0x3FF0, 2) + "abcdef") + element(0x18, 0x9073, "FD", "12345678") +
           element(0x18, 0x1310, "US", "\x01\x02\x03\x04\x05\x06\x07\x08") +
           element(0x18, 0x6024, "UL", "\x01\x02\x03\x04");
}

std::string object(const std::vector<Raster>& frames, const std::string& more_before = {},
                   const std::string& behind = {}) {
    const PixelFormat& f = frames.front().format;
    std::string pixels;
    for (const Raster& frame : frames) {
        pixels.append(reinterpret_cast<const char*>(frame.pixels.data()), frame.pixels.size());
    }
    pixels = padded(pixels, '\0');
    std::string dataset = attributes_before() + more_before + element(0x28, 2, "US", little(f.samples, 2)) +
                          element(0x28, 4, "CS", padded(f.photometric));
    if (f.samples > 1) {
        dataset += element(0x28, 6, "US", little(f.planar ? 1 : 0, 2));
    }
    dataset += element(0x28, 8, "IS", padded(std::to_string(frames.size()))) +
               element(0x28, 0x10, "US", little(f.rows, 2)) +
               element(0x28, 0x11, "US", little(f.columns, 2)) +
               element(0x28, 0x100, "US", little(f.bits_allocated, 2)) +
               element(0x28, 0x101, "US", little(f.bits_stored, 2)) +
               element(0x28, 0x102, "US", little(f.bits_stored - 1, 2)) +
               element(0x28, 0x103, "US", little(f.is_signed ? 1 : 0, 2));
    return part10(std::string(kExplicit),
                  dataset + element(0x7FE0, 0x10, f.bits_allocated <= 8 ? "OB" : "OW", pixels) + behind);
}

std::vector<std::byte> must(Result<Transcoded> made) {
    REQUIRE_MESSAGE(made, made.failure().text);
    return std::move(made->file);
}

std::string text_of(const std::vector<std::byte>& file) {
    return {reinterpret_cast<const char*>(file.data()), file.size()};
}

std::string dataset_of(const std::string& file) {
    const auto meta = dicom::read_meta(bytes_of(file));
    REQUIRE(meta);
    return file.substr(meta->dataset_offset);
}

} // namespace

TEST_CASE("an object comes back byte for byte from every lossless syntax") {
    const std::vector<std::string> objects{
        object({raster_for(mono(15, 22, 16, 12, true)), raster_for(mono(15, 22, 16, 12, true), 2)}),
        object({raster_for(mono(15, 21, 8, 8, false))}), object({raster_for(colour(15, 22, 8, "RGB"))}),
        object({raster_for(mono(15, 22, 16, 16, false))}, {}, element(0xFFFC, 0xFFFC, "OB", "\0\0"))};
    for (const std::string& file : objects) {
        for (const auto through : kLossless) {
            CAPTURE(through);
            const auto there = must(transcode(bytes_of(file), through));
            const auto meta = dicom::read_meta(there);
            REQUIRE(meta);
            CHECK(meta->transfer_syntax == through);
            CHECK(meta->sop_instance == "1.2.3.4");
            const auto back = text_of(must(transcode(there, kExplicit)));
            // An implicit data set does not say the VRs of private elements; all else must be as it was.
            if (through != kImplicit) {
                CHECK(dataset_of(back) == dataset_of(file));
            } else {
                const auto again = must(transcode(there, kBig));
                const auto image = ImageFrames::open(again);
                REQUIRE(image);
                CHECK(image->raster(1)->pixels == ImageFrames::open(bytes_of(file))->raster(1)->pixels);
            }
        }
    }
}

TEST_CASE("every lossless syntax goes into every other") {
    const std::string file =
        object({raster_for(mono(9, 14, 16, 10, false)), raster_for(mono(9, 14, 16, 10, false), 7)});
    const auto wanted = ImageFrames::open(bytes_of(file));
    REQUIRE(wanted);
    for (const auto from : kLossless) {
        const auto start = must(transcode(bytes_of(file), from));
        for (const auto to : kLossless) {
            CAPTURE(from);
            CAPTURE(to);
            CHECK(can_transcode(from, to));
            const auto made = must(transcode(start, to));
            const auto image = ImageFrames::open(made);
            REQUIRE(image);
            CHECK(image->count() == 2);
            for (std::uint32_t n = 1; n <= 2; ++n) {
                CHECK(image->raster(n)->pixels == wanted->raster(n)->pixels);
            }
            if (!dicom::is_native(to)) {
                CHECK(image->location().basic_offsets.size() == 2);
                CHECK(image->location().fragments.size() == 2);
            }
        }
    }
}

TEST_CASE("values are turned round by their VR, also inside of sequences") {
    const std::string file = object({raster_for(mono(4, 4, 16, 16, false))});
    const std::string big = text_of(must(transcode(bytes_of(file), kBig)));
    const auto has = [&](std::string_view bytes) { return big.find(bytes) != std::string::npos; };
    CHECK(has(std::string_view("\x00\x18\x13\x10US\x00\x08\x02\x01\x04\x03\x06\x05\x08\x07", 16)));
    CHECK(has(std::string_view("\x00\x18\x60\x24UL\x00\x04\x04\x03\x02\x01", 12)));
    CHECK(has(std::string_view("\x00\x18\x90\x73"
                               "FD\x00\x08"
                               "87654321",
                               16)));
    CHECK(has(std::string_view("\x00\x28\x01\x06SS\x00\x02\xFF\x00", 10)));
    CHECK(has(std::string_view("\x00\x09\x10\x01UN\x00\x00\x00\x00\x00\x04\x01\x02\x03\x04", 16)));
}

TEST_CASE("implicit VR gets its VRs from the dictionary and the pixels' sign") {
    const std::string file = object({raster_for(mono(4, 4, 16, 16, true))}, element(0x20, 0x13, "IS", "5 "));
    const auto implicit = must(transcode(bytes_of(file), kImplicit));
    const std::string back = text_of(must(transcode(implicit, kExplicit)));
    const auto has = [&](std::string_view bytes) { return back.find(bytes) != std::string::npos; };
    CHECK(has(std::string_view("\x28\x00\x06\x01SS\x02\x00", 8))); // Smallest Image Pixel Value: US or SS
    CHECK(has(std::string_view("\x18\x00\x73\x90"
                               "FD",
                               6)));
    CHECK(has(std::string_view("\x09\x00\x01\x10UN", 6)));
    CHECK(has(std::string_view("\x09\x00\x10\x00LO", 6)));
    CHECK(has(std::string_view("\xE0\x7F\x10\x00OW", 6)));
}

TEST_CASE("meta elements within the data set do not become those of the new file") {
    std::string file = object({raster_for(mono(6, 6, 8, 8, false))});
    const std::string stray =
        element(4, 0, "UL", little(0, 4)) + element(2, 0x10, "UI", padded(std::string(kExplicit), '\0'));
    file.insert(dicom::read_meta(bytes_of(file))->dataset_offset, stray);
    const auto there = must(transcode(bytes_of(file), syntax::JpegLs));
    CHECK(dicom::read_meta(there)->transfer_syntax == syntax::JpegLs);
    CHECK(ImageFrames::open(there)->raster(1));
}

TEST_CASE("groups that PS3.5 7.1 forbids are copied all the same") {
    std::string file = object({raster_for(mono(6, 6, 8, 8, false))});
    file.insert(dicom::read_meta(bytes_of(file))->dataset_offset, element(1, 0x10, "LO", "kept"));
    const auto there = must(transcode(bytes_of(file), syntax::JpegLs));
    const auto back = must(transcode(there, kExplicit));
    CHECK(text_of(back).find("kept") != std::string::npos);
}

TEST_CASE("an odd length is filled up when an element is written anew") {
    const std::string file =
        part10(std::string(kExplicit), element(8, 0x60, "CS", "CT") + element(8, 0x70, "LO", "odd") +
                                           element(0x42, 0x11, "OB", "%PD"));
    const std::string implicit = text_of(must(transcode(bytes_of(file), kImplicit)));
    CHECK(implicit.find(std::string("\x08\x00\x70\x00\x04\x00\x00\x00odd ", 12)) != std::string::npos);
    CHECK(implicit.ends_with(std::string("\x42\x00\x11\x00\x04\x00\x00\x00%PD\x00", 12)));
}

TEST_CASE("an object without pixels goes between the uncompressed syntaxes only") {
    const std::string file = part10(std::string(kExplicit), attributes_before());
    for (const auto to : {kImplicit, kBig, kDeflated}) {
        CAPTURE(to);
        const auto there = must(transcode(bytes_of(file), to));
        if (to != kImplicit) {
            CHECK(dataset_of(text_of(must(transcode(there, kExplicit)))) == dataset_of(file));
        }
    }
    CHECK(transcode(bytes_of(file), syntax::Rle).failure().kind == ErrorKind::NotAcceptable);
}

TEST_CASE("a lossy copy says so, once for each time") {
    const std::string file = object({raster_for(mono(32, 32, 8, 8, false), 3, 0)});
    const auto made = transcode(bytes_of(file), syntax::JpegBaseline);
    REQUIRE(made);
    CHECK(made->lossy);
    CHECK(made->sop_instance.starts_with("2.25."));
    CHECK(made->sop_instance.size() <= 64);
    CHECK(transcode(bytes_of(file), syntax::JpegBaseline)->sop_instance == made->sop_instance);
    const std::string text = text_of(made->file);
    CHECK(text.find("DERIVED\\PRIMARY") != std::string::npos);
    CHECK(text.find(std::string("\x28\x00\x10\x21"
                                "CS\x02\x00"
                                "01",
                                10)) != std::string::npos);
    CHECK(text.find("ISO_10918_1 ") != std::string::npos);
    CHECK(dicom::read_meta(made->file)->sop_instance == made->sop_instance);

    TranscodeOptions same;
    same.keep_instance_uid = true;
    CHECK(transcode(bytes_of(file), syntax::JpegBaseline, same)->sop_instance == "1.2.3.4");

    const auto twice = transcode(made->file, syntax::Jpeg2000);
    REQUIRE(twice);
    CHECK(text_of(twice->file).find("ISO_10918_1\\ISO_15444_1") != std::string::npos);
    const auto exact = transcode(made->file, kExplicit);
    REQUIRE(exact);
    CHECK(!exact->lossy);
    CHECK(exact->sop_instance == made->sop_instance);
}

TEST_CASE("colours are described as they are stored") {
    const std::string file = object({raster_for(colour(16, 16, 8, "RGB"), 3, 0)});
    for (const auto& [to, photometric] :
         {std::pair{syntax::JpegBaseline, "YBR_FULL_422"}, std::pair{syntax::Jpeg2000Lossless, "YBR_RCT"},
          std::pair{syntax::Htj2k, "YBR_ICT"}, std::pair{syntax::JpegLs, "RGB"}}) {
        CAPTURE(to);
        const auto made = must(transcode(bytes_of(file), to));
        const auto image = ImageFrames::open(made);
        REQUIRE(image);
        CHECK(image->format().photometric == photometric);
        const auto back = must(transcode(made, kExplicit));
        CHECK(ImageFrames::open(back)->format().photometric == "RGB");
    }
}

TEST_CASE("a stream that is one of the other syntax already is kept") {
    const std::string file = object({raster_for(mono(16, 16, 16, 12, false))});
    const auto exact = must(transcode(bytes_of(file), syntax::JpegLs));
    const auto made = transcode(exact, syntax::JpegLsNear);
    REQUIRE(made);
    CHECK(!made->lossy);
    CHECK(ImageFrames::open(made->file)->frame(1, syntax::JpegLsNear)->bytes ==
          ImageFrames::open(exact)->frame(1, syntax::JpegLs)->bytes);
}

TEST_CASE("one bit frames follow each other without padding in native syntaxes") {
    Raster first = raster_for(mono(5, 5, 1, 1, false), 1);
    Raster second = raster_for(mono(5, 5, 1, 1, false), 2);
    Raster both{mono(5, 10, 1, 1, false), std::vector<std::byte>(7)};
    for (std::size_t i = 0; i < 50; ++i) {
        const Raster& from = i < 25 ? first : second;
        both.pixels[i / 8] |= ((from.pixels[i % 25 / 8] >> (i % 25 % 8)) & std::byte{1}) << (i % 8);
    }
    std::string file = object({both});
    const std::string frames = element(0x28, 8, "IS", "1 ");
    file.replace(file.find(frames), frames.size(), element(0x28, 8, "IS", "2 "));
    const std::string columns = element(0x28, 0x11, "US", little(10, 2));
    file.replace(file.find(columns), columns.size(), element(0x28, 0x11, "US", little(5, 2)));
    const auto there = must(transcode(bytes_of(file), syntax::Jpeg2000Lossless));
    CHECK(ImageFrames::open(there)->raster(2)->pixels == second.pixels);
    CHECK(dataset_of(text_of(must(transcode(there, kExplicit)))) == dataset_of(file));
}

TEST_CASE("an icon stays when it is native and goes when it is compressed") {
    const std::string inside =
        element(0x28, 0x10, "US", little(1, 2)) + element(0x7FE0, 0x10, "OW", "\x01\x02");
    const std::string native_icon = element(0x88, 0x200, "SQ", item(inside));
    const std::string packed_icon = element(
        0x88, 0x200, "SQ", item(element(0x28, 0x10, "US", little(1, 2)) + encapsulated("", {"abcd"})));
    const std::string with_native = object({raster_for(mono(8, 8, 8, 8, false))}, {}, {});
    std::string file = with_native;
    file.insert(file.find(std::string("\xE0\x7F\x10\x00", 4)), native_icon);
    CHECK(text_of(must(transcode(bytes_of(file), syntax::JpegLs))).find(native_icon) != std::string::npos);

    std::string packed = text_of(must(transcode(bytes_of(with_native), syntax::JpegLs)));
    packed.insert(packed.find(std::string("\xE0\x7F\x10\x00", 4)), packed_icon);
    const auto out = must(transcode(bytes_of(packed), kExplicit));
    CHECK(text_of(out).find(std::string("\x88\x00\x00\x02", 4)) == std::string::npos);
    CHECK(dataset_of(text_of(out)) == dataset_of(with_native));
}

TEST_CASE("what does not fit is refused, never made up") {
    CHECK(!can_transcode(kExplicit, "1.2.840.10008.1.2.4.102"));
    CHECK(!can_transcode("1.2.840.10008.1.2.4.102", kExplicit));
    const std::string wide = object({raster_for(mono(4, 4, 32, 32, false))});
    CHECK(transcode(bytes_of(wide), syntax::JpegLs).failure().kind == ErrorKind::NotAcceptable);
    CHECK(transcode(bytes_of(wide), syntax::Rle));
    std::string floats = object({raster_for(mono(4, 4, 32, 32, false))});
    floats.replace(floats.find(std::string("\xE0\x7F\x10\x00OW", 6)), 6,
                   std::string("\xE0\x7F\x08\x00OF", 6));
    CHECK(transcode(bytes_of(floats), syntax::Rle).failure().kind == ErrorKind::NotAcceptable);
    CHECK(transcode(bytes_of(floats), kBig));
    CHECK(frame_in(bytes_of(wide), 2, kExplicit).failure().kind == ErrorKind::NotFound);
}

TEST_CASE("a file cut at any byte gives a value or an error") {
    const std::string file = object({raster_for(mono(6, 6, 8, 8, false))});
    const auto packed = text_of(must(transcode(bytes_of(file), syntax::JpegLs)));
    for (const std::string& whole : {file, packed}) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const std::string cut = whole.substr(0, length);
            for (const auto to : {kImplicit, kBig, syntax::Rle}) {
                (void)transcode(bytes_of(cut), to);
            }
        }
    }
}
