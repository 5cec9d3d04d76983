#include "core/render/wide_gray.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace recog::render {

namespace {

template <typename T> T read(codec::Bytes bytes, std::size_t index) {
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
}

} // namespace

bool is_display_ready(const codec::PixelFormat& format, const ModalityTransformation& modality) {
    return format.bits_stored <= 8 && !format.is_signed && modality.is_identity();
}

double WideGray::stored(std::size_t pixel) const {
    if (kind == WideKind::Float) {
        return format.bits_allocated == 64 ? read<double>(bytes, pixel) : double{read<float>(bytes, pixel)};
    }
    const unsigned shift = high_bit + 1 - format.bits_stored;
    const std::uint64_t mask = (1ULL << format.bits_stored) - 1ULL;
    const std::uint64_t bits = (read<std::uint32_t>(bytes, pixel) >> shift) & mask;
    const bool negative = format.is_signed && (bits >> (format.bits_stored - 1U)) != 0;
    return static_cast<double>(bits) - (negative ? static_cast<double>(mask) + 1 : 0);
}

double WideGray::value(double stored_value) const {
    if (!modality.table) {
        return stored_value * modality.slope + modality.intercept;
    }
    const double input = std::isnan(stored_value) ? 0 : std::clamp(stored_value, -1e9, 1e9);
    return modality.table->at(static_cast<std::int64_t>(input));
}

ValueRange WideGray::range(const std::optional<Padding>& padding) const {
    ValueRange found{1, 0};
    for (std::size_t i = 0; i < count(); ++i) {
        const double pixel = stored(i);
        const bool is_padding = padding && pixel >= padding->low && pixel <= padding->high;
        if (!std::isfinite(pixel) || is_padding) {
            continue;
        }
        const double y = value(pixel);
        found = found.low > found.high ? ValueRange{y, y}
                                       : ValueRange{std::min(found.low, y), std::max(found.high, y)};
    }
    return found.low > found.high ? ValueRange{} : found;
}

void WideGray::apply(const Shader& shader, std::uint8_t* shades) const {
    for (std::size_t i = 0; i < count(); ++i) {
        shades[i] = shader.shade(value(stored(i)));
    }
}

} // namespace recog::render
