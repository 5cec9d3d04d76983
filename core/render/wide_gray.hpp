// Gray pixels that no table can hold: integers of 32 bits, float and double float pixel data (PS3.3
// C.7.6.3.1.12 and C.7.6.24, C.7.6.25).
#pragma once

#include "core/render/gray_table.hpp"

namespace recog::render {

/// True when the stored values are shades already: up to 8 bits, unsigned, nothing to transform. An
/// ultrasound or a secondary capture without a window is shown as it is, not stretched to what occurs in it.
bool is_display_ready(const codec::PixelFormat& format, const ModalityTransformation& modality);

enum class WideKind { Integer, Float };

/// Borrows what it is made of.
struct WideGray {
    codec::Bytes bytes;
    WideKind kind;
    const codec::PixelFormat& format;
    unsigned high_bit;
    const ModalityTransformation& modality;

    /// Without padding, NaN and infinities.
    ValueRange range(const std::optional<Padding>& padding) const;
    void apply(const Shader& shader, std::uint8_t* shades) const;

private:
    double stored(std::size_t pixel) const;
    double value(double stored) const;
    std::size_t count() const { return std::size_t{format.rows} * format.columns; }
};

} // namespace recog::render
