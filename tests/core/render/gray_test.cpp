// Gray images: modality, values of interest, presentation (PS3.3 C.7.6.3, C.11.1, C.11.2).
#include "tests/core/render/image_sample.hpp"

#include <bit>
#include <cmath>
#include <limits>

using namespace recog;
using namespace recog::render;
using namespace recog::test;

using Shades = std::vector<int>;

namespace {

std::string even(std::string text) {
    return text.size() % 2 == 0 ? text : text + ' ';
}

std::string lut_item(const std::vector<int>& descriptor, const std::string& data,
                     const std::string& vr = "OW") {
    return item(element(0x28, 0x3002, "US", words(descriptor)) + element(0x28, 0x3006, vr, data));
}

std::string window_item(const std::string& center, const std::string& width) {
    return item(element(0x28, 0x1050, "DS", even(center)) + element(0x28, 0x1051, "DS", even(width)));
}

std::string text_of(const Shades& shades) {
    std::string out;
    for (const int shade : shades) {
        out += std::to_string(shade) + ' ';
    }
    return out;
}

SampleFile windowed(const std::vector<int>& pixels, const std::string& center, const std::string& width,
                    const std::string& function = "") {
    SampleFile sample = image_sample(static_cast<int>(pixels.size()), 16, 16, words(pixels));
    sample.set(0x28, 0x1050, "DS", center).set(0x28, 0x1051, "DS", width);
    if (!function.empty()) {
        sample.set(0x28, 0x1056, "CS", function);
    }
    return sample;
}

} // namespace

TEST_CASE("the three window functions give what C.11.2.1.2 and C.11.2.1.3 define") {
    struct Case {
        std::string center;
        std::string width;
        std::string function;
        std::vector<int> pixels;
        Shades shades;
    };
    const Case cases[] = {
        // LINEAR: black up to c - 0.5 - (w-1)/2, white beyond c - 0.5 + (w-1)/2
        {"2048", "4096", "", {0, 1, 2047, 2048, 4094, 4095, 5000}, {0, 0, 127, 128, 255, 255, 255}},
        {"2048", "4096", "LINEAR", {0, 2048, 4095}, {0, 128, 255}},
        {"2048", "1", "LINEAR", {2046, 2047, 2048, 2049}, {0, 0, 255, 255}},
        {"0", "100", "", {0, 48, 49, 50}, {129, 252, 255, 255}},
        {"0", "100", "LINEAR_EXACT", {0, 25, 49, 50}, {128, 191, 252, 255}},
        {"10", "0.5", "LINEAR_EXACT", {9, 10, 11}, {0, 128, 255}},
        {"100", "40", "SIGMOID", {0, 90, 100, 110, 1000}, {0, 69, 128, 186, 255}},
        {"100\\5", "40\\3", "SIGMOID", {100}, {128}},   // the first of several
        {"100", "0.5", "LINEAR", {7, 9}, {0, 255}},     // width below 1: all values
        {"100", "-5", "SIGMOID", {7, 9}, {0, 255}},     // likewise
        {"100", "0", "LINEAR_EXACT", {7, 9}, {0, 255}}, // likewise
        {"x", "9", "", {7, 9}, {0, 255}},
        {"2048", "4096", "CUBIC", {0, 2048, 4095}, {0, 128, 255}}, // unknown: LINEAR
    };
    for (const Case& row : cases) {
        CAPTURE(row.center);
        CAPTURE(row.width);
        CAPTURE(row.function);
        CHECK(text_of(shades(windowed(row.pixels, row.center, row.width, row.function))) ==
              text_of(row.shades));
    }
}

TEST_CASE("a window that is asked for goes before the image's own") {
    RenderOptions options;
    options.window = Window{5, 11, WindowFunction::Linear};
    CHECK(shades(windowed({0, 5, 10}, "1000", "2000"), options) == Shades{13, 140, 255});
}

