// Colours: RGB, YBR, palettes (PS3.3 C.7.6.3.1.2 to C.7.6.3.1.6, C.7.9.2).
#include "core/render/lookup_table.hpp"
#include "tests/core/render/image_sample.hpp"

using namespace recog;
using namespace recog::render;
using namespace recog::test;

using Shades = std::vector<int>;

namespace {

SampleFile colored(int columns, int bits, const char* photometric, const std::string& pixels, bool planar) {
    SampleFile sample = image_sample(columns, bits, bits, pixels);
    sample.set(0x28, 0x02, "US", us(3)).set(0x28, 0x04, "CS", photometric);
    return sample.set(0x28, 0x06, "US", us(planar ? 1 : 0));
}

SampleFile with_palette(int bits, const std::string& red, const std::string& green, const std::string& blue,
                        std::uint16_t first_element, int entries, int first) {
    SampleFile sample = image_sample(4, 8, 8, bytes({0, 1, 2, 3}));
    sample.set(0x28, 0x04, "CS", "PALETTE COLOR");
    for (std::uint16_t i = 0; i < 3; ++i) {
        const auto number = static_cast<std::uint16_t>(0x1101 + i);
        sample.set(0x28, number, "US", words({entries, first, bits}));
        sample.set(0x28, static_cast<std::uint16_t>(first_element + i), "OW",
                   i == 0   ? red
                   : i == 1 ? green
                            : blue);
    }
    return sample;
}

} // namespace

TEST_CASE("three samples become red, green and blue") {
    CHECK(shades(colored(2, 8, "RGB", bytes({1, 2, 3, 4, 5, 6}), false)) == Shades{1, 2, 3, 4, 5, 6});
    CHECK(shades(colored(2, 8, "RGB", bytes({1, 4, 2, 5, 3, 6}), true)) == Shades{1, 2, 3, 4, 5, 6});
    CHECK(shades(colored(1, 16, "RGB", words({65535, 32768, 0}), false)) == Shades{255, 128, 0});
    // white, black, gray; red, green and blue of full strength (BT.601)
    CHECK(shades(colored(
              6, 8, "YBR_FULL",
              bytes({255, 128, 128, 0, 128, 128, 128, 128, 128, 76, 85, 255, 150, 44, 21, 29, 255, 107}),
              false)) == Shades{255, 255, 255, 0, 0, 0, 128, 128, 128, 254, 0, 0, 0, 255, 1, 0, 0, 254});
    CHECK(shades(colored(2, 8, "YBR_FULL", bytes({255, 0, 128, 128, 128, 128}), true)) ==
          Shades{255, 255, 255, 0, 0, 0});
    CHECK(shades(colored(2, 8, "YBR_FULL_422", bytes({255, 0, 128, 128}), false)) ==
          Shades{255, 255, 255, 0, 0, 0});
    CHECK(shades(colored(2, 8, "YBR_PARTIAL_422", bytes({235, 16, 128, 128}), false)) ==
          Shades{255, 255, 255, 0, 0, 0});
    CHECK_FALSE(render_file(colored(1, 8, "CMYK", bytes({1, 2, 3}), false).file()));
}

TEST_CASE("palettes: entries of 8 and 16 bits, offsets, short tables") {
    CHECK(shades(with_palette(16, words({0, 0x8000, 0xFF00, 0xFFFF}), words({1 << 8, 2 << 8, 3 << 8, 4 << 8}),
                              words({0, 0, 0, 0xFF00}), 0x1201, 4, 0)) ==
          Shades{0, 1, 0, 128, 2, 0, 255, 3, 0, 255, 4, 255});
    CHECK(shades(with_palette(8, bytes({0, 10, 20, 30}), bytes({1, 2, 3, 4}), bytes({9, 9, 9, 9}), 0x1201, 4,
                              0)) == Shades{0, 1, 9, 10, 2, 9, 20, 3, 9, 30, 4, 9});
    // 16 bits stated, 8 bits written
    CHECK(shades(with_palette(16, words({0, 100, 200, 255}), words({1, 1, 1, 1}), words({2, 2, 2, 2}), 0x1201,
                              4, 0)) == Shades{0, 1, 2, 100, 1, 2, 200, 1, 2, 255, 1, 2});
    // the first entry stands for 2
    CHECK(shades(with_palette(8, bytes({7, 8}), bytes({1, 2}), bytes({3, 4}), 0x1201, 2, 2)) ==
          Shades{7, 1, 3, 7, 1, 3, 7, 1, 3, 8, 2, 4});
    SampleFile missing = with_palette(8, bytes({7, 8}), bytes({1, 2}), bytes({3, 4}), 0x1201, 2, 0);
    CHECK_FALSE(render_file(missing.erase(0x28, 0x1202).file()));
}

TEST_CASE("segmented palettes expand, and malformed ones fail") {
    using Words = std::vector<std::uint16_t>;
    struct Case {
        const char* name;
        Words tokens;
        std::size_t entries;
        bool is_bytes;
        Words expanded; ///< empty: refused
    };
    const Case cases[] = {
        {"discrete", {0, 3, 5, 6, 7}, 3, false, {5, 6, 7}},
        {"discrete then linear", {0, 1, 0, 1, 4, 100}, 5, false, {0, 25, 50, 75, 100}},
        {"linear down", {0, 1, 100, 1, 4, 0}, 5, false, {100, 75, 50, 25, 0}},
        {"indirect: both segments again", {0, 1, 0, 1, 2, 10, 2, 2, 0, 0}, 6, false, {0, 5, 10, 0, 5, 10}},
        {"indirect in bytes", {0, 1, 7, 0, 1, 8, 2, 1, 3, 0, 0, 0}, 3, true, {7, 8, 8}},
        {"padding byte", {0, 1, 7, 0}, 9, true, {7}},
        {"ends at the stated entries", {0, 1, 0, 1, 60000, 1000}, 4, false, {0, 0, 0, 0}},
        {"empty", {}, 4, false, {}},
        {"linear at the start", {1, 2, 5}, 4, false, {}},
        {"cut short", {0, 5, 1}, 9, false, {}},
        {"unknown opcode", {3, 1, 1}, 9, false, {}},
        {"indirect into itself", {0, 1, 1, 2, 1, 6, 0}, 9, false, {}},
        {"indirect beyond the end", {0, 1, 1, 2, 1, 600, 0}, 9, false, {}},
        {"one token", {0}, 4, false, {}},
    };
    for (const Case& row : cases) {
        CAPTURE(row.name);
        const auto expanded = expand_segments(row.tokens, row.entries, row.is_bytes);
        CHECK(expanded.ok() == !row.expanded.empty());
        if (expanded && !row.expanded.empty()) {
            CHECK(*expanded == row.expanded);
        }
    }
    CHECK(shades(with_palette(16, words({0, 1, 0, 1, 3, 0xFF00}), words({0, 4, 0, 0, 0, 0}),
                              words({0, 4, 0, 0, 0, 0}), 0x1221, 4, 0)) ==
          Shades{0, 0, 0, 85, 0, 0, 170, 0, 0, 255, 0, 0});
}
