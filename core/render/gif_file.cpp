#include "core/render/gif_file.hpp"

#include "core/render/picture_file.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <gif_lib.h>

namespace recog::render {

namespace {

constexpr std::size_t kColors = 256;
constexpr int kRedLevels = 6;
constexpr int kGreenLevels = 7;
constexpr int kBlueLevels = 6;

// Ordered dithering by the usual 8 x 8 matrix (Bayer).
constexpr int kDither[8][8] = {{0, 32, 8, 40, 2, 34, 10, 42},  {48, 16, 56, 24, 50, 18, 58, 26},
                               {12, 44, 4, 36, 14, 46, 6, 38}, {60, 28, 52, 20, 62, 30, 54, 22},
                               {3, 35, 11, 43, 1, 33, 9, 41},  {51, 19, 59, 27, 49, 17, 57, 25},
                               {15, 47, 7, 39, 13, 45, 5, 37}, {63, 31, 55, 23, 61, 29, 53, 21}};

struct Indexed {
    std::vector<GifColorType> colors;
    std::vector<GifByteType> pixels;
};

Indexed gray_indexed(const Picture& picture) {
    Indexed out{std::vector<GifColorType>(kColors), picture.pixels};
    for (std::size_t i = 0; i < kColors; ++i) {
        const auto shade = static_cast<GifByteType>(i);
        out.colors[i] = GifColorType{shade, shade, shade};
    }
    return out;
}

// False when there are more than 256 colours.
bool index_exactly(const Picture& picture, Indexed& out) {
    std::unordered_map<std::uint32_t, GifByteType> known;
    out.pixels.resize(std::size_t{picture.width} * picture.height);
    for (std::size_t i = 0; i < out.pixels.size(); ++i) {
        const std::uint8_t* rgb = picture.pixels.data() + 3 * i;
        const std::uint32_t color = rgb[0] | std::uint32_t{rgb[1]} << 8U | std::uint32_t{rgb[2]} << 16U;
        const auto [at, is_new] = known.try_emplace(color, static_cast<GifByteType>(known.size()));
        if (is_new && known.size() > kColors) {
            return false;
        }
        if (is_new) {
            out.colors.push_back(GifColorType{rgb[0], rgb[1], rgb[2]});
        }
        out.pixels[i] = at->second;
    }
    out.colors.resize(kColors);
    return true;
}

int level(int value, int levels, int threshold) {
    return std::min(levels - 1, (value * (levels - 1) + threshold * 4) / 255);
}

Indexed dithered(const Picture& picture) {
    Indexed out{std::vector<GifColorType>(kColors), {}};
    for (int i = 0; i < kRedLevels * kGreenLevels * kBlueLevels; ++i) {
        out.colors[static_cast<std::size_t>(i)] =
            GifColorType{static_cast<GifByteType>(i / (kGreenLevels * kBlueLevels) * 255 / (kRedLevels - 1)),
                         static_cast<GifByteType>(i / kBlueLevels % kGreenLevels * 255 / (kGreenLevels - 1)),
                         static_cast<GifByteType>(i % kBlueLevels * 255 / (kBlueLevels - 1))};
    }
    out.pixels.reserve(std::size_t{picture.width} * picture.height);
    for (std::uint32_t y = 0; y < picture.height; ++y) {
        const std::uint8_t* rgb = picture.row(y);
        for (std::uint32_t x = 0; x < picture.width; ++x, rgb += 3) {
            const int threshold = kDither[y % 8][x % 8];
            out.pixels.push_back(
                static_cast<GifByteType>((level(rgb[0], kRedLevels, threshold) * kGreenLevels +
                                          level(rgb[1], kGreenLevels, threshold)) *
                                             kBlueLevels +
                                         level(rgb[2], kBlueLevels, threshold)));
        }
    }
    return out;
}

Indexed indexed(const Picture& picture) {
    if (picture.channels == 1) {
        return gray_indexed(picture);
    }
    Indexed exact;
    return index_exactly(picture, exact) ? exact : dithered(picture);
}

using ColorMap = std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)>;

} // namespace

struct GifFile::State {
    std::string bytes;
    GifFileType* file = nullptr;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::size_t pictures = 0;
    bool animated = false;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { close(); }

    bool close() {
        GifFileType* closing = std::exchange(file, nullptr);
        return closing == nullptr || EGifCloseFile(closing, nullptr) == GIF_OK;
    }

