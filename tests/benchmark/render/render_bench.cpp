// What a picture costs, in milliseconds of processor time of one thread.
//
//   render_bench [FILE ...]        a 512x512 CT made here, then the files (their middle frame)
//   render_bench --write FILE OUT  a picture of it as PNG, to be looked at
#include "core/render/gif_file.hpp"
#include "core/render/picture_file.hpp"
#include "core/render/thumbnail.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/oflog/oflog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>

using namespace recog;
using namespace recog::render;

namespace {

constexpr int kRounds = 60;

std::string little(std::uint32_t number, unsigned bytes) {
    std::string out;
    for (unsigned i = 0; i < bytes; ++i) {
        out += static_cast<char>((number >> (8 * i)) & 0xFFU);
    }
    return out;
}

std::string element(std::uint16_t group, std::uint16_t number, const char* vr, std::string value) {
    value += value.size() % 2 != 0 ? " " : "";
    const bool wide = std::strcmp(vr, "OW") == 0;
    return little(group, 2) + little(number, 2) + vr +
           (wide ? std::string(2, '\0') + little(static_cast<std::uint32_t>(value.size()), 4)
                 : little(static_cast<std::uint32_t>(value.size()), 2)) +
           value;
}

/// A round body with a spine and noise as a scanner's, in Hounsfield units.
std::string ct_pixels() {
    std::string pixels;
    std::uint32_t seed = 1;
    for (int y = 0; y < 512; ++y) {
        for (int x = 0; x < 512; ++x) {
            seed = seed * 1664525U + 1013904223U;
            const double noise = static_cast<double>(seed >> 27U) - 16;
            const double body = std::hypot(x - 256, (y - 256) * 1.4);
            const double spine = std::hypot(x - 256, y - 360);
            const double value = body > 230 ? -1000 : spine < 30 ? 600 : 40 + 30 * std::sin(x * 0.05) + noise;
            pixels += little(static_cast<std::uint32_t>(static_cast<std::int32_t>(value) + 1024), 2);
        }
    }
    return pixels;
}

std::string ct_file() {
    const auto us = [](std::uint32_t value) { return little(value, 2); };
    return std::string(128, '\0') + "DICM" +
           element(2, 0x10, "UI", std::string("1.2.840.10008.1.2.1") + '\0') + element(8, 0x60, "CS", "CT") +
           element(0x28, 2, "US", us(1)) + element(0x28, 4, "CS", "MONOCHROME2") +
           element(0x28, 0x10, "US", us(512)) + element(0x28, 0x11, "US", us(512)) +
           element(0x28, 0x100, "US", us(16)) + element(0x28, 0x101, "US", us(16)) +
           element(0x28, 0x102, "US", us(15)) + element(0x28, 0x103, "US", us(1)) +
           element(0x28, 0x1050, "DS", "40") + element(0x28, 0x1051, "DS", "400") +
           element(0x28, 0x1052, "DS", "-1024") + element(0x28, 0x1053, "DS", "1") +
           element(0x7FE0, 0x10, "OW", ct_pixels());
}

std::string read_file(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), {});
}

/// Processor time of this thread: others may use the machine too.
double now() {
    std::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// The median of some rounds.
double milliseconds(const std::function<bool()>& work) {
    std::vector<double> rounds;
    for (int i = 0; i < kRounds; ++i) {
        const double begin = now();
        if (!work()) {
            return -1;
        }
        rounds.push_back(now() - begin);
    }
    std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
    return rounds[kRounds / 2];
}

void measure(const char* name, const std::string& file) {
    const auto bytes = std::as_bytes(std::span(file));
    auto image = Image::open(bytes);
    if (!image) {
        std::printf("%-40s %s\n", name, image.failure().text.c_str());
        return;
    }
    const std::uint32_t frame = middle_frame(*image);
    const auto picture = image->render(frame, {});
    if (!picture) {
        std::printf("%-40s %s\n", name, picture.failure().text.c_str());
        return;
    }
    std::printf("%-40s %ux%u  open %.3f  render %.3f  jpeg %.2f  png %.2f  gif %.2f  "
                "all (open, render, jpeg) %.2f  thumbnail %.3f\n",
                name, picture->width, picture->height, milliseconds([&] { return Image::open(bytes).ok(); }),
                milliseconds([&] { return image->render(frame, {}).ok(); }),
                milliseconds([&] { return encode_jpeg(*picture).ok(); }),
                milliseconds([&] { return encode_png(*picture).ok(); }),
                milliseconds([&] { return encode_gif(*picture).ok(); }), milliseconds([&] {
                    auto opened = Image::open(bytes);
                    return opened && encode_jpeg(*opened->render(frame, {})).ok();
                }),
                milliseconds([&] {
                    auto opened = Image::open(bytes);
                    return opened && encode_jpeg(*thumbnail(*opened, frame, 0, 0)).ok();
                }));
}

int write_picture(const char* from, const char* to) {
    const std::string file = read_file(from);
    auto image = Image::open(std::as_bytes(std::span(file)));
    const auto picture = image ? image->render(middle_frame(*image), {}) : image.failure();
    const auto png = picture ? encode_png(*picture) : picture.failure();
    if (!png) {
        std::printf("%s\n", png.failure().text.c_str());
        return 1;
    }
    std::ofstream(to, std::ios::binary) << *png;
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    if (count == 4 && std::strcmp(arguments[1], "--write") == 0) {
        return write_picture(arguments[2], arguments[3]);
    }
    measure("CT made here", ct_file());
    for (int i = 1; i < count; ++i) {
        const std::string name(arguments[i]);
        measure(name.substr(name.size() > 40 ? name.size() - 40 : 0).c_str(), read_file(arguments[i]));
    }
    return 0;
}
