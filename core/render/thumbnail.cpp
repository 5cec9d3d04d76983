#include "core/render/thumbnail.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>

namespace recog::render {

namespace {

constexpr std::uint8_t kBackground = 40;
constexpr std::uint8_t kInk = 150;
constexpr std::uint8_t kPaper = 215;

// Their pixels come from a detector, through a modality's own reconstruction; text is laid over, not into
// them.
constexpr std::array<std::string_view, 10> kPlainModalities = {"CT", "MR", "PT", "NM", "CR",
                                                               "DX", "MG", "RF", "XA", "IO"};
constexpr std::string_view kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

std::string text(DcmItem& dataset, const DcmTagKey& tag) {
    OFString value;
    return dataset.findAndGetOFString(tag, value).good() ? std::string(value.c_str()) : std::string();
}

bool may_carry_text(Image& image) {
    if (image.attributes().burned_in == BurnedIn::No) {
        return false;
    }
    DcmItem& dataset = image.header().dataset();
    const std::string modality = text(dataset, DCM_Modality);
    const bool plain =
        std::find(kPlainModalities.begin(), kPlainModalities.end(), modality) != kPlainModalities.end();
    return !plain || text(dataset, DCM_SOPClassUID).starts_with(kSecondaryCapture);
}

void fill(Picture& picture, double left, double top, double right, double bottom, std::uint8_t shade) {
    const auto at = [](double share, std::uint32_t size) {
        return std::min(size, static_cast<std::uint32_t>(share * size + 0.5));
    };
    for (std::uint32_t y = at(top, picture.height); y < at(bottom, picture.height); ++y) {
        std::fill(picture.row(y) + at(left, picture.width), picture.row(y) + at(right, picture.width), shade);
    }
}

void draw_cross(Picture& picture) {
    const double thickness = 0.04;
    for (std::uint32_t y = 0; y < picture.height; ++y) {
        const double v = (y + 0.5) / picture.height;
        for (std::uint32_t x = 0; x < picture.width; ++x) {
            const double u = (x + 0.5) / picture.width;
            const bool inside = u > 0.2 && u < 0.8 && v > 0.2 && v < 0.8;
            if (inside && (std::abs(u - v) < thickness || std::abs(u + v - 1) < thickness)) {
                picture.row(y)[x] = kInk;
            }
        }
    }
}

} // namespace

Picture stand_in(Stand stand, std::uint32_t width, std::uint32_t height) {
    width = std::clamp<std::uint32_t>(width, 1, kMaxViewportSide);
    height = std::clamp<std::uint32_t>(height, 1, kMaxViewportSide);
    Picture picture{width, height, 1, std::vector<std::uint8_t>(std::size_t{width} * height, kBackground)};
    if (stand == Stand::Unreadable) {
        draw_cross(picture);
        return picture;
    }
    if (stand == Stand::Withheld) {
        fill(picture, 0.15, 0.44, 0.85, 0.56, kInk);
        return picture;
    }
    fill(picture, 0.25, 0.12, 0.75, 0.88, kPaper);
    for (double top = 0.22; top < 0.80; top += 0.12) {
        fill(picture, 0.32, top, 0.68, top + 0.04, kInk);
    }
    return picture;
}

Result<Picture> thumbnail(Image& image, std::uint32_t frame, std::uint32_t width, std::uint32_t height) {
    if (width == 0 && height == 0) {
        width = kThumbnailSide;
        height = kThumbnailSide;
    }
    if (image.attributes().burned_in == BurnedIn::Yes) {
        return stand_in(Stand::Withheld, width, height);
    }
    RenderOptions options;
    const bool discreet = may_carry_text(image) && (width > kDiscreetSide || height > kDiscreetSide);
    options.viewport = discreet ? Viewport{kDiscreetSide, kDiscreetSide, {}} : Viewport{width, height, {}};
    auto picture = image.render(frame, options);
    return picture && discreet ? fit(*picture, Viewport{width, height, {}}, 1) : std::move(picture);
}

std::uint32_t middle_frame(const Image& image) {
    const std::uint32_t stated = image.attributes().representative_frame;
    return stated > 1 && stated <= image.frame_count() ? stated : (image.frame_count() + 1) / 2;
}

} // namespace recog::render
