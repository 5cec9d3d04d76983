#include "testdata/generator/determinism.hpp"
#include "testdata/generator/pixel_planes.hpp"

#include <algorithm>
#include <cmath>

namespace recog::generator {
namespace {

constexpr float largest_of_12_bits = 4095;

std::uint16_t stored(float value) {
    return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0F, largest_of_12_bits)));
}

PixelPlane empty_plane(int size, double field_mm) {
    PixelPlane plane{.columns = size, .rows = size, .spacing_mm = field_mm / size, .pixels = {}};
    plane.pixels.reserve(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
    return plane;
}

} // namespace

// In the order of Tissue: Air, Table, Lung, Fat, Muscle, Organ, Blood, Fluid, GreyMatter, WhiteMatter, Disc,
// Marrow, Bone, Lesion.
CtProtocol chest_ct_protocol(bool contrast) {
    const float blood = contrast ? 260.0F : 42.0F;
    const float organ = contrast ? 105.0F : 55.0F;
    const float lesion = contrast ? 78.0F : 35.0F;
    return {.hounsfield = {-1000, -880, -860, -95, 50, organ, blood, 8, 32, 28, 85, 190, 620, lesion},
            .field_mm = chest_field_mm,
            .low_z = -150,
            .high_z = 150,
            .noise_hu = 13};
}

CtProtocol head_ct_protocol() {
    return {.hounsfield = {-1000, -880, -860, -60, 45, 60, 45, 6, 38, 28, 85, 450, 1250, 68},
            .field_mm = head_field_mm,
            .low_z = -62,
            .high_z = 84,
            .noise_hu = 3.5F};
}

TissueValues head_t1() {
    return {15, 15, 15, 1500, 620, 600, 120, 190, 640, 860, 400, 900, 60, 980};
}

TissueValues head_t2() {
    return {15, 15, 15, 900, 330, 420, 80, 1650, 820, 600, 300, 500, 50, 380};
}

PixelPlane ct_plane(const Body& body, const CtProtocol& protocol, const NoiseTile& noise, int size, double z,
                    std::string_view seed) {
    PixelPlane plane = empty_plane(size, protocol.field_mm);
    const TissueValues& hounsfield = protocol.hounsfield;
    Raster raster(size, size, plane.spacing_mm, plane.spacing_mm, hounsfield.front());
    paint_cut(raster, body, hounsfield, z);
    const std::uint64_t corner = Random(seed).next();
    const auto left = static_cast<std::uint32_t>(corner);
    const auto top = static_cast<std::uint32_t>(corner >> 32);
    for (std::uint32_t row = 0; row < static_cast<std::uint32_t>(size); ++row) {
        const float* line = raster.row(static_cast<int>(row));
        for (std::uint32_t column = 0; column < static_cast<std::uint32_t>(size); ++column) {
            // Fewer photons come through the body than past it.
            const float deviation = protocol.noise_hu * (line[column] < -950 ? 0.5F : 1.0F);
            const float value = line[column] + deviation * noise.at(left + column, top + row);
            plane.pixels.push_back(stored(value - ct_rescale_intercept));
        }
    }
    return plane;
}

PixelPlane mr_plane(const Body& body, const TissueValues& signal, const NoiseTile& noise, int size, double z,
                    std::string_view seed) {
    PixelPlane plane = empty_plane(size, head_field_mm);
    Raster raster(size, size, plane.spacing_mm, plane.spacing_mm, signal.front());
    paint_cut(raster, body, signal, z);
    const std::uint64_t corner = Random(seed).next();
    const auto left = static_cast<std::uint32_t>(corner);
    const auto top = static_cast<std::uint32_t>(corner >> 32);
    for (int row = 0; row < size; ++row) {
        const float* line = raster.row(row);
        for (int column = 0; column < size; ++column) {
            const double x = raster.x_of(column) / head_field_mm;
            const double y = raster.y_of(row) / head_field_mm;
            const auto coil = static_cast<float>(0.88 + 0.7 * (x * x + y * y));
            const float grain =
                noise.at(left + static_cast<std::uint32_t>(column), top + static_cast<std::uint32_t>(row));
            // Magnitude images hold no negative signal.
            plane.pixels.push_back(stored(std::abs(line[column] * coil + 16.0F * grain)));
        }
    }
    return plane;
}

} // namespace recog::generator
