// From stored gray values to what is shown: modality, values of interest, presentation (PS3.4 N.2.1).
#pragma once

#include "core/render/image_header.hpp"

#include <vector>

namespace recog::render {

/// Lowest and highest value after the modality transformation.
struct ValueRange {
    double low = 0;
    double high = 0;
};

/// The stages behind the modality transformation, for one frame. Shades are rounded to the nearest: PS3.3
/// C.11.2.1.2 is defined in real numbers.
class Shader {
public:
    /// `asked` goes before what the frame says; `range` counts when neither names a window or a table.
    Shader(const ValuesOfInterest& interest, const std::optional<Window>& asked, const ValueRange& range,
           bool inverted);

    std::uint8_t shade(double value) const;
    /// Shades of `count` values in the order given.
    void shade(const double* values, std::size_t count, std::uint8_t* shades) const;

private:
    /// A straight line, cut off at both ends: 255 * (value - low_) / (high_ - low_).
    bool is_linear() const { return table_ == nullptr && !sigmoid_; }
    std::uint8_t line(double value) const;

    const LookupTable* table_ = nullptr;
    std::optional<Window> sigmoid_;
    double low_ = 0;
    double high_ = 0;
    double factor_ = 0;
    std::uint8_t flip_ = 0; ///< 255 when inverted: shade ^ 255 is 255 - shade
};

/// Where a stored value stands in the bits of a pixel (PS3.5 8.1.1); bits outside may hold anything.
struct StoredBits {
    unsigned shift = 0;
    unsigned stored = 8; ///< 1 to 16
    bool is_signed = false;

    std::uint32_t mask() const { return (1U << stored) - 1U; }
    /// The number that these bits, shifted and masked, stand for.
    std::int32_t value(std::uint32_t bits) const;
};

/// Values after the modality transformation, an entry for each combination of the stored bits.
std::vector<double> modality_values(const ModalityTransformation& modality, const StoredBits& bits);

/// What occurs in a frame of 8 or 16 bit pixels, without padding; all of it when there is nothing but
/// padding.
ValueRange range_of(codec::Bytes pixels, unsigned bytes_per_pixel, const StoredBits& bits,
                    const std::optional<Padding>& padding, const std::vector<double>& values);

/// One shade for each pixel.
void apply_table(codec::Bytes pixels, unsigned bytes_per_pixel, const StoredBits& bits,
                 const std::vector<std::uint8_t>& table, std::uint8_t* shades);

} // namespace recog::render
