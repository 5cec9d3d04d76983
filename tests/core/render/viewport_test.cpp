// Cropping, flipping and scaling (PS3.18 8.3.5.1.3), and what thumbnails show.
#include "core/render/thumbnail.hpp"
#include "core/render/viewport.hpp"
#include "tests/core/render/image_sample.hpp"

using namespace recog;
using namespace recog::render;
using namespace recog::test;

namespace {

Picture gray(std::uint32_t width, std::uint32_t height, std::vector<std::uint8_t> pixels) {
    return Picture{width, height, 1, std::move(pixels)};
}

} // namespace

TEST_CASE("the picture fits the viewport, as large as it can be") {
    struct Case {
        std::uint32_t width, height; ///< of the source
        double pixel_height;
        std::uint32_t vw, vh;
        std::uint32_t out_width, out_height;
    };
    const Case cases[] = {
        {512, 512, 1, 128, 128, 128, 128}, {512, 256, 1, 128, 128, 128, 64},
        {256, 512, 1, 128, 128, 64, 128},  {10, 10, 1, 100, 50, 50, 50},
        {100, 100, 2, 100, 100, 50, 100},  {100, 100, 0.5, 100, 100, 100, 50},
        {512, 512, 1, 0, 64, 64, 64},      {512, 256, 1, 64, 0, 64, 32},
        {4096, 1, 1, 16, 16, 16, 1},       {1, 1, 1, 8192, 8192, 8192, 8192},
        {65535, 1, 1, 8192, 1, 8192, 1},   {7, 5, 1, 7, 5, 7, 5},
    };
    for (const Case& row : cases) {
        CAPTURE(row.width);
        CAPTURE(row.vw);
        Picture source = gray(row.width, row.height, std::vector<std::uint8_t>(row.width * row.height, 77));
        const auto out = fit(source, Viewport{row.vw, row.vh, {}}, row.pixel_height);
        REQUIRE(out);
        CHECK(out->width == row.out_width);
        CHECK(out->height == row.out_height);
        CHECK(std::all_of(out->pixels.begin(), out->pixels.end(), [](int shade) { return shade == 77; }));
    }
}

TEST_CASE("regions are cut out, flipped and averaged") {
    const Picture source = gray(4, 2, {0, 10, 20, 30, 40, 50, 60, 70});
    struct Case {
        Viewport viewport;
        std::vector<std::uint8_t> pixels;
    };
    const Case cases[] = {
        {{0, 0, {1, 0, 2.0, 1.0, false, false}}, {10, 20}},
        {{0, 0, {0, 0, {}, {}, true, false}}, {30, 20, 10, 0, 70, 60, 50, 40}},
        {{0, 0, {0, 0, {}, {}, false, true}}, {40, 50, 60, 70, 0, 10, 20, 30}},
        {{2, 1, {}}, {25, 45}},
        {{1, 1, {}}, {35}},
        {{1, 1, {0, 0, 2.0, 2.0, false, false}}, {25}},
        {{2, 2, {3, 1, 9.0, 9.0, false, false}}, {70, 70, 70, 70}}, // the part that lies in the picture
        {{1, 1, {0.5, 0, 1.0, 1.0, false, false}}, {5}},
        {{4, 2, {0, 0, 2.0, 1.0, false, false}}, {0, 3, 8, 10, 0, 3, 8, 10}},
    };
    for (const Case& row : cases) {
        CAPTURE(row.viewport.width);
        CAPTURE(row.viewport.region.x);
        const auto out = fit(source, row.viewport, 1);
        REQUIRE(out);
        CHECK(out->pixels == row.pixels);
    }
    for (const Region& outside :
         {Region{4, 0, {}, {}, false, false}, Region{0, 99, 1.0, 1.0, false, false}}) {
        const auto out = fit(source, Viewport{8, 8, outside}, 1);
        REQUIRE_FALSE(out);
        CHECK(out.failure().kind == ErrorKind::BadRequest);
    }
    const Picture color{2, 1, 3, {1, 2, 3, 5, 6, 7}};
    CHECK(fit(color, Viewport{1, 1, {}}, 1)->pixels == std::vector<std::uint8_t>{3, 4, 5});
}

TEST_CASE("a thumbnail keeps what is burned in to itself") {
    std::vector<int> stripes(512 * 512);
    for (std::size_t i = 0; i < stripes.size(); ++i) {
        stripes[i] = i % 2 == 0 ? 0 : 255;
    }
    SampleFile sample = image_sample(512, 8, 8, bytes(stripes));
    sample.set(0x28, 0x10, "US", us(512)).set(0x08, 0x60, "CS", "US");
    const auto thumbnail_of = [](const SampleFile& of, std::uint32_t side) {
        const std::string file = of.file();
        auto image = Image::open(bytes_of(file));
        REQUIRE(image);
        auto picture = thumbnail(*image, 1, side, side);
        REQUIRE(picture);
        return *std::move(picture);
    };
    CHECK(thumbnail_of(sample, 0).width == kThumbnailSide);
    // No detail beyond 128 pixels: the stripes are gray even at full size.
    const Picture large = thumbnail_of(sample, 512);
    CHECK(large.width == 512);
    CHECK(std::all_of(large.pixels.begin(), large.pixels.end(), [](int s) { return s > 100 && s < 156; }));
    sample.set(0x28, 0x301, "CS", "NO");
    CHECK(thumbnail_of(sample, 512).pixels[1] == 255);
    sample.set(0x28, 0x301, "CS", "YES");
    CHECK(thumbnail_of(sample, 100).pixels == stand_in(Stand::Withheld, 100, 100).pixels);
    sample.erase(0x28, 0x301).set(0x08, 0x60, "CS", "CT");
    CHECK(thumbnail_of(sample, 512).pixels[1] == 255);
}
