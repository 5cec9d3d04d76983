#include "core/dicom/pixel_data.hpp"

#include "tests/core/dicom/dicom_samples.hpp"

#include <dcmtk/dcmdata/dcpxitem.h>

#include <doctest/doctest.h>

#include <numeric>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;

namespace {

const std::string kExplicit(transfer_syntax::ExplicitVRLittleEndian);
const std::string kJpeg = "1.2.840.10008.1.2.4.50";

std::vector<std::string> frames_of(const std::string& file) {
    auto located = locate_pixel_data(bytes_of(file));
    if (!located) {
        return {"error: " + located.failure().text};
    }
    const auto locator = FrameLocator::make(*std::move(located), bytes_of(file));
    if (!locator) {
        return {"error: " + locator.failure().text};
    }
    std::vector<std::string> frames;
    for (std::uint32_t n = 1; n <= locator->count(); ++n) {
        const auto frame = locator->frame(n);
        REQUIRE(frame.ok());
        std::string all;
        for (const Bytes piece : frame->pieces) {
            all += text_of(piece);
        }
        CHECK(all.size() == frame->size());
        frames.push_back(all);
    }
    CHECK_FALSE(locator->frame(0).ok());
    CHECK(locator->frame(locator->count() + 1).failure().kind == ErrorKind::NotFound);
    return frames;
}

std::string native(const Shape& shape, const std::string& pixels, const std::string& vr = "OW") {
    return part10(kExplicit, image_attributes(shape) + element(0x7FE0, 0x10, vr, pixels));
}

std::string compressed(const std::string& frames, const std::string& table,
                       const std::vector<std::string>& fragments, const std::string& before = "") {
    return part10(kJpeg, image_attributes({2, 2, 8, 1, frames}) + before + encapsulated(table, fragments));
}

using Frames = std::vector<std::string>;
const std::string kSoi = "\xFF\xD8\xFF\xE0";

bool is_refused(const Frames& frames) {
    return frames.size() == 1 && frames[0].starts_with("error: ");
}

} // namespace

TEST_CASE("native frames of 8, 16 and 32 bits, odd lengths without their padding") {
    CHECK(frames_of(native({2, 2, 8, 1, "2"}, "abcdefgh")) == Frames{"abcd", "efgh"});
    CHECK(frames_of(native({1, 3, 8, 1, "3"}, "abcdefghi ")) == Frames{"abc", "def", "ghi"});
    CHECK(frames_of(native({1, 3, 8, 1, ""}, "abc ", "OB")) == Frames{"abc"});
    CHECK(frames_of(native({1, 1, 16, 1, "2"}, "abcd")) == Frames{"ab", "cd"});
    CHECK(frames_of(native({1, 1, 32, 1, "2"}, "abcdefgh")) == Frames{"abcd", "efgh"});
    CHECK(frames_of(native({1, 2, 8, 3, "1"}, "rgbRGB")) == Frames{"rgbRGB"});
}

TEST_CASE("one bit frames begin at a byte of their own") {
    // 3x3 pixels, 2 frames: 111111111 000000001 in bits from the lowest on.
    const std::string packed("\xFF\x01\x02\x00", 4);
    CHECK(frames_of(native({3, 3, 1, 1, "2"}, packed)) ==
          Frames{std::string("\xFF\x01", 2), std::string("\x00\x01", 2)});
    CHECK(frames_of(native({4, 4, 1, 1, "2"}, "abcd")) == Frames{"ab", "cd"});
}

TEST_CASE("native pixel data that contradicts its attributes is refused") {
    CHECK(is_refused(frames_of(native({2, 2, 8, 1, "3"}, "abcdefgh"))));
    CHECK(is_refused(frames_of(native({65535, 65535, 65535, 65535, "2147483647"}, "abcdefgh"))));
    CHECK(is_refused(frames_of(native({0, 2, 8, 1, "2"}, "abcdefgh"))));
    CHECK(frames_of(native({0, 0, 0, 1, ""}, "abcd")) == Frames{"abcd"});
    CHECK(frames_of(native({2, 2, 8, 1, "x"}, "abcd")) == Frames{"abcd"});
}

TEST_CASE("one fragment a frame, with and without an offset table") {
    CHECK(frames_of(compressed("2", "", {"ab", "cdef"})) == Frames{"ab", "cdef"});
    CHECK(frames_of(compressed("2", little(0, 4) + little(10, 4), {"ab", "cdef"})) == Frames{"ab", "cdef"});
    CHECK(frames_of(compressed("1", "", {"ab", "cd", "ef"})) == Frames{"abcdef"});
    CHECK(frames_of(compressed("", "", {"ab", "cd", "ef"})) == Frames{"abcdef"});
}

