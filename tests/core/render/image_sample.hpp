// Small images made in memory, a byte or a word a pixel.
#pragma once

#include "core/render/image.hpp"
#include "tests/core/dicom/sample_files.hpp"

#include <doctest/doctest.h>

namespace recog::test {

inline std::string words(const std::vector<int>& values) {
    std::string out;
    for (const int value : values) {
        out += little(static_cast<std::uint16_t>(value), 2);
    }
    return out;
}

inline std::string bytes(const std::vector<int>& values) {
    std::string out;
    for (const int value : values) {
        out += static_cast<char>(value);
    }
    return out;
}

inline std::string us(int value) {
    return little(static_cast<std::uint16_t>(value), 2);
}

/// One row of `columns` pixels, unsigned, MONOCHROME2 unless changed.
inline SampleFile image_sample(int columns, int allocated, int stored, const std::string& pixels) {
    SampleFile sample("1.2.3", "1.2.3.1", "1.2.3.1.1");
    sample.set(0x28, 0x02, "US", us(1));
    sample.set(0x28, 0x04, "CS", "MONOCHROME2");
    sample.set(0x28, 0x10, "US", us(1));
    sample.set(0x28, 0x11, "US", us(columns));
    sample.set(0x28, 0x100, "US", us(allocated));
    sample.set(0x28, 0x101, "US", us(stored));
    sample.set(0x28, 0x102, "US", us(stored - 1));
    sample.set(0x28, 0x103, "US", us(0));
    sample.set(0x7FE0, 0x10, allocated > 8 ? "OW" : "OB", pixels);
    return sample;
}

inline SampleFile& with_sequence(SampleFile& sample, std::uint16_t group, std::uint16_t number,
                                 const std::string& items) {
    return sample.whole(group, number, element(group, number, "SQ", items));
}

inline Result<render::Picture> render_file(const std::string& file, const render::RenderOptions& options = {},
                                           std::uint32_t frame = 1) {
    auto image = render::Image::open(bytes_of(file));
    return image ? image->render(frame, options) : image.failure();
}

inline std::vector<int> shades(const SampleFile& sample, const render::RenderOptions& options = {},
                               std::uint32_t frame = 1) {
    const auto picture = render_file(sample.file(), options, frame);
    REQUIRE_MESSAGE(picture.ok(), (picture ? std::string() : picture.failure().text));
    return {picture->pixels.begin(), picture->pixels.end()};
}

} // namespace recog::test