TEST_CASE("the stored bits of a pixel are cut out, signs are extended") {
    struct Case {
        int allocated;
        int stored;
        int high_bit;
        bool is_signed;
        std::vector<int> pixels;
        Shades shades;
    };
    const Case cases[] = {
        {8, 8, 7, false, {0, 127, 255, 9}, {0, 127, 255, 9}}, // display ready: as they are
        {8, 4, 3, false, {0xF0, 0xF7, 0xFF, 0x01}, {0, 119, 255, 17}},
        {8, 8, 7, true, {0x80, 0xFF, 0x00, 0x7F}, {0, 127, 128, 255}},
        {16, 12, 11, false, {0xF000, 0xF800, 0x0FFF}, {0, 128, 255}},
        {16, 12, 15, false, {0x000F, 0x800F, 0xFFF0}, {0, 128, 255}},
        {16, 12, 11, true, {0x0800, 0x0000, 0xF7FF}, {0, 128, 255}},
        {16, 16, 15, true, {-32768, 0, 32767}, {0, 128, 255}},
        {16, 99, 200, false, {0, 65535}, {0, 255}},         // lies: all bits
        {16, 12, 3, false, {0, 2048, 4095}, {0, 128, 255}}, // a high bit below the stored ones: none counts
    };
    for (const Case& row : cases) {
        CAPTURE(row.allocated);
        CAPTURE(row.stored);
        CAPTURE(row.high_bit);
        SampleFile sample = image_sample(static_cast<int>(row.pixels.size()), row.allocated, row.stored,
                                         row.allocated == 8 ? bytes(row.pixels) : words(row.pixels));
        sample.set(0x28, 0x102, "US", us(row.high_bit)).set(0x28, 0x103, "US", us(row.is_signed ? 1 : 0));
        CHECK(shades(sample) == row.shades);
    }
}

TEST_CASE("pixels of one bit come lowest bit first") {
    SampleFile sample = image_sample(10, 1, 1, bytes({0b01100101, 0b10}));
    CHECK(shades(sample) == Shades{255, 0, 255, 0, 0, 255, 255, 0, 0, 255});
}

TEST_CASE("rescale comes before the window") {
    SampleFile sample = windowed({0, 1024, 1064, 4095}, "40", "400");
    sample.set(0x28, 0x1052, "DS", "-1024").set(0x28, 0x1053, "DS", "1");
    CHECK(shades(sample) == Shades{0, 102, 128, 255});
    sample.set(0x28, 0x1053, "DS", "0"); // a slope of 0 would make all values one: read as 1
    CHECK(shades(sample) == Shades{0, 102, 128, 255});
    sample.set(0x28, 0x1053, "DS", "-1").set(0x28, 0x1052, "DS", "1104");
    CHECK(shades(sample) == Shades{255, 153, 128, 0});
}

TEST_CASE("without a window all values that occur are shown, without padding") {
    SampleFile sample = image_sample(4, 16, 16, words({100, 200, 300, 2000}));
    CHECK(shades(sample) == Shades{0, 13, 27, 255});
    sample.set(0x28, 0x120, "US", us(2000));
    CHECK(shades(sample) == Shades{0, 128, 255, 255});
    sample.set(0x28, 0x121, "US", us(300)); // a range, whichever end comes first
    CHECK(shades(sample) == Shades{0, 255, 255, 255});
    sample.set(0x28, 0x121, "US", us(0)); // nothing but padding: it is shown after all
    CHECK(shades(sample) == Shades{0, 13, 27, 255});
    CHECK(shades(image_sample(2, 16, 16, words({7, 7}))) == Shades{0, 0});
    SampleFile negative = image_sample(3, 16, 16, words({-2000, 0, 100}));
    negative.set(0x28, 0x103, "US", us(1)).set(0x28, 0x120, "SS", us(-2000));
    CHECK(shades(negative) == Shades{0, 0, 255});
}