TEST_CASE("several fragments a frame by the basic offset table") {
    const std::vector<std::string> fragments{"ab", "cd", "efgh", "ij"};
    CHECK(frames_of(compressed("2", little(0, 4) + little(20, 4), fragments)) == Frames{"abcd", "efghij"});
    CHECK(frames_of(compressed("3", little(0, 4) + little(10, 4) + little(32, 4), fragments)) ==
          Frames{"ab", "cdefgh", "ij"});
    // Tables that fit no fragment are not believed.
    CHECK(is_refused(frames_of(compressed("2", little(0, 4) + little(21, 4), fragments))));
    CHECK(is_refused(frames_of(compressed("2", little(20, 4) + little(0, 4), fragments))));
    CHECK(frames_of(compressed("4", little(0, 4) + little(999, 4), fragments)) ==
          Frames{"ab", "cd", "efgh", "ij"});
    // Without a number of frames the table tells it.
    CHECK(frames_of(compressed("", little(0, 4) + little(20, 4), fragments)) == Frames{"abcd", "efghij"});
}

TEST_CASE("several fragments a frame by code streams when the table is empty") {
    CHECK(frames_of(compressed("2", "", {kSoi, "cd", kSoi + "gh", "ij"})) ==
          Frames{kSoi + "cd", kSoi + "ghij"});
    const std::string soc = "\xFF\x4F\xFF\x51";
    CHECK(frames_of(compressed("2", "", {soc, soc, "xy"})) == Frames{soc, soc + "xy"});
    CHECK(is_refused(frames_of(compressed("2", "", {kSoi, "cd", "gh"}))));
    CHECK(is_refused(frames_of(compressed("2", "", {"cd", kSoi, kSoi}))));
    CHECK(is_refused(frames_of(compressed("3", "", {"ab", "cd"}))));
    CHECK(is_refused(frames_of(compressed("1", "", {}))));
}

TEST_CASE("the extended offset table gives frames and their lengths without padding") {
    const std::string offsets = element(0x7FE0, 1, "OV", little(0, 8) + little(12, 8));
    const std::string lengths = element(0x7FE0, 2, "OV", little(3, 8) + little(2, 8));
    CHECK(frames_of(compressed("2", "", {"abc0", "de"}, offsets + lengths)) == Frames{"abc", "de"});
    CHECK(frames_of(compressed("2", "", {"abc0", "de"}, offsets)) == Frames{"abc0", "de"});
    const std::string one = element(0x7FE0, 1, "OV", little(0, 8)) + element(0x7FE0, 2, "OV", little(3, 8));
    CHECK(frames_of(compressed("1", "", {"abc0"}, one)) == Frames{"abc"});
    const std::string wild = element(0x7FE0, 1, "OV", little(0, 8) + little(~0ULL, 8));
    CHECK(frames_of(compressed("2", "", {"abc0", "de"}, wild + lengths)) == Frames{"abc0", "de"});
    const std::string long_lengths = element(0x7FE0, 2, "OV", little(~0ULL, 8) + little(2, 8));
    CHECK(frames_of(compressed("2", "", {"abc0", "de"}, offsets + long_lengths)) == Frames{"abc0", "de"});
}

TEST_CASE("frames of every encapsulated syntax, alone in a fragment and in several") {
    for (const char* syntax :
         {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
          "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81",
          "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.92",
          "1.2.840.10008.1.2.4.93", "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111",
          "1.2.840.10008.1.2.4.112", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202",
          "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.5", "1.2.3.4.5"}) {
        INFO(syntax);
        const std::string attributes = image_attributes({2, 2, 8, 1, "2"});
        CHECK(frames_of(part10(syntax, attributes + encapsulated("", {"ab", "cdef"}))) ==
              Frames{"ab", "cdef"});
        CHECK(frames_of(part10(syntax, attributes +
                                           encapsulated(little(0, 4) + little(20, 4), {"ab", "cd", "ef"}))) ==
              Frames{"abcd", "ef"});
    }
}

