#include "testdata/generator/anatomy.hpp"
#include "testdata/generator/determinism.hpp"

#include <cmath>
#include <numbers>

namespace recog::generator {
namespace {

struct Point {
    double x, y, z;
};

constexpr double endless = 1e6;

Ellipsoid cylinder(double x, double y, double a, double b, double low, double high) {
    return {.x = x, .y = y, .z = 0, .a = a, .b = b, .c = endless, .low = low, .high = high};
}

Ellipsoid ball(const Point& at, double radius) {
    return {.x = at.x, .y = at.y, .z = at.z, .a = radius, .b = radius, .c = radius};
}

void add_trunk(Body& body) {
    body.push_back({cylinder(0, 138, 190, 9, -endless, endless), Tissue::Table});
    body.push_back({cylinder(0, 62, 64, 64, 90, 200), Tissue::Fat}); // neck
    body.push_back({{.y = 28, .z = 100, .a = 184, .b = 96, .c = 66}, Tissue::Fat});
    body.push_back({cylinder(0, 0, 166, 118, -endless, 50), Tissue::Fat});
    body.push_back({{.z = 50, .a = 166, .b = 118, .c = 112, .low = 50}, Tissue::Fat});
    body.push_back({cylinder(0, 62, 57, 57, 90, 200), Tissue::Muscle});
    body.push_back({{.y = 28, .z = 100, .a = 172, .b = 84, .c = 56}, Tissue::Muscle});
    body.push_back({cylinder(0, 0, 152, 103, -endless, 50), Tissue::Muscle});
    body.push_back({{.z = 50, .a = 152, .b = 103, .c = 100, .low = 50}, Tissue::Muscle});
}

void add_lungs(Body& body) {
    for (const double side : {-1.0, 1.0}) {
        body.push_back({{.x = side * 64, .y = 4, .z = -25, .a = 61, .b = 83, .c = 158}, Tissue::Lung});
    }
    body.push_back({{.x = 0, .y = -5, .z = 0, .a = 24, .b = 70, .c = 260}, Tissue::Organ}); // mediastinum
    body.push_back({{.x = -60, .y = 0, .z = -172, .a = 80, .b = 92, .c = 92}, Tissue::Organ});
    body.push_back({{.x = 64, .y = 0, .z = -182, .a = 74, .b = 88, .c = 84}, Tissue::Organ});
    body.push_back(
        {{.x = 70, .y = -40, .z = -128, .a = 26, .b = 22, .c = 20}, Tissue::Air}); // gastric bubble
}

void add_vessel(Body& body, Random& random, Point at, Point direction, double radius, int generations) {
    const double length = radius * random.between(9, 13);
    for (double done = 0; done < length; done += radius * 0.7) {
        body.push_back({ball(at, radius * (1 - 0.25 * done / length)), Tissue::Blood});
        at = {at.x + direction.x * radius * 0.7, at.y + direction.y * radius * 0.7,
              at.z + direction.z * radius * 0.7};
    }
    if (generations == 0) {
        return;
    }
    for (int branch = 0; branch < 2; ++branch) {
        Point turned{direction.x + random.between(-0.55, 0.55), direction.y + random.between(-0.7, 0.7),
                     direction.z + random.between(-0.7, 0.7)};
        const double norm = std::hypot(turned.x, turned.y, turned.z);
        turned = {turned.x / norm, turned.y / norm, turned.z / norm};
        add_vessel(body, random, at, turned, radius * random.between(0.62, 0.75), generations - 1);
    }
}

bool in_lung(const Ellipsoid& ball_shape) {
    const double x = (std::abs(ball_shape.x) - 64) / 59;
    const double y = (ball_shape.y - 4) / 81;
    const double z = (ball_shape.z + 25) / 155;
    return x * x + y * y + z * z < 1 && std::abs(ball_shape.x) > 12;
}

void add_pulmonary_vessels(Body& body) {
    Random random("pulmonary vessels");
    Body tree;
    for (const double side : {-1.0, 1.0}) {
        for (const double slope : {-1.1, -0.6, -0.2, 0.3, 0.8}) {
            for (const double depth : {-0.6, 0.1, 0.7}) {
                const double norm = std::hypot(1.0, depth, slope);
                add_vessel(tree, random, {side * 24, 8, -5 + 20 * slope},
                           {side / norm, depth / norm, slope / norm}, 3.4, 4);
            }
        }
    }
    for (const Solid& solid : tree) {
        if (in_lung(solid.shape)) {
            body.push_back(solid);
        }
    }
}

void add_heart_and_vessels(Body& body) {
    body.push_back({{.x = 22, .y = -28, .z = -55, .a = 58, .b = 46, .c = 56, .angle = 0.5}, Tissue::Muscle});
    body.push_back({{.x = 40, .y = -24, .z = -62, .a = 25, .b = 17, .c = 34, .angle = 0.6}, Tissue::Blood});
    body.push_back({{.x = 4, .y = -48, .z = -60, .a = 24, .b = 14, .c = 32, .angle = 0.3}, Tissue::Blood});
    body.push_back({{.x = 6, .y = 2, .z = -40, .a = 28, .b = 15, .c = 26}, Tissue::Blood});
    body.push_back({{.x = -18, .y = -26, .z = -48, .a = 17, .b = 22, .c = 28}, Tissue::Blood});
    body.push_back({cylinder(-8, -22, 16, 16, -20, 58), Tissue::Blood});  // ascending aorta
    body.push_back({cylinder(-30, -18, 9, 10, -30, 100), Tissue::Blood}); // superior vena cava
    body.push_back({{.x = 10, .y = 4, .z = 58, .a = 15, .b = 38, .c = 14, .angle = -0.35}, Tissue::Blood});
    body.push_back({cylinder(23, 44, 13, 13, -endless, 58), Tissue::Blood});
    body.push_back({{.x = 6, .y = -8, .z = 16, .a = 34, .b = 11, .c = 13, .angle = 0.25}, Tissue::Blood});
}

void add_airways(Body& body) {
    body.push_back({cylinder(0, 14, 9, 8, 28, 200), Tissue::Air});
    for (const double side : {-1.0, 1.0}) {
        body.push_back({{.x = side * 16,
                         .y = 16,
                         .z = 10,
                         .a = 6,
                         .b = 6,
                         .c = endless,
                         .low = -8,
                         .high = 28,
                         .lean_x = -side * 0.7},
                        Tissue::Air});
    }
    body.push_back({cylinder(2, 34, 6, 4, -endless, 120), Tissue::Muscle}); // oesophagus
}

void add_spine(Body& body) {
    for (double low = -190; low < 190; low += 27) {
        body.push_back({cylinder(0, 68, 18, 15, low, low + 21), Tissue::Bone});
        body.push_back({cylinder(0, 68, 16, 13, low, low + 21), Tissue::Marrow});
        body.push_back({cylinder(0, 68, 17, 14, low + 21, low + 27), Tissue::Disc});
        body.push_back({{.x = 0, .y = 104, .z = low + 8, .a = 4, .b = 15, .c = 12}, Tissue::Bone});
        for (const double side : {-1.0, 1.0}) {
            body.push_back(
                {{.x = side * 21, .y = 90, .z = low + 10, .a = 15, .b = 4.5, .c = 7, .angle = side * 0.5},
                 Tissue::Bone});
        }
    }
    body.push_back({cylinder(0, 90, 13, 10.5, -endless, 190), Tissue::Bone});
    body.push_back({cylinder(0, 90, 9.5, 7.5, -endless, 190), Tissue::Fluid});
    body.push_back({cylinder(0, 90, 5, 4, -endless, 190), Tissue::GreyMatter});
}

/// One rib from the spine round the side to the front, sinking on its way.
void add_rib(Body& body, double side, double z, double width, double drop) {
    for (double turn = 0.10; turn < 0.86; turn += 0.011) {
        const double angle = std::numbers::pi * turn;
        const Point at{side * width * std::sin(angle), 4 + 90 * std::cos(angle),
                       z - drop * turn + 10 * std::sin(angle)};
        body.push_back({ball(at, 5.2), Tissue::Bone});
    }
    for (double turn = 0.10; turn < 0.86; turn += 0.015) {
        const double angle = std::numbers::pi * turn;
        const Point at{side * width * std::sin(angle), 4 + 90 * std::cos(angle),
                       z - drop * turn + 10 * std::sin(angle)};
        body.push_back({ball(at, 3.4), Tissue::Marrow});
    }
}

void add_cage(Body& body) {
    for (int rib = 0; rib < 11; ++rib) {
        const double width = rib < 4 ? 80 + 15 * rib : 132;
        for (const double side : {-1.0, 1.0}) {
            add_rib(body, side, 138 - 27 * rib, width, 62 + 4 * rib);
        }
    }
    body.push_back({{.x = 0, .y = -91, .z = 10, .a = 15, .b = 5.5, .c = 95}, Tissue::Bone});
    body.push_back({{.x = 0, .y = -91, .z = 10, .a = 12, .b = 3.5, .c = 92}, Tissue::Marrow});
    for (const double side : {-1.0, 1.0}) {
        for (double part = 0; part < 1; part += 0.012) {
            const Point at{side * (16 + 112 * part), -68 + 66 * part,
                           114 + 8 * part + 7 * std::sin(2 * std::numbers::pi * part)};
            body.push_back({ball(at, 6), Tissue::Bone});
        }
        body.push_back({{.x = side * 118, .y = 78, .z = 60, .a = 34, .b = 3.5, .c = 62, .angle = -side * 0.7},
                        Tissue::Bone});
        body.push_back({ball({side * 150, 20, 108}, 20), Tissue::Marrow}); // head of the humerus
    }
}

} // namespace

Body chest_body() {
    Body body;
    add_trunk(body);
    add_lungs(body);
    add_pulmonary_vessels(body);
    add_heart_and_vessels(body);
    add_airways(body);
    add_cage(body);
    add_spine(body);
    body.push_back({{.x = -74, .y = -18, .z = 30, .a = 9, .b = 8, .c = 13, .lean_x = 0.6}, Tissue::Lesion});
    return body;
}

void paint_cut(Raster& raster, const Body& body, const TissueValues& values, double z) {
    for (const Solid& solid : body) {
        if (const auto ellipse = cut(solid.shape, z)) {
            paint(raster, *ellipse, values[static_cast<std::size_t>(solid.tissue)]);
        }
    }
}

} // namespace recog::generator
