#include "testdata/generator/determinism.hpp"
#include "testdata/generator/pixel_planes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace recog::generator {
namespace {

/// Linear attenuation per mm at about 70 keV relative to water, by tissue in the order of the enum.
constexpr TissueValues attenuation{0,    0,    0.26F, 0.92F, 1.05F, 1.05F, 1.06F,
                                   1.0F, 1.0F, 1.0F,  1.1F,  1.35F, 1.9F,  1.15F};

std::uint16_t stored(double value) {
    return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0, 4095.0)));
}

PixelPlane with_grain(int columns, int rows, double spacing_mm, const std::vector<float>& bright,
                      const NoiseTile& noise, std::string_view seed) {
    PixelPlane plane{.columns = columns, .rows = rows, .spacing_mm = spacing_mm, .pixels = {}};
    plane.pixels.reserve(bright.size());
    const auto corner = static_cast<std::uint32_t>(Random(seed).next());
    for (std::size_t i = 0; i < bright.size(); ++i) {
        const auto column = static_cast<std::uint32_t>(i % static_cast<std::size_t>(columns));
        const auto row = static_cast<std::uint32_t>(i / static_cast<std::size_t>(columns));
        plane.pixels.push_back(stored(bright[i] + 14.0F * noise.at(corner + column, (corner >> 10) + row)));
    }
    return plane;
}

struct Capsule {
    double x0, y0, x1, y1, radius;
};

/// Distance of (x, y) to the axis of a capsule, and how far along the axis the nearest point lies (0 to 1).
struct Nearness {
    double distance, along;
};