TEST_CASE("what was found in a file holds for the same bytes elsewhere") {
    const std::string file = compressed("2", "", {"ab", "cdef"});
    auto locator = FrameLocator::make(*locate_pixel_data(bytes_of(file)), bytes_of(file));
    REQUIRE(locator.ok());
    CHECK(locator->memory() > 4 * sizeof(Extent));
    const std::string elsewhere = file;
    const FrameLocator moved = locator->over(bytes_of(elsewhere));
    CHECK(text_of(moved.frame(2)->pieces.front()) == "cdef");
    CHECK(text_of(moved.frame(2)->pieces.front()).data() >= elsewhere.data());
    CHECK(text_of(moved.frame(2)->pieces.front()).data() < elsewhere.data() + elsewhere.size());
}

TEST_CASE("a video is one frame whatever its number of frames") {
    const std::string file = part10("1.2.840.10008.1.2.4.102",
                                    image_attributes({2, 2, 8, 3, "30"}) + encapsulated("", {"ab", "cd"}));
    CHECK(frames_of(file) == Frames{"abcd"});
}

TEST_CASE("big endian frames are turned round, also across words") {
    const auto big = [](std::uint64_t number, unsigned bytes) {
        std::string out = little(number, bytes);
        std::reverse(out.begin(), out.end());
        return out;
    };
    const auto us = [&](std::uint16_t number, std::uint16_t value) {
        return big(0x28, 2) + big(number, 2) + "US" + big(2, 2) + big(value, 2);
    };
    const auto file = [&](std::uint16_t columns, std::uint16_t bits, const std::string& frames,
                          const std::string& pixels) {
        return part10("1.2.840.10008.1.2.2", big(0x28, 2) + big(8, 2) + "IS" + big(2, 2) + frames +
                                                 us(0x10, 1) + us(0x11, columns) + us(0x100, bits) +
                                                 big(0x7FE0, 2) + big(0x10, 2) + "OW" + std::string(2, '\0') +
                                                 big(pixels.size(), 4) + pixels);
    };
    CHECK(frames_of(file(2, 16, "1 ", "badc")) == Frames{"abcd"});
    CHECK(frames_of(file(3, 8, "2 ", "badcfe")) == Frames{"abc", "def"});
    CHECK(frames_of(file(1, 32, "1 ", "dcba")) == Frames{"abcd"});
}

TEST_CASE("pixel data inside sequences is not the object's") {
    const std::string icon = element(0x88, 0x200, "SQ", item(encapsulated("", {"xx"})));
    const std::string file =
        part10(kJpeg, image_attributes({2, 2, 8, 1, "1"}) + icon + encapsulated("", {"ab"}));
    CHECK(frames_of(file) == Frames{"ab"});
    CHECK(locate_pixel_data(bytes_of(part10(kJpeg, icon))).failure().kind == ErrorKind::NotFound);
}

TEST_CASE("frames of real files have the sizes DCMTK gives") {
    std::size_t compared = 0;
    for (const std::string folder : {"pydicom+pydicom", "OHIF+viewer-testdata-dicomweb.rebuilt"}) {
        for (const auto& path : shared_files(folder)) {
            const std::string file = read_file(path);
            DcmFileFormat whole;
            auto located = locate_pixel_data(bytes_of(file));
            if (!located || located->tag != tags::PixelData || whole.loadFile(path.c_str()).bad()) {
                continue;
            }
            const auto locator = FrameLocator::make(*located, bytes_of(file));
            DcmElement* element = nullptr;
            REQUIRE_MESSAGE(locator.ok(), path.string());
            REQUIRE(whole.getDataset()->findAndGetElement(DCM_PixelData, element).good());
            auto* pixels = dynamic_cast<DcmPixelData*>(element);
            if (pixels == nullptr || !located->encapsulated) {
                CHECK(located->native.length == element->getLength());
                continue;
            }
            DcmPixelSequence* sequence = nullptr;
            const DcmXfer syntax(whole.getDataset()->getOriginalXfer());
            if (pixels->getEncapsulatedRepresentation(syntax.getXfer(), nullptr, sequence).bad()) {
                continue;
            }
            REQUIRE(sequence->card() == located->fragments.size() + 1);
            for (unsigned long i = 0; i < located->fragments.size(); ++i) {
                DcmPixelItem* fragment = nullptr;
                Uint8* data = nullptr;
                REQUIRE(sequence->getItem(fragment, i + 1).good());
                REQUIRE(fragment->getUint8Array(data).good());
                const Extent extent = located->fragments[i];
                REQUIRE(fragment->getLength() == extent.length);
                CHECK(std::memcmp(data, file.data() + extent.offset, extent.length) == 0);
                ++compared;
            }
        }
    }
    MESSAGE("fragments compared: ", compared);
}
