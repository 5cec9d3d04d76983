#include "core/render/picture_file.hpp"

#include <csetjmp>

#include <png.h>

namespace recog::render {

namespace {

// Measured on CT slices: level 3 is three times as fast as 6 and 4 % larger.
constexpr int kCompressionLevel = 3;

struct Output {
    std::string bytes;
    bool failed = false;
};

[[noreturn]] void leave(png_structp png, png_const_charp) {
    png_longjmp(png, 1);
}

void stay_silent(png_structp, png_const_charp) {}

void append(png_structp png, png_bytep bytes, png_size_t count) {
    auto& output = *static_cast<Output*>(png_get_io_ptr(png));
    if (output.failed) {
        return;
    }
    try {
        output.bytes.append(reinterpret_cast<const char*>(bytes), count);
    } catch (...) {
        output.failed = true; // an exception must not pass through C
    }
}

void flush(png_structp) {}

// Between setjmp and a longjmp no object with a destructor may come to life: hence a function in the style of
// C.
bool compress(png_structp png, png_infop info, const Picture& picture, const std::string& profile,
              Output& output) {
    if (setjmp(png_jmpbuf(png)) != 0) {
        return false;
    }
    png_set_write_fn(png, &output, append, flush);
    png_set_user_limits(png, kMaxPictureSide, kMaxPictureSide);
    png_set_IHDR(png, info, picture.width, picture.height, 8,
                 picture.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, kCompressionLevel);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    if (!profile.empty()) {
        png_set_benign_errors(png, 1);
        png_set_iCCP(png, info, "icc", PNG_COMPRESSION_TYPE_BASE,
                     reinterpret_cast<png_const_bytep>(profile.data()),
                     static_cast<png_uint_32>(profile.size()));
    }
    png_write_info(png, info);
    for (std::uint32_t y = 0; y < picture.height; ++y) {
        png_write_row(png, picture.row(y));
    }
    png_write_end(png, info);
    return !output.failed;
}

} // namespace

Result<std::string> encode_png(const Picture& picture, const std::string& icc_profile) {
    if (picture.width > kMaxPictureSide || picture.height > kMaxPictureSide ||
        icc_profile.size() > kMaxProfileBytes) {
        return error(ErrorKind::TooLarge, "the picture is too large for a PNG file");
    }
    Output output;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, leave, stay_silent);
    png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
    const bool done = info != nullptr && compress(png, info, picture, icc_profile, output);
    png_destroy_write_struct(&png, &info);
    if (!done) {
        return error(ErrorKind::Internal, "the picture could not be made a PNG file");
    }
    return std::move(output.bytes);
}

} // namespace recog::render
