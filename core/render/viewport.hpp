// Cropping, flipping and scaling (PS3.18 8.3.5.1.3).
#pragma once

#include "core/base/result.hpp"
#include "core/render/picture.hpp"

#include <optional>

namespace recog::render {

inline constexpr std::uint32_t kMaxViewportSide = 8192;

/// In pixels of the source, which need not be whole; parts of a region that lie outside of the source do not
/// count.
struct Region {
    double x = 0;
    double y = 0;
    std::optional<double> width;  ///< to the right edge when absent
    std::optional<double> height; ///< to the lower edge when absent
    bool flip_horizontally = false;
    bool flip_vertically = false;
    friend bool operator==(const Region&, const Region&) = default;
};

struct Viewport {
    /// The picture fits in here and is as large as it can be; 0: as wide or high as the other one makes it.
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    Region region;
    friend bool operator==(const Viewport&, const Viewport&) = default;
};

/// Both sides 0: the region in its own size. `pixel_height` is the height of a source pixel over its width;
/// it counts when the picture is scaled. Errors: BadRequest (nothing of the region lies in the picture).
Result<Picture> fit(const Picture& source, const Viewport& viewport, double pixel_height);

} // namespace recog::render
