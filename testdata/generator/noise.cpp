#include "testdata/generator/determinism.hpp"
#include "testdata/generator/pixel_planes.hpp"

#include <cmath>
#include <cstddef>

namespace recog::generator {
namespace {

constexpr std::uint32_t mask = NoiseTile::side - 1;

std::size_t place(std::uint32_t column, std::uint32_t row) {
    return static_cast<std::size_t>(row & mask) * NoiseTile::side + (column & mask);
}

/// The sum of eight even numbers is near enough to Gaussian, and the same on every machine.
std::vector<float> white_noise() {
    Random random("noise tile");
    std::vector<float> white(static_cast<std::size_t>(NoiseTile::side) * NoiseTile::side);
    for (float& value : white) {
        std::uint64_t bits = random.next();
        int sum = 0;
        for (int i = 0; i < 8; ++i, bits >>= 8) {
            sum += static_cast<int>(bits & 0xFF);
        }
        value = static_cast<float>(sum - 1020);
    }
    return white;
}

} // namespace

NoiseTile::NoiseTile() : values_(static_cast<std::size_t>(side) * side) {
    const std::vector<float> white = white_noise();
    // Weights 1, sqrt(2), 2 about the middle; divided so that the result has standard deviation 1.
    const float deviation = 209.0F * std::sqrt(0.0625F * 4 + 0.125F * 4 + 0.25F);
    for (std::uint32_t row = 0; row < side; ++row) {
        for (std::uint32_t column = 0; column < side; ++column) {
            const float corners = white[place(column - 1, row - 1)] + white[place(column + 1, row - 1)] +
                                  white[place(column - 1, row + 1)] + white[place(column + 1, row + 1)];
            const float sides = white[place(column, row - 1)] + white[place(column, row + 1)] +
                                white[place(column - 1, row)] + white[place(column + 1, row)];
            values_[place(column, row)] =
                (0.25F * corners + 0.354F * sides + 0.5F * white[place(column, row)]) / deviation;
        }
    }
}

float NoiseTile::at(std::uint32_t column, std::uint32_t row) const {
    return values_[place(column, row)];
}

} // namespace recog::generator