    static int write(GifFileType* to, const GifByteType* data, int count) {
        auto& state = *static_cast<State*>(to->UserData);
        if (state.bytes.size() > kMaxAnimationBytes) {
            return 0;
        }
        try {
            state.bytes.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(count));
        } catch (...) {
            return 0; // an exception must not pass through C
        }
        return count;
    }

    // GIF89a appendix: the NETSCAPE2.0 block says how often to repeat; 0 is for ever.
    bool write_loop() {
        constexpr unsigned char kForEver[] = {1, 0, 0};
        return EGifPutExtensionLeader(file, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
               EGifPutExtensionBlock(file, 11, "NETSCAPE2.0") == GIF_OK &&
               EGifPutExtensionBlock(file, sizeof kForEver, kForEver) == GIF_OK &&
               EGifPutExtensionTrailer(file) == GIF_OK;
    }

    bool write_delay(double milliseconds) {
        GraphicsControlBlock control{DISPOSE_DO_NOT, false, static_cast<int>(std::lround(milliseconds / 10)),
                                     NO_TRANSPARENT_COLOR};
        GifByteType extension[4];
        return EGifGCBToExtension(&control, extension) == sizeof extension &&
               EGifPutExtension(file, GRAPHICS_EXT_FUNC_CODE, sizeof extension, extension) == GIF_OK;
    }

    bool write_picture(Indexed& picture) {
        const ColorMap colors(GifMakeMapObject(static_cast<int>(kColors), picture.colors.data()),
                              &GifFreeMapObject);
        if (colors == nullptr || EGifPutImageDesc(file, 0, 0, static_cast<int>(width),
                                                  static_cast<int>(height), false, colors.get()) != GIF_OK) {
            return false;
        }
        for (std::uint32_t y = 0; y < height; ++y) {
            if (EGifPutLine(file, picture.pixels.data() + std::size_t{y} * width, static_cast<int>(width)) !=
                GIF_OK) {
                return false;
            }
        }
        return true;
    }
};

GifFile::GifFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
GifFile::GifFile(GifFile&&) noexcept = default;
GifFile& GifFile::operator=(GifFile&&) noexcept = default;
GifFile::~GifFile() = default;

Result<GifFile> GifFile::begin(std::uint32_t width, std::uint32_t height, bool animated) {
    if (width > kMaxPictureSide || height > kMaxPictureSide) {
        return error(ErrorKind::TooLarge, "the picture is too large for a GIF file");
    }
    auto state = std::make_unique<State>();
    state->width = width;
    state->height = height;
    state->animated = animated;
    state->file = EGifOpen(state.get(), &State::write, nullptr);
    if (state->file == nullptr) {
        return error(ErrorKind::Internal, "the picture could not be made a GIF file");
    }
    EGifSetGifVersion(state->file, true);
    if (EGifPutScreenDesc(state->file, static_cast<int>(width), static_cast<int>(height), 8, 0, nullptr) !=
            GIF_OK ||
        (animated && !state->write_loop())) {
        return error(ErrorKind::Internal, "the picture could not be made a GIF file");
    }
    return GifFile(std::move(state));
}

Status GifFile::add(const Picture& picture, double milliseconds) {
    if (picture.width != state_->width || picture.height != state_->height) {
        return error(ErrorKind::Internal, "the pictures of an animation differ in size");
    }
    if (state_->pictures++ == kMaxAnimationFrames || state_->bytes.size() > kMaxAnimationBytes) {
        return error(ErrorKind::TooLarge, "the animation is too large");
    }
    Indexed colors = indexed(picture);
    if ((state_->animated && !state_->write_delay(milliseconds)) || !state_->write_picture(colors)) {
        return error(ErrorKind::Internal, "the picture could not be made a GIF file");
    }
    return {};
}

Result<std::string> GifFile::finish() && {
    if (!state_->close()) {
        return error(ErrorKind::Internal, "the picture could not be made a GIF file");
    }
    return std::move(state_->bytes);
}

Result<std::string> encode_gif(const Picture& picture) {
    auto file = GifFile::begin(picture.width, picture.height, false);
    if (!file) {
        return file.failure();
    }
    if (const Status added = file->add(picture, 0); !added) {
        return added.failure();
    }
    return std::move(*file).finish();
}

} // namespace recog::render
