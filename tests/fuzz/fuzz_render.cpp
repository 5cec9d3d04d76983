// Any bytes as an image file that is shown: the first four choose window, region and form, the rest is the
// file.
#include "core/render/gif_file.hpp"
#include "core/render/picture_file.hpp"
#include "core/render/thumbnail.hpp"
#include "tests/fuzz/expect.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/oflog/oflog.h>

using namespace recog;
using namespace recog::render;

namespace {

constexpr std::uint64_t kMostPixels = 1U << 20U;

void check(const Picture& picture) {
    fuzz::expect(picture.width > 0 && picture.height > 0, "a picture has a size");
    fuzz::expect(picture.pixels.size() == picture.row_bytes() * picture.height,
                 "a picture has all its pixels");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    (void)quiet;
    if (size < 4) {
        return 0;
    }
    auto image = Image::open(std::as_bytes(std::span(data + 4, size - 4)));
    if (!image) {
        return 0;
    }
    const auto& format = image->attributes().format;
    if (std::uint64_t{format.rows} * format.columns > kMostPixels) {
        return 0;
    }
    RenderOptions options;
    if (data[0] % 4 != 0) {
        options.window =
            Window{data[0] * 16.0 - 1024, 1 + data[1] * 8.0, static_cast<WindowFunction>(data[0] % 4 - 1)};
    }
    if (data[2] != 0) {
        const Region region{data[2] / 8.0,       data[3] / 8.0,    {},
                            data[3] * 0.7 + 0.1, data[2] % 2 == 0, data[3] % 2 == 0};
        options.viewport = Viewport{data[2], data[3], data[2] % 3 == 0 ? region : Region{}};
    }
    for (std::uint32_t frame = 1; frame <= std::min(3U, image->frame_count()); ++frame) {
        const auto picture = image->render(frame, options);
        if (picture) {
            check(*picture);
            (void)encode_gif(*picture);
        }
    }
    const auto small = thumbnail(*image, middle_frame(*image), 40, 30);
    if (small) {
        check(*small);
        fuzz::expect(small->width <= 40 && small->height <= 30, "a thumbnail fits its viewport");
        (void)encode_jpeg(*small);
        (void)encode_png(*small, image->header().icc_profile());
    }
    (void)image->full_window(1);
    return 0;
}
