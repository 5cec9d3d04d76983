#include "core/render/picture_file.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <jpeglib.h>

namespace recog::render {

namespace {

constexpr int kFullColorQuality = 90;

struct ErrorManager {
    jpeg_error_mgr base;
    std::jmp_buf jump;
};

[[noreturn]] void leave(j_common_ptr info) {
    std::longjmp(reinterpret_cast<ErrorManager*>(info->err)->jump, 1);
}

void stay_silent(j_common_ptr) {}

struct Output {
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
};

void set_up(jpeg_compress_struct& info, const Picture& picture, int quality) {
    info.image_width = picture.width;
    info.image_height = picture.height;
    info.input_components = static_cast<int>(picture.channels);
    info.in_color_space = picture.channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.dct_method = JDCT_ISLOW;
    if (picture.channels == 3 && quality >= kFullColorQuality) {
        info.comp_info[0].h_samp_factor = 1;
        info.comp_info[0].v_samp_factor = 1;
    }
}

// Between setjmp and a longjmp no object with a destructor may come to life: hence a function in the style of
// C.
bool compress(const Picture& picture, int quality, const unsigned char* profile, unsigned profile_size,
              Output& output) {
    jpeg_compress_struct info{};
    ErrorManager errors{};
    info.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = leave;
    errors.base.output_message = stay_silent;
    if (setjmp(errors.jump) != 0) {
        jpeg_destroy_compress(&info);
        return false;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &output.bytes, &output.size);
    set_up(info, picture, quality);
    jpeg_start_compress(&info, TRUE);
    if (profile_size != 0) {
        jpeg_write_icc_profile(&info, profile, profile_size);
    }
    while (info.next_scanline < info.image_height) {
        auto* row = const_cast<JSAMPROW>(picture.row(info.next_scanline));
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    return true;
}

} // namespace

Result<std::string> encode_jpeg(const Picture& picture, int quality, const std::string& icc_profile) {
    if (picture.width > kMaxPictureSide || picture.height > kMaxPictureSide ||
        icc_profile.size() > kMaxProfileBytes) {
        return error(ErrorKind::TooLarge, "the picture is too large for a JPEG file");
    }
    Output output;
    const bool done = compress(picture, quality, reinterpret_cast<const unsigned char*>(icc_profile.data()),
                               static_cast<unsigned>(icc_profile.size()), output);
    const std::unique_ptr<unsigned char, decltype(&std::free)> owner(output.bytes, &std::free);
    if (!done) {
        return error(ErrorKind::Internal, "the picture could not be made a JPEG file");
    }
    return std::string(reinterpret_cast<const char*>(output.bytes), output.size);
}

} // namespace recog::render