TEST_CASE("MONOCHROME1 and Presentation LUT Shape turn the sense round, once") {
    struct Case {
        const char* photometric;
        const char* shape;
        Shades shades;
    };
    const Case cases[] = {
        {"MONOCHROME2", "", {0, 10, 255}},         {"MONOCHROME1", "", {255, 245, 0}},
        {"MONOCHROME1", "INVERSE", {255, 245, 0}}, {"MONOCHROME2", "INVERSE", {255, 245, 0}},
        {"MONOCHROME1", "IDENTITY", {0, 10, 255}}, {"MONOCHROME1", "ODD", {255, 245, 0}}};
    for (const Case& row : cases) {
        CAPTURE(row.photometric);
        CAPTURE(row.shape);
        SampleFile sample = image_sample(3, 8, 8, bytes({0, 10, 255}));
        sample.set(0x28, 0x04, "CS", row.photometric);
        if (*row.shape != '\0') {
            sample.set(0x2050, 0x20, "CS", row.shape);
        }
        CHECK(shades(sample) == row.shades);
    }
}

TEST_CASE("modality and VOI tables are read whatever their form") {
    SampleFile sample = image_sample(5, 16, 16, words({0, 10, 11, 12, 500}));
    with_sequence(sample, 0x28, 0x3000, lut_item({3, 10, 16}, words({100, 200, 1000})));
    CHECK(shades(sample) == Shades{0, 0, 28, 255, 255}); // by what occurs: 100 to 1000
    with_sequence(sample, 0x28, 0x3010, lut_item({2, 200, 8}, words({0, 255})));
    CHECK(shades(sample) == Shades{0, 0, 0, 255, 255});

    struct Case {
        const char* name;
        std::vector<int> descriptor;
        std::string data;
        Shades shades; // for 0, 1, 2, 3
    };
    const Case cases[] = {
        {"16 bits", {4, 0, 16}, words({0, 257, 32896, 65535}), {0, 1, 128, 255}},
        {"12 bits", {4, 0, 12}, words({0, 2048, 4094, 4095}), {0, 128, 255, 255}},
        {"8 bits in words", {4, 0, 8}, words({10, 20, 30, 40}), {10, 20, 30, 40}},
        {"8 bits in bytes", {4, 0, 8}, bytes({10, 20, 30, 40}), {10, 20, 30, 40}},
        {"starts later", {2, 2, 8}, words({9, 99}), {9, 9, 9, 99}},
        {"says more entries than there are", {400, 0, 8}, words({9, 99, 100}), {9, 0, 99, 0}},
        {"says fewer", {2, 0, 8}, words({9, 99, 100}), {9, 99, 99, 99}},
        {"entries beyond their bits", {4, 0, 4}, words({0, 5, 15, 300}), {0, 85, 255, 255}},
    };
    for (const Case& row : cases) {
        CAPTURE(row.name);
        SampleFile one = image_sample(4, 16, 16, words({0, 1, 2, 3}));
        with_sequence(one, 0x28, 0x3010, lut_item(row.descriptor, row.data));
        CHECK(shades(one) == row.shades);
    }
}

TEST_CASE(
    "a window goes before a VOI table, a broken VOI table counts as none, a broken modality table fails") {
    SampleFile sample = windowed({0, 4095}, "2048", "4096");
    with_sequence(sample, 0x28, 0x3010, lut_item({2, 0, 8}, words({7, 7})));
    CHECK(shades(sample) == Shades{0, 255});
    SampleFile broken = image_sample(2, 16, 16, words({5, 6}));
    for (const std::vector<int>& descriptor : {std::vector<int>{2, 0}, {2, 0, 0}, {2, 0, 17}, {}}) {
        with_sequence(broken, 0x28, 0x3010, lut_item(descriptor, words({1, 2})));
        CHECK(shades(broken) == Shades{0, 255});
    }
    with_sequence(broken, 0x28, 0x3000, lut_item({2, 0, 99}, words({1, 2})));
    const auto picture = render_file(broken.file());
    REQUIRE_FALSE(picture);
    CHECK(picture.failure().kind == ErrorKind::Malformed);
}

