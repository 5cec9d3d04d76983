#include "core/render/icc_profile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace recog::render {

namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

constexpr std::size_t kCurveEntries = 1024;
constexpr std::size_t kHeaderBytes = 128;
constexpr double kWhite[3] = {0.9642, 1.0, 0.8249}; // D50, the white of the profile connection space

struct Definition {
    const char* name;
    Matrix to_xyz; ///< columns: red, green, blue, adapted to D50
    double (*decode)(double);
    double (*encode)(double);
};

double srgb_decode(double v) {
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}
double srgb_encode(double v) {
    return v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
}
constexpr double kAdobeGamma = 2.19921875;
double adobe_decode(double v) {
    return std::pow(v, kAdobeGamma);
}
double adobe_encode(double v) {
    return std::pow(v, 1 / kAdobeGamma);
}
// ISO 22028-2: a straight piece up to 1/512.
double romm_decode(double v) {
    return v < 16.0 / 512 ? v / 16 : std::pow(v, 1.8);
}
double romm_encode(double v) {
    return v < 1.0 / 512 ? v * 16 : std::pow(v, 1 / 1.8);
}

const Definition& definition_of(ColorSpace space) {
    static const Definition kDefinitions[] = {{"sRGB IEC61966-2.1",
                                               {{{0.4360747, 0.3850649, 0.1430804},
                                                 {0.2225045, 0.7168786, 0.0606169},
                                                 {0.0139322, 0.0971045, 0.7141733}}},
                                               &srgb_decode,
                                               &srgb_encode},
                                              {"Adobe RGB (1998)",
                                               {{{0.6097559, 0.2052401, 0.1492240},
                                                 {0.3111242, 0.6256560, 0.0632197},
                                                 {0.0194811, 0.0608902, 0.7448387}}},
                                               &adobe_decode,
                                               &adobe_encode},
                                              {"ROMM RGB",
                                               {{{0.7976749, 0.1351917, 0.0313534},
                                                 {0.2880402, 0.7118741, 0.0000857},
                                                 {0.0000000, 0.0000000, 0.8252100}}},
                                               &romm_decode,
                                               &romm_encode}};
    return kDefinitions[static_cast<std::size_t>(space)];
}

void put(std::string& out, std::uint32_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) {
        out += static_cast<char>((value >> (8 * i)) & 0xFFU);
    }
}

void put_fixed(std::string& out, double value) {
    put(out, static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(value * 65536))), 4);
}

std::string xyz_tag(double x, double y, double z) {
    std::string tag("XYZ \0\0\0\0", 8);
    put_fixed(tag, x);
    put_fixed(tag, y);
    put_fixed(tag, z);
    return tag;
}

std::string curve_tag(const Definition& space) {
    std::string tag("curv\0\0\0\0", 8);
    put(tag, kCurveEntries, 4);
    for (std::size_t i = 0; i < kCurveEntries; ++i) {
        const double y = space.decode(static_cast<double>(i) / (kCurveEntries - 1));
        put(tag, static_cast<std::uint32_t>(std::lround(y * 65535)), 2);
    }
    return tag;
}

// ICC.1:2001-04 6.5.17: ASCII, then empty Unicode and ScriptCode descriptions.
std::string description_tag(const std::string& name) {
    std::string tag("desc\0\0\0\0", 8);
    put(tag, static_cast<std::uint32_t>(name.size() + 1), 4);
    tag += name;
    tag.append(1 + 4 + 4 + 2 + 1 + 67, '\0');
    return tag;
}

std::string text_tag(const std::string& text) {
    return std::string("text\0\0\0\0", 8) + text + '\0';
}

std::string header(std::uint32_t size) {
    std::string out;
    put(out, size, 4);
    out.append(4, '\0'); // no preferred module
    put(out, 0x02100000, 4);
    out += "mntrRGB XYZ ";
    for (const std::uint32_t part : {2026U, 1U, 1U, 0U, 0U, 0U}) {
        put(out, part, 2);
    }
    out += "acsp";
    out.append(28, '\0'); // platform, flags, manufacturer, model, attributes, intent: perceptual
    for (const double part : kWhite) {
        put_fixed(out, part);
    }
    out.resize(kHeaderBytes, '\0');
    return out;
}

