#include "core/render/gray_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace recog::render {

namespace {

/// Rounds a shade to the nearest. What is half way in real numbers may come out a hair below as a double.
constexpr double kHalf = 0.5 + 1e-9;

std::uint32_t pixel_at(const std::byte* pixels, std::size_t at, unsigned bytes) {
    if (bytes == 1) {
        return static_cast<std::uint32_t>(pixels[at]);
    }
    std::uint16_t pixel;
    std::memcpy(&pixel, pixels + 2 * at, 2);
    return pixel;
}

template <unsigned bytes>
void mark(const std::byte* pixels, std::size_t count, const StoredBits& bits,
          std::vector<std::uint8_t>& seen) {
    const std::uint32_t mask = bits.mask();
    for (std::size_t i = 0; i < count; ++i) {
        seen[(pixel_at(pixels, i, bytes) >> bits.shift) & mask] = 1;
    }
}

template <unsigned bytes>
void apply(const std::byte* pixels, std::size_t count, const StoredBits& bits,
           const std::vector<std::uint8_t>& table, std::uint8_t* shades) {
    const std::uint32_t mask = bits.mask();
    const std::uint8_t* entries = table.data();
    for (std::size_t i = 0; i < count; ++i) {
        shades[i] = entries[(pixel_at(pixels, i, bytes) >> bits.shift) & mask];
    }
}

} // namespace

Shader::Shader(const ValuesOfInterest& interest, const std::optional<Window>& asked, const ValueRange& range,
               bool inverted)
    : flip_(inverted ? 255 : 0) {
    const std::optional<Window> window = asked ? asked : interest.window;
    if (!window && interest.table) {
        table_ = &*interest.table;
    } else if (!window) {
        low_ = range.low;
        high_ = range.high;
    } else if (window->function == WindowFunction::Sigmoid) {
        sigmoid_ = window;
    } else if (window->function == WindowFunction::LinearExact) {
        low_ = window->center - window->width / 2;
        high_ = window->center + window->width / 2;
    } else {
        low_ = window->center - 0.5 - (window->width - 1) / 2;
        high_ = window->center - 0.5 + (window->width - 1) / 2;
    }
    factor_ = high_ > low_ ? 255 / (high_ - low_) : 0;
}

std::uint8_t Shader::line(double value) const {
    // C.11.2.1.2.1: up to the lower end black, beyond the upper end white, which also holds for a width of 1.
    if (factor_ == 0) {
        return static_cast<std::uint8_t>((value > high_ ? 255 : 0) ^ flip_);
    }
    const double shade = std::clamp((value - low_) * factor_, 0.0, 255.0);
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(static_cast<int>(shade + kHalf)) ^ flip_);
}

std::uint8_t Shader::shade(double value) const {
    if (std::isnan(value)) {
        return flip_;
    }
    if (is_linear()) {
        return line(value);
    }
    if (table_ != nullptr) {
        const double input = std::clamp(std::floor(value + 0.5), -1e9, 1e9);
        return static_cast<std::uint8_t>(table_->shade(static_cast<std::int64_t>(input)) ^ flip_);
    }
    const double y = 255 / (1 + std::exp(-4 * (value - sigmoid_->center) / sigmoid_->width));
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(static_cast<int>(y + kHalf)) ^ flip_);
}

void Shader::shade(const double* values, std::size_t count, std::uint8_t* shades) const {
    if (!is_linear() || factor_ == 0) {
        for (std::size_t i = 0; i < count; ++i) {
            shades[i] = shade(values[i]);
        }
        return;
    }
    // No branches: this is what a window of a CT costs 65,536 times for each frame. NaN compares false and
    // becomes 0.
    for (std::size_t i = 0; i < count; ++i) {
        double y = (values[i] - low_) * factor_;
        y = y > 0 ? y : 0;
        y = y < 255 ? y : 255;
        shades[i] = static_cast<std::uint8_t>(static_cast<int>(y + kHalf) ^ flip_);
    }
}

std::int32_t StoredBits::value(std::uint32_t pattern) const {
    const std::uint32_t sign = 1U << (stored - 1U);
    return is_signed && (pattern & sign) != 0
               ? static_cast<std::int32_t>(pattern) - static_cast<std::int32_t>(sign << 1U)
               : static_cast<std::int32_t>(pattern);
}

std::vector<double> modality_values(const ModalityTransformation& modality, const StoredBits& bits) {
    std::vector<double> values(std::size_t{bits.mask()} + 1);
    // Unsigned patterns, and the non-negative half of signed ones, come first and in order.
    const std::size_t positive = bits.is_signed ? values.size() / 2 : values.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double stored =
            static_cast<double>(i) - (i < positive ? 0 : static_cast<double>(values.size()));
        values[i] = stored * modality.slope + modality.intercept;
    }
    if (modality.table) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = modality.table->at(bits.value(static_cast<std::uint32_t>(i)));
        }
    }
    return values;
}

ValueRange range_of(codec::Bytes pixels, unsigned bytes_per_pixel, const StoredBits& bits,
                    const std::optional<Padding>& padding, const std::vector<double>& values) {
    std::vector<std::uint8_t> seen(values.size(), 0);
    const std::size_t count = pixels.size() / bytes_per_pixel;
    bytes_per_pixel == 1 ? mark<1>(pixels.data(), count, bits, seen)
                         : mark<2>(pixels.data(), count, bits, seen);
    ValueRange range{1, 0};
    for (int pass = 0; pass < 2 && range.low > range.high; ++pass) {
        for (std::size_t i = 0; i < seen.size(); ++i) {
            const std::int32_t stored = bits.value(static_cast<std::uint32_t>(i));
            const bool is_padding = pass == 0 && padding && stored >= padding->low && stored <= padding->high;
            if (seen[i] == 0 || is_padding) {
                continue;
            }
            range = range.low > range.high
                        ? ValueRange{values[i], values[i]}
                        : ValueRange{std::min(range.low, values[i]), std::max(range.high, values[i])};
        }
    }
    return range.low > range.high ? ValueRange{} : range;
}

void apply_table(codec::Bytes pixels, unsigned bytes_per_pixel, const StoredBits& bits,
                 const std::vector<std::uint8_t>& table, std::uint8_t* shades) {
    const std::size_t count = pixels.size() / bytes_per_pixel;
    bytes_per_pixel == 1 ? apply<1>(pixels.data(), count, bits, table, shades)
                         : apply<2>(pixels.data(), count, bits, table, shades);
}

} // namespace recog::render
