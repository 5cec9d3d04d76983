#include "core/render/color.hpp"

#include "core/render/gray_table.hpp"

#include <algorithm>
#include <array>

namespace recog::render {

namespace {

std::uint8_t clamped(int value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

// ITU-R BT.601 in 16 fraction bits: full range for YBR_FULL, 16 to 235 for YBR_PARTIAL_422.
struct YbrFactors {
    int luma_offset;
    int luma;
    int red;
    int green_b;
    int green_r;
    int blue;
};
constexpr YbrFactors kFull{0, 65536, 91881, 22554, 46802, 116130};
constexpr YbrFactors kPartial{16, 76309, 104597, 25675, 53279, 132201};

void to_rgb(const YbrFactors& f, int y, int b, int r, std::uint8_t* rgb) {
    const int luma = (y - f.luma_offset) * f.luma + 32768;
    rgb[0] = clamped((luma + f.red * (r - 128)) >> 16);
    rgb[1] = clamped((luma - f.green_b * (b - 128) - f.green_r * (r - 128)) >> 16);
    rgb[2] = clamped((luma + f.blue * (b - 128)) >> 16);
}

int byte_at(codec::Bytes pixels, std::size_t at) {
    return static_cast<int>(pixels[at]);
}

std::uint64_t word_at(codec::Bytes pixels, std::size_t index, std::size_t bytes) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
        word |= static_cast<std::uint64_t>(pixels[index * bytes + i]) << (8 * i);
    }
    return word;
}

// Y0 Y1 Cb Cr for each two pixels.
void expand_422(codec::Bytes pixels, const YbrFactors& factors, Picture& picture) {
    const std::size_t pairs = picture.pixels.size() / 6;
    for (std::size_t i = 0; i < pairs; ++i) {
        const int b = byte_at(pixels, 4 * i + 2);
        const int r = byte_at(pixels, 4 * i + 3);
        to_rgb(factors, byte_at(pixels, 4 * i), b, r, picture.pixels.data() + 6 * i);
        to_rgb(factors, byte_at(pixels, 4 * i + 1), b, r, picture.pixels.data() + 6 * i + 3);
    }
}

// Three bytes side by side for each pixel, the high ones of wider samples.
void interleave(codec::Bytes pixels, const codec::PixelFormat& format, unsigned high_bit,
                std::vector<std::uint8_t>& out) {
    const std::size_t count = out.size() / 3;
    const std::size_t bytes = format.bits_allocated / 8;
    const std::size_t next = format.planar ? 1 : 3;
    const std::size_t plane = format.planar ? count : 1;
    if (bytes == 1) {
        for (std::size_t sample = 0; sample < 3; ++sample) {
            for (std::size_t i = 0; i < count; ++i) {
                out[3 * i + sample] = static_cast<std::uint8_t>(pixels[i * next + sample * plane]);
            }
        }
        return;
    }
    const unsigned stored = format.bits_stored;
    const unsigned shift = high_bit + 1 - stored;
    const std::uint64_t mask = (1ULL << stored) - 1ULL;
    for (std::size_t sample = 0; sample < 3; ++sample) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint64_t value = (word_at(pixels, i * next + sample * plane, bytes) >> shift) & mask;
            out[3 * i + sample] = static_cast<std::uint8_t>((value * 255U + mask / 2) / mask);
        }
    }
}

// C.7.6.3.1.6: entries of 16 bits. Many writers leave the low byte zero, so the high one is the colour.
std::uint8_t high_byte(const LookupTable& table, std::int32_t value) {
    return table.bits > 8 ? static_cast<std::uint8_t>(table.at(value) >> (table.bits - 8))
                          : table.shade(value);
}

bool is_any_of(const std::string& text, std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return text == name; });
}

} // namespace

Picture in_color(Picture picture) {
    if (picture.channels == 3) {
        return picture;
    }
    Picture out{picture.width, picture.height, 3, std::vector<std::uint8_t>(picture.pixels.size() * 3)};
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        std::fill_n(out.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, picture.pixels[i]);
    }
    return out;
}

Result<Picture> color_picture(codec::Bytes pixels, const codec::PixelFormat& format, unsigned high_bit) {
    const bool half = is_any_of(format.photometric, {"YBR_FULL_422", "YBR_PARTIAL_422"});
    const bool full = format.photometric == "YBR_FULL";
    const bool rgb = is_any_of(format.photometric, {"RGB", "YBR_ICT", "YBR_RCT"});
    const bool known_bits =
        format.bits_allocated == 8 || format.bits_allocated == 16 || format.bits_allocated == 32;
    if ((!half && !full && !rgb) || !known_bits || (half && format.bits_allocated != 8)) {
        return error(ErrorKind::NotAcceptable, "the image has colours of a kind that is not rendered");
    }
    const std::size_t count = std::size_t{format.rows} * format.columns;
    const std::size_t needed = half ? (count + 1) / 2 * 4 : count * 3 * (format.bits_allocated / 8);
    if (pixels.size() < needed && !(half && pixels.size() >= count * 2)) {
        return error(ErrorKind::Malformed, "the frame is shorter than its image attributes say");
    }
    Picture picture{format.columns, format.rows, 3, std::vector<std::uint8_t>(count * 3)};
    if (half) {
        expand_422(pixels, format.photometric == "YBR_FULL_422" ? kFull : kPartial, picture);
        return picture;
    }
    interleave(pixels, format, high_bit, picture.pixels);
    if (full) {
        for (std::size_t i = 0; i < count; ++i) {
            std::uint8_t* rgb_at = picture.pixels.data() + 3 * i;
            to_rgb(kFull, rgb_at[0], rgb_at[1], rgb_at[2], rgb_at);
        }
    }
    return picture;
}

std::vector<std::uint8_t> palette_colors(const Palette& palette, unsigned stored, bool is_signed) {
    const StoredBits bits{0, stored, is_signed};
    std::vector<std::uint8_t> colors((std::size_t{bits.mask()} + 1) * 3);
    for (std::uint32_t pattern = 0; pattern <= bits.mask(); ++pattern) {
        const std::int32_t value = bits.value(pattern);
        colors[3 * std::size_t{pattern}] = high_byte(palette.red, value);
        colors[3 * std::size_t{pattern} + 1] = high_byte(palette.green, value);
        colors[3 * std::size_t{pattern} + 2] = high_byte(palette.blue, value);
    }
    return colors;
}

} // namespace recog::render
