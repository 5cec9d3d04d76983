// Milliseconds of processor time to decode and to encode one 512x512 frame of 16 bits (12 stored) in each
// syntax.
//
//   bench_codec [FILE]      of the first frame of FILE, or of a made body of noise and edges
//   bench_codec FILE OUT    also writes OUT.<syntax>, for other programs to be timed on
#include "core/codec/image_frames.hpp"
#include "core/codec/syntaxes.hpp"
#include "core/codec/transcode.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>

namespace {

using namespace recog;
using namespace recog::codec;

constexpr int kRounds = 15;

constexpr std::array kSyntaxes{
    syntax::Rle,           syntax::JpegBaseline, syntax::JpegExtended,     syntax::JpegLosslessFirstOrder,
    syntax::JpegLs,        syntax::JpegLsNear,   syntax::Jpeg2000Lossless, syntax::Jpeg2000,
    syntax::Htj2kLossless, syntax::Htj2k};

/// Median of the rounds.
double milliseconds(const std::function<void()>& work) {
    std::array<double, kRounds> taken{};
    for (double& one : taken) {
        const std::clock_t begin = std::clock();
        work();
        one = 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    }
    std::sort(taken.begin(), taken.end());
    return taken[kRounds / 2];
}

Raster body() {
    PixelFormat format;
    format.rows = 512;
    format.columns = 512;
    format.bits_allocated = 16;
    format.bits_stored = 12;
    format.photometric = "MONOCHROME2";
    Raster raster{format, std::vector<std::byte>(512 * 512 * 2)};
    std::mt19937 random(1);
    std::normal_distribution<double> noise(0, 12);
    for (std::size_t i = 0; i < 512 * 512; ++i) {
        const double x = static_cast<double>(i % 512) - 256;
        const double y = static_cast<double>(i / 512) - 256;
        const double r = std::hypot(x, 1.3 * y);
        const double value = r > 230 ? 24 : r > 215 ? 1900 : 1040 + 60 * std::sin(x / 19) * std::cos(y / 23);
        const auto sample = static_cast<unsigned>(std::clamp(value + noise(random), 0.0, 4095.0));
        raster.pixels[2 * i] = static_cast<std::byte>(sample & 0xFFU);
        raster.pixels[2 * i + 1] = static_cast<std::byte>(sample >> 8U);
    }
    return raster;
}

/// The same in 8 bits, for JPEG baseline.
Raster in_8_bits(const Raster& raster) {
    Raster narrow{raster.format, {}};
    narrow.format.bits_allocated = 8;
    narrow.format.bits_stored = 8;
    narrow.format.is_signed = false;
    for (std::size_t i = 0; i + 1 < raster.pixels.size(); i += 2) {
        const unsigned sample =
            static_cast<unsigned>(raster.pixels[i]) | static_cast<unsigned>(raster.pixels[i + 1]) << 8U;
        narrow.pixels.push_back(static_cast<std::byte>(sample >> 4U));
    }
    return narrow;
}

void measure(std::string_view uid, const Raster& raster) {
    const auto encoded = encode(raster, uid);
    if (!encoded) {
        std::printf("%-26s %s\n", uid.data(), encoded.failure().text.c_str());
        return;
    }
    const double decoding = milliseconds([&] { (void)decode(encoded->bytes, uid, encoded->format); });
    const double encoding = milliseconds([&] { (void)encode(raster, uid); });
    std::printf("%-26s decode %7.2f ms   encode %7.2f ms   %8zu bytes\n", uid.data(), decoding, encoding,
                encoded->bytes.size());
}

std::vector<std::byte> read_file(const char* path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

void write_copies(Bytes file, const std::string& out) {
    for (const auto uid : kSyntaxes) {
        if (const auto made = transcode(file, uid)) {
            std::ofstream copy(out + "." + std::string(uid), std::ios::binary);
            copy.write(reinterpret_cast<const char*>(made->file.data()),
                       static_cast<std::streamsize>(made->file.size()));
        }
    }
}

} // namespace

int main(int count, char** arguments) {
    Raster raster = body();
    if (count > 1) {
        const auto file = read_file(arguments[1]);
        auto first = frame_in(file, 1, dicom::transfer_syntax::ExplicitVRLittleEndian);
        if (!first) {
            std::fprintf(stderr, "%s\n", first.failure().text.c_str());
            return 1;
        }
        raster = Raster{std::move(first->format), std::move(first->bytes)};
        if (count > 2) {
            write_copies(file, arguments[2]);
        }
    }
    std::printf("%ux%u, %u of %u bits\n", raster.format.columns, raster.format.rows,
                raster.format.bits_stored, raster.format.bits_allocated);
    for (const auto uid : kSyntaxes) {
        measure(uid, uid == syntax::JpegBaseline && raster.format.bits_allocated == 16 ? in_8_bits(raster)
                                                                                       : raster);
    }
    return 0;
}