TEST_CASE("functional groups: of the frame, then shared, then the data set") {
    const auto macro = [](std::uint16_t group, std::uint16_t number, const std::string& content) {
        return element(group, number, "SQ", content);
    };
    const std::string rescale = item(element(0x28, 0x1052, "DS", "-100") + element(0x28, 0x1053, "DS", "2 "));
    SampleFile sample = image_sample(2, 16, 16, words({50, 100, 50, 100}));
    sample.set(0x28, 0x08, "IS", "2");
    with_sequence(sample, 0x5200, 0x9229,
                  item(macro(0x28, 0x9145, rescale) + macro(0x28, 0x9132, window_item("50", "101"))));
    with_sequence(sample, 0x5200, 0x9230, item(macro(0x28, 0x9132, window_item("100", "201"))) + item(""));
    CHECK(shades(sample, {}, 1) == Shades{1, 128}); // 0 and 100 of -0.5 to 199.5
    CHECK(shades(sample, {}, 2) == Shades{1, 255}); // 0 and 100 of -0.5 to 99.5
}

TEST_CASE("32 bit integers, float and double pixel data") {
    SampleFile sample = image_sample(3, 32, 32, little(0, 4) + little(0x80000000, 4) + little(0xFFFFFFFF, 4));
    CHECK(shades(sample) == Shades{0, 128, 255});
    sample.set(0x28, 0x103, "US", us(1));
    CHECK(shades(sample) == Shades{255, 0, 255}); // 0, the lowest, -1
    std::string floats;
    for (const float value : {-1.0F, 0.0F, 1.0F, std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity()}) {
        floats += little(std::bit_cast<std::uint32_t>(value), 4);
    }
    SampleFile real = image_sample(5, 32, 32, "");
    real.erase(0x7FE0, 0x10).set(0x7FE0, 0x08, "OF", floats);
    real.whole(0x7FE0, 0x08,
               little(0x00087FE0, 4) + "OF" + std::string(2, '\0') + little(floats.size(), 4) + floats);
    CHECK(shades(real) == Shades{0, 128, 255, 0, 255});
    std::string doubles;
    for (const double value : {-3.0, 0.0, 1.0}) {
        doubles += little(std::bit_cast<std::uint64_t>(value), 8);
    }
    SampleFile wide = image_sample(3, 64, 64, "");
    wide.erase(0x7FE0, 0x10);
    wide.whole(0x7FE0, 0x09,
               little(0x00097FE0, 4) + "OD" + std::string(2, '\0') + little(doubles.size(), 4) + doubles);
    CHECK(shades(wide) == Shades{0, 191, 255});
}

TEST_CASE("what cannot be shown says so") {
    const auto kind_of = [](const SampleFile& sample) {
        const auto picture = render_file(sample.file());
        REQUIRE_FALSE(picture);
        return picture.failure().kind;
    };
    SampleFile sample = image_sample(2, 8, 8, bytes({1, 2}));
    CHECK(kind_of(SampleFile(sample).set(0x28, 0x10, "US", us(0))) == ErrorKind::NotAcceptable);
    CHECK(kind_of(SampleFile(sample).set(0x28, 0x100, "US", us(24))) == ErrorKind::NotAcceptable);
    CHECK(kind_of(SampleFile(sample).set(0x28, 0x02, "US", us(4))) == ErrorKind::NotAcceptable);
    CHECK(kind_of(SampleFile(sample).set(0x28, 0x02, "US", us(3)).set(0x28, 0x10, "US", us(1))) ==
          ErrorKind::Malformed);
    CHECK(kind_of(SampleFile(sample).erase(0x7FE0, 0x10)) == ErrorKind::NotFound);
    CHECK(kind_of(SampleFile(sample).set(0x28, 0x11, "US", us(900))) == ErrorKind::Malformed);
    const auto none = render_file(sample.file(), {}, 2);
    REQUIRE_FALSE(none);
    CHECK(none.failure().kind == ErrorKind::NotFound);
}