Matrix inverse(const Matrix& m) {
    const auto minor = [&](std::size_t r, std::size_t c) {
        const std::size_t r1 = (r + 1) % 3;
        const std::size_t r2 = (r + 2) % 3;
        const std::size_t c1 = (c + 1) % 3;
        const std::size_t c2 = (c + 2) % 3;
        return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
    };
    const double determinant = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
    Matrix out{};
    for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t c = 0; c < 3; ++c) {
            out[c][r] = minor(r, c) / determinant;
        }
    }
    return out;
}

Matrix product(const Matrix& a, const Matrix& b) {
    Matrix out{};
    for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t c = 0; c < 3; ++c) {
            out[r][c] = a[r][0] * b[0][c] + a[r][1] * b[1][c] + a[r][2] * b[2][c];
        }
    }
    return out;
}

} // namespace

std::string icc_profile(ColorSpace space) {
    const Definition& definition = definition_of(space);
    const Matrix& m = definition.to_xyz;
    const std::string curve = curve_tag(definition);
    const std::pair<const char*, std::string> tags[] = {
        {"desc", description_tag(definition.name)},
        {"cprt", text_tag("No copyright")},
        {"wtpt", xyz_tag(kWhite[0], kWhite[1], kWhite[2])},
        {"rXYZ", xyz_tag(m[0][0], m[1][0], m[2][0])},
        {"gXYZ", xyz_tag(m[0][1], m[1][1], m[2][1])},
        {"bXYZ", xyz_tag(m[0][2], m[1][2], m[2][2])},
        {"rTRC", curve},
        {"gTRC", curve},
        {"bTRC", curve},
    };
    const std::size_t table = 4 + std::size(tags) * 12;
    std::string directory;
    std::string body;
    put(directory, static_cast<std::uint32_t>(std::size(tags)), 4);
    for (const auto& [name, data] : tags) {
        directory += name;
        put(directory, static_cast<std::uint32_t>(kHeaderBytes + table + body.size()), 4);
        put(directory, static_cast<std::uint32_t>(data.size()), 4);
        body += data;
        body.resize((body.size() + 3) / 4 * 4, '\0');
    }
    return header(static_cast<std::uint32_t>(kHeaderBytes + table + body.size())) + directory + body;
}

Picture converted(const Picture& srgb, ColorSpace space) {
    Picture out = in_color(srgb);
    if (space == ColorSpace::Srgb) {
        return out;
    }
    const Definition& from = definition_of(ColorSpace::Srgb);
    const Definition& to = definition_of(space);
    const Matrix m = product(inverse(to.to_xyz), from.to_xyz);
    std::array<double, 256> linear{};
    for (std::size_t i = 0; i < linear.size(); ++i) {
        linear[i] = from.decode(static_cast<double>(i) / 255);
    }
    constexpr std::size_t kSteps = 8192;
    std::vector<std::uint8_t> encoded(kSteps + 1);
    for (std::size_t i = 0; i <= kSteps; ++i) {
        encoded[i] = static_cast<std::uint8_t>(std::lround(to.encode(static_cast<double>(i) / kSteps) * 255));
    }
    for (std::size_t i = 0; i + 2 < out.pixels.size(); i += 3) {
        const double rgb[3] = {linear[out.pixels[i]], linear[out.pixels[i + 1]], linear[out.pixels[i + 2]]};
        for (std::size_t c = 0; c < 3; ++c) {
            const double value = m[c][0] * rgb[0] + m[c][1] * rgb[1] + m[c][2] * rgb[2];
            out.pixels[i + c] = encoded[static_cast<std::size_t>(std::clamp(value, 0.0, 1.0) * kSteps + 0.5)];
        }
    }
    return out;
}

} // namespace recog::render
