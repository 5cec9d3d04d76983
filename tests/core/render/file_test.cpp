// Pictures as files, read again by the libraries' own readers.
#include "core/render/gif_file.hpp"
#include "core/render/icc_profile.hpp"
#include "core/render/picture_file.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>

#include <gif_lib.h>
#include <jpeglib.h>
#include <png.h>

using namespace recog;
using namespace recog::render;

namespace {

Picture ramp(std::uint32_t channels) {
    Picture picture{64, 48, channels, {}};
    for (std::uint32_t y = 0; y < picture.height; ++y) {
        for (std::uint32_t x = 0; x < picture.width; ++x) {
            for (std::uint32_t c = 0; c < channels; ++c) {
                picture.pixels.push_back(static_cast<std::uint8_t>(c == 0 ? x * 4 : c == 1 ? y * 5 : 128));
            }
        }
    }
    return picture;
}

Picture read_png(const std::string& file) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    REQUIRE(png_image_begin_read_from_memory(&image, file.data(), file.size()) != 0);
    Picture picture{image.width, image.height, image.format == PNG_FORMAT_GRAY ? 1U : 3U, {}};
    image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    picture.pixels.resize(PNG_IMAGE_SIZE(image));
    REQUIRE(png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr) != 0);
    return picture;
}

Picture read_jpeg(const std::string& file) {
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
    REQUIRE(jpeg_read_header(&info, TRUE) == JPEG_HEADER_OK);
    CHECK_FALSE(info.progressive_mode);
    jpeg_start_decompress(&info);
    Picture picture{
        info.output_width, info.output_height, static_cast<std::uint32_t>(info.output_components), {}};
    picture.pixels.resize(picture.row_bytes() * picture.height);
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = picture.row(info.output_scanline);
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return picture;
}

struct Reading {
    const std::string& file;
    std::size_t at = 0;
    static int next(GifFileType* from, GifByteType* into, int count) {
        auto& self = *static_cast<Reading*>(from->UserData);
        const std::size_t taken =
            std::min<std::size_t>(static_cast<std::size_t>(count), self.file.size() - self.at);
        std::memcpy(into, self.file.data() + self.at, taken);
        self.at += taken;
        return static_cast<int>(taken);
    }
};

std::vector<Picture> read_gif(const std::string& file, std::vector<int>* delays = nullptr) {
    Reading reading{file};
    GifFileType* gif = DGifOpen(&reading, &Reading::next, nullptr);
    REQUIRE(gif != nullptr);
    REQUIRE(DGifSlurp(gif) == GIF_OK);
    std::vector<Picture> pictures;
    for (int i = 0; i < gif->ImageCount; ++i) {
        const SavedImage& image = gif->SavedImages[i];
        Picture picture{static_cast<std::uint32_t>(image.ImageDesc.Width),
                        static_cast<std::uint32_t>(image.ImageDesc.Height),
                        3,
                        {}};
        for (std::uint32_t p = 0; p < picture.width * picture.height; ++p) {
            const GifColorType& color = image.ImageDesc.ColorMap->Colors[image.RasterBits[p]];
            picture.pixels.insert(picture.pixels.end(), {color.Red, color.Green, color.Blue});
        }
        GraphicsControlBlock control{};
        if (delays != nullptr && DGifSavedExtensionToGCB(gif, i, &control) == GIF_OK) {
            delays->push_back(control.DelayTime);
        }
        pictures.push_back(std::move(picture));
    }
    DGifCloseFile(gif, nullptr);
    return pictures;
}

int largest_difference(const Picture& a, const Picture& b) {
    REQUIRE(a.pixels.size() == b.pixels.size());
    int most = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        most = std::max(most, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
    }
    return most;
}

} // namespace

TEST_CASE("PNG keeps every pixel, JPEG nearly") {
    for (const std::uint32_t channels : {1U, 3U}) {
        const Picture picture = ramp(channels);
        CHECK(read_png(*encode_png(picture)).pixels == picture.pixels);
        const Picture lossy = read_jpeg(*encode_jpeg(picture, 95));
        CHECK(lossy.channels == channels);
        CHECK(largest_difference(lossy, picture) <= 6);
    }
    const Picture picture = ramp(1);
    CHECK(encode_jpeg(picture, 10)->size() < encode_jpeg(picture, 100)->size());
    CHECK_FALSE(encode_jpeg(Picture{70'000, 1, 1, std::vector<std::uint8_t>(70'000)}));
}

TEST_CASE("GIF keeps gray and few colours, and comes near to many") {
    CHECK(read_gif(*encode_gif(ramp(1))).front().pixels == in_color(ramp(1)).pixels);
    Picture few{4, 1, 3, {1, 2, 3, 255, 0, 0, 0, 255, 0, 1, 2, 3}};
    CHECK(read_gif(*encode_gif(few)).front().pixels == few.pixels);
    CHECK(largest_difference(read_gif(*encode_gif(ramp(3))).front(), ramp(3)) <= 52);
}

TEST_CASE("an animation has its frames and their time, and refuses another size") {
    auto file = GifFile::begin(64, 48, true);
    REQUIRE(file);
    CHECK(file->add(ramp(1), 40));
    CHECK(file->add(ramp(3), 250));
    CHECK_FALSE(file->add(Picture{1, 1, 1, {0}}, 40));
    const std::string bytes = *std::move(*file).finish();
    CHECK(bytes.starts_with("GIF89a"));
    CHECK(bytes.find("NETSCAPE2.0") != std::string::npos);
    std::vector<int> delays;
    CHECK(read_gif(bytes, &delays).size() == 2);
    CHECK(delays == std::vector<int>{4, 25});
}

TEST_CASE("profiles are found again in JPEG and PNG") {
    for (const ColorSpace space : {ColorSpace::Srgb, ColorSpace::AdobeRgb, ColorSpace::RommRgb}) {
        const std::string profile = icc_profile(space);
        CHECK(profile.substr(36, 4) == "acsp");
        const std::string jpeg = *encode_jpeg(ramp(3), 90, profile);
        CHECK(jpeg.find("ICC_PROFILE") != std::string::npos);
        CHECK(jpeg.find(profile.substr(0, 200)) != std::string::npos);
        CHECK(encode_png(ramp(3), profile)->find("iCCP") != std::string::npos);
    }
    CHECK(encode_png(ramp(3), "nonsense").ok()); // a profile of the object may be anything
}

TEST_CASE("white, black and gray stay what they are in other spaces, colours move") {
    const Picture source{4, 1, 3, {255, 255, 255, 0, 0, 0, 128, 128, 128, 255, 0, 0}};
    CHECK(converted(source, ColorSpace::Srgb).pixels == source.pixels);
    // Computed with the published matrices (Lindbloom): Adobe RGB of sRGB red is 219, 0, 0; gray 128 is 127.
    const Picture adobe = converted(source, ColorSpace::AdobeRgb);
    CHECK(largest_difference(adobe, Picture{4, 1, 3, {255, 255, 255, 0, 0, 0, 127, 127, 127, 219, 0, 0}}) <=
          1);
    const Picture romm = converted(source, ColorSpace::RommRgb);
    CHECK(largest_difference(romm, Picture{4, 1, 3, {255, 255, 255, 0, 0, 0, 109, 109, 109, 179, 70, 26}}) <=
          2);
}
