// Rasters made for tests: gradients with noise, so that no codec finds them too easy.
#pragma once

#include "core/codec/codec.hpp"

#include <cstdlib>
#include <random>

namespace recog::test {

inline codec::PixelFormat mono(std::uint32_t rows, std::uint32_t columns, std::uint32_t allocated,
                               std::uint32_t stored, bool is_signed) {
    codec::PixelFormat format;
    format.rows = rows;
    format.columns = columns;
    format.bits_allocated = allocated;
    format.bits_stored = stored;
    format.is_signed = is_signed;
    format.photometric = "MONOCHROME2";
    return format;
}

inline codec::PixelFormat colour(std::uint32_t rows, std::uint32_t columns, std::uint32_t allocated,
                                 const std::string& photometric) {
    codec::PixelFormat format = mono(rows, columns, allocated, allocated, false);
    format.samples = 3;
    format.photometric = photometric;
    return format;
}

/// Values over the whole range of the stored bits, extended by their sign or by zeros.
inline codec::Raster raster_for(const codec::PixelFormat& format, unsigned seed = 1, unsigned noise = 5) {
    codec::Raster raster{format, std::vector<std::byte>(*codec::frame_bytes(format))};
    std::mt19937 random(seed);
    if (format.bits_allocated == 1) {
        for (std::size_t i = 0; i < std::size_t{format.rows} * format.columns; ++i) {
            const unsigned bit = (i / 3 + random() % 2) % 2;
            raster.pixels[i / 8] |= static_cast<std::byte>(bit << (i % 8));
        }
        return raster;
    }
    const std::size_t width = format.bits_allocated / 8;
    const std::size_t count = raster.pixels.size() / width;
    const std::uint64_t range = std::uint64_t{1} << format.bits_stored;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t slope = range * i / count;
        std::uint64_t value = (slope + (noise == 0 ? 0 : random() % noise)) % range;
        if (i % 17 == 0 && noise > 0) {
            value = i % 34 == 0 ? range - 1 : 0;
        }
        if (format.is_signed && value >= range / 2) {
            value -= range; // all bits above are set
        }
        for (std::size_t b = 0; b < width; ++b) {
            raster.pixels[i * width + b] = static_cast<std::byte>((value >> (8 * b)) & 0xFFU);
        }
    }
    return raster;
}

/// Of two rasters of one format with unsigned samples, the greatest difference of a sample.
inline int greatest_difference(const codec::Raster& a, const codec::Raster& b) {
    const std::size_t width = a.format.bits_allocated / 8;
    int greatest = 0;
    for (std::size_t i = 0; i + width <= std::min(a.pixels.size(), b.pixels.size()); i += width) {
        const auto value = [&](const codec::Raster& raster) {
            return static_cast<int>(raster.pixels[i]) |
                   (width > 1 ? static_cast<int>(raster.pixels[i + 1]) << 8 : 0);
        };
        greatest = std::max(greatest, std::abs(value(a) - value(b)));
    }
    return greatest;
}

} // namespace recog::test
