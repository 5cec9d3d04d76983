#include "testdata/generator/raster.hpp"

#include <algorithm>
#include <cmath>

namespace recog::generator {
namespace {

/// What is asked for each pixel of an ellipse, worked out once.
class Rim {
public:
    Rim(const Ellipse& ellipse, double pixel_mm)
        : ellipse_(ellipse), per_a_(1 / ellipse.a), per_b_(1 / ellipse.b),
          pixels_(std::min(ellipse.a, ellipse.b) / pixel_mm) {
        const double slack = 0.5 / pixels_ + ellipse.fold_depth;
        const double inner = std::max(0.0, 1 - slack);
        surely_inside_ = inner * inner;
        surely_outside_ = (1 + slack) * (1 + slack);
    }

    /// How much of a pixel lies inside, 0 to 1; `u`, `v` are its coordinates along the half axes.
    float coverage(double u, double v) const {
        const double square = u * per_a_ * u * per_a_ + v * per_b_ * v * per_b_;
        if (square >= surely_outside_) {
            return 0;
        }
        return square <= surely_inside_ ? 1 : coverage_near_rim(square, u, v);
    }

private:
    float coverage_near_rim(double square, double u, double v) const {
        double radius = std::sqrt(square);
        if (ellipse_.folds != 0) {
            radius += ellipse_.fold_depth *
                      std::sin(ellipse_.folds * std::atan2(v * per_b_, u * per_a_) + ellipse_.fold_phase);
        }
        // (1 - radius) * min(a, b) is the distance to the rim, near enough for ellipses that are not slivers.
        return static_cast<float>(std::clamp((1 - radius) * pixels_ + 0.5, 0.0, 1.0));
    }

    const Ellipse& ellipse_;
    double per_a_, per_b_;
    /// The shorter half axis in pixels.
    double pixels_;
    double surely_inside_ = 0, surely_outside_ = 0;
};

int first_index(double low_mm, double step_mm, int count) {
    return std::clamp(static_cast<int>(std::floor(low_mm / step_mm + (count - 1) / 2.0)), 0, count);
}

} // namespace

Raster::Raster(int columns_, int rows_, double column_mm_, double row_mm_, float background)
    : columns(columns_), rows(rows_), column_mm(column_mm_), row_mm(row_mm_),
      values(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), background) {}

void paint(Raster& raster, const Ellipse& ellipse, float value) {
    const double cosine = std::cos(ellipse.angle);
    const double sine = std::sin(ellipse.angle);
    const Rim rim(ellipse, std::min(raster.column_mm, raster.row_mm));
    const double grown = 1.0 + ellipse.fold_depth;
    const double reach_x = std::hypot(ellipse.a * cosine, ellipse.b * sine) * grown + raster.column_mm;
    const double reach_y = std::hypot(ellipse.a * sine, ellipse.b * cosine) * grown + raster.row_mm;
    const int left = first_index(ellipse.x - reach_x, raster.column_mm, raster.columns);
    const int right = first_index(ellipse.x + reach_x + raster.column_mm, raster.column_mm, raster.columns);
    const int top = first_index(ellipse.y - reach_y, raster.row_mm, raster.rows);
    const int bottom = first_index(ellipse.y + reach_y + raster.row_mm, raster.row_mm, raster.rows);
    for (int row = top; row < bottom; ++row) {
        float* line = raster.row(row);
        const double dy = raster.y_of(row) - ellipse.y;
        for (int column = left; column < right; ++column) {
            const double dx = raster.x_of(column) - ellipse.x;
            const float part = rim.coverage(dx * cosine + dy * sine, dy * cosine - dx * sine);
            line[column] += (value - line[column]) * part;
        }
    }
}

std::optional<Ellipse> cut(const Ellipsoid& solid, double z) {
    const double height = (z - solid.z) / solid.c;
    if (z < solid.low || z > solid.high || height * height >= 1.0) {
        return std::nullopt;
    }
    const double scale = std::sqrt(1.0 - height * height);
    return Ellipse{solid.x + solid.lean_x * (z - solid.z),
                   solid.y,
                   solid.a * scale,
                   solid.b * scale,
                   solid.angle,
                   solid.folds,
                   solid.fold_depth,
                   0.05 * z};
}

} // namespace recog::generator
