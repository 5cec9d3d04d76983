// What a screen shows: 8 bits a channel (PS3.18 8.7.4: "no more than 8 bits per channel").
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace recog::render {

/// Rows from the top, without padding; gray, or red, green and blue side by side.
struct Picture {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t channels = 1; ///< 1 or 3
    std::vector<std::uint8_t> pixels;

    std::size_t row_bytes() const { return std::size_t{width} * channels; }
    const std::uint8_t* row(std::uint32_t y) const { return pixels.data() + y * row_bytes(); }
    std::uint8_t* row(std::uint32_t y) { return pixels.data() + y * row_bytes(); }
};

/// A gray picture in three channels; a coloured one as it is.
Picture in_color(Picture picture);

} // namespace recog::render
