// Turns bodies into the stored pixels of CT, MR and radiographs.
#pragma once

#include "testdata/generator/anatomy.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace recog::generator {

/// Square pixels, stored row by row; the middle of the plane is the origin of the body.
struct PixelPlane {
    int columns = 0;
    int rows = 0;
    double spacing_mm = 1;
    std::vector<std::uint16_t> pixels;
};

/// Noise with the neighbourly correlation that reconstruction leaves in CT, so that slices compress as real
/// ones do. One tile is made once; each image reads it from another corner. Safe to read from several
/// threads.
class NoiseTile {
public:
    NoiseTile();
    static constexpr int side = 1024;

    /// Mean 0, standard deviation 1; wraps round.
    float at(std::uint32_t column, std::uint32_t row) const;

private:
    std::vector<float> values_;
};

/// How CT stores HU here (PS3.3 C.11.1.1.2).
inline constexpr int ct_rescale_intercept = -1024;

/// Field of view in mm.
inline constexpr double chest_field_mm = 400;
inline constexpr double head_field_mm = 230;

/// How a CT is made: field of view and range of heights in mm, noise inside the body in HU.
struct CtProtocol {
    TissueValues hounsfield;
    double field_mm;
    double low_z, high_z;
    float noise_hu;
};

CtProtocol chest_ct_protocol(bool contrast);
CtProtocol head_ct_protocol();
/// Arbitrary signal units.
TissueValues head_t1();
TissueValues head_t2();

/// 12 bits, unsigned, HU minus the intercept.
PixelPlane ct_plane(const Body& body, const CtProtocol& protocol, const NoiseTile& noise, int size, double z,
                    std::string_view seed);
/// 12 bits, unsigned, with the slow fall of a coil's sensitivity.
PixelPlane mr_plane(const Body& body, const TissueValues& signal, const NoiseTile& noise, int size, double z,
                    std::string_view seed);
/// 12 bits, bright where the body absorbs: rays from the back to the front through `body`, 400 mm wide.
PixelPlane chest_radiograph(const Body& body, const NoiseTile& noise, int size, std::string_view seed);
/// 12 bits, bright where bone is: a left hand, 260 mm wide.
PixelPlane hand_radiograph(const NoiseTile& noise, int size, std::string_view seed);

} // namespace recog::generator
