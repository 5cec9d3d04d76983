// A plane of numbers in millimetres, onto which ellipses are painted with soft edges.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace recog::generator {

/// The origin lies in the middle of the plane; x grows with the columns, y with the rows.
struct Raster {
    int columns = 0;
    int rows = 0;
    double column_mm = 1;
    double row_mm = 1;
    std::vector<float> values;

    Raster(int columns_, int rows_, double column_mm_, double row_mm_, float background);
    double x_of(int column) const { return (column - (columns - 1) / 2.0) * column_mm; }
    double y_of(int row) const { return (row - (rows - 1) / 2.0) * row_mm; }
    float* row(int index) {
        return values.data() + static_cast<std::size_t>(index) * static_cast<std::size_t>(columns);
    }
};

/// Centre and half axes in mm, angle in radians from x towards y. `folds` waves of relative height
/// `fold_depth` run round the rim (the gyri of a brain).
struct Ellipse {
    double x = 0, y = 0;
    double a = 1, b = 1;
    double angle = 0;
    int folds = 0;
    double fold_depth = 0;
    double fold_phase = 0;
};

/// Blends `value` over what is there; the rim is one pixel wide.
void paint(Raster& raster, const Ellipse& ellipse, float value);

/// An ellipsoid with half axes a, b, c, turned by `angle` in the plane and leaning by `lean_x` mm of x for
/// each mm of z; nothing of it is outside [low, high].
struct Ellipsoid {
    double x = 0, y = 0, z = 0;
    double a = 1, b = 1, c = 1;
    double angle = 0;
    double low = -1e9, high = 1e9;
    double lean_x = 0;
    int folds = 0;
    double fold_depth = 0;
};

/// What the plane at height `z` cuts from the ellipsoid.
std::optional<Ellipse> cut(const Ellipsoid& solid, double z);

} // namespace recog::generator