Nearness nearness(const Capsule& capsule, double x, double y) {
    const double dx = capsule.x1 - capsule.x0;
    const double dy = capsule.y1 - capsule.y0;
    const double along =
        std::clamp(((x - capsule.x0) * dx + (y - capsule.y0) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    return {std::hypot(x - capsule.x0 - along * dx, y - capsule.y0 - along * dy), along};
}

double chord(double radius, double distance) {
    return distance >= radius ? 0 : 2 * std::sqrt(radius * radius - distance * distance);
}

/// Long bones are wide at both ends, hollow between.
double bone_thickness(const Capsule& bone, double x, double y) {
    const Nearness near = nearness(bone, x, y);
    const double end = std::abs(2 * near.along - 1);
    const double outer = bone.radius * (0.72 + 0.34 * end * end * end);
    const double hollow = outer * (0.62 - 0.25 * end * end);
    return chord(outer, near.distance) - 0.75 * chord(hollow, near.distance);
}

struct Finger {
    double knuckle_x, knuckle_y, angle;
    std::array<double, 3> lengths;
    double radius;
};

struct Hand {
    std::vector<Capsule> bones;
    std::vector<Capsule> flesh;
};

void add_finger(Hand& hand, const Finger& finger, double wrist_x, double wrist_y) {
    hand.bones.push_back({wrist_x, wrist_y, finger.knuckle_x, finger.knuckle_y, finger.radius * 1.05});
    hand.flesh.push_back({wrist_x, wrist_y, finger.knuckle_x, finger.knuckle_y, 15});
    double x = finger.knuckle_x;
    double y = finger.knuckle_y;
    double radius = finger.radius;
    for (const double length : finger.lengths) {
        if (length == 0) {
            continue;
        }
        const double step_x = std::sin(finger.angle);
        const double step_y = -std::cos(finger.angle);
        hand.bones.push_back(
            {x + 3 * step_x, y + 3 * step_y, x + (length - 2) * step_x, y + (length - 2) * step_y, radius});
        hand.flesh.push_back({x, y, x + (length + 2) * step_x, y + (length + 2) * step_y, radius + 4.6});
        x += length * step_x;
        y += length * step_y;
        radius *= 0.88;
    }
}

Hand left_hand() {
    Hand hand;
    add_finger(hand, {-46, 12, -0.85, {34, 27, 0}, 6.2}, -22, 52); // thumb
    add_finger(hand, {-22, -8, -0.16, {42, 25, 19}, 5.6}, -13, 50);
    add_finger(hand, {0, -13, 0.0, {46, 29, 20}, 5.8}, -2, 49);
    add_finger(hand, {20, -7, 0.13, {42, 27, 20}, 5.4}, 8, 51);
    add_finger(hand, {38, 6, 0.34, {33, 20, 17}, 4.8}, 17, 54);
    hand.flesh.push_back({0, 25, 0, 55, 36});
    hand.flesh.push_back({0, 60, 0, 160, 29});
    hand.bones.push_back({-9, 82, -8, 170, 11});  // radius
    hand.bones.push_back({16, 86, 14, 170, 7.5}); // ulna
    return hand;
}

/// Carpal bones: middle and half axes in mm.
constexpr std::array<Ellipse, 8> carpals{{{-20, 61, 7, 6, 0.3},
                                          {-10, 60, 6, 6, 0},
                                          {0, 62, 6.5, 9, 0},
                                          {12, 63, 7, 8, 0.2},
                                          {-11, 72, 7.5, 6, -0.5},
                                          {1, 76, 7, 6, 0},
                                          {13, 75, 6, 5.5, 0},
                                          {18, 70, 4, 4, 0}}};

double carpal_thickness(double x, double y) {
    double thickness = 0;
    for (const Ellipse& bone : carpals) {
        const double u = (x - bone.x) * std::cos(bone.angle) + (y - bone.y) * std::sin(bone.angle);
        const double v = (y - bone.y) * std::cos(bone.angle) - (x - bone.x) * std::sin(bone.angle);
        const double radius = std::hypot(u / bone.a, v / bone.b);
        thickness = std::max(thickness, 0.6 * chord(bone.b, std::min(radius, 1.0) * bone.b));
    }
    return thickness;
}

float hand_brightness(const Hand& hand, double x, double y) {
    double flesh = 0;
    for (const Capsule& capsule : hand.flesh) {
        flesh = std::max(flesh, std::min(chord(capsule.radius, nearness(capsule, x, y).distance), 26.0));
    }
    double bone = carpal_thickness(x, y);
    for (const Capsule& capsule : hand.bones) {
        bone = std::max(bone, bone_thickness(capsule, x, y));
    }
    return static_cast<float>(180 + 38 * flesh + 165 * bone);
}

} // namespace

PixelPlane chest_radiograph(const Body& body, const NoiseTile& noise, int size, std::string_view seed) {
    constexpr int depth_steps = 96;
    const double spacing = chest_field_mm / size;
    std::vector<float> bright;
    bright.reserve(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
    for (int row = 0; row < size; ++row) {
        const double z = ((size - 1) / 2.0 - row) * spacing;
        // Seen from the front the patient's left is on the right, as x runs already.
        Raster depth(size, depth_steps, spacing, 280.0 / depth_steps, 0);
        paint_cut(depth, body, attenuation, z);
        for (int column = 0; column < size; ++column) {
            float path_mm = 0;
            for (int step = 0; step < depth_steps; ++step) {
                path_mm += depth.row(step)[column] * static_cast<float>(depth.row_mm);
            }
            bright.push_back(150 + 13.5F * path_mm);
        }
    }
    return with_grain(size, size, spacing, bright, noise, seed);
}

PixelPlane hand_radiograph(const NoiseTile& noise, int size, std::string_view seed) {
    const double spacing = 260.0 / size;
    const Hand hand = left_hand();
    Raster plane(size, size, spacing, spacing, 0);
    for (int row = 0; row < size; ++row) {
        for (int column = 0; column < size; ++column) {
            plane.row(row)[column] = hand_brightness(hand, -plane.x_of(column), plane.y_of(row) + 10);
        }
    }
    return with_grain(size, size, spacing, plane.values, noise, seed);
}

} // namespace recog::generator
