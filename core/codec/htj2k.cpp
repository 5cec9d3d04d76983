#include "core/codec/htj2k.hpp"

#include "core/codec/jpeg_2000_header.hpp"
#include "core/codec/samples.hpp"

#include <openjph/ojph_arch.h>
#include <openjph/ojph_base.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_message.h>
#include <openjph/ojph_params.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>

namespace recog::codec {

namespace {

// OpenJPH prints its messages unless it is given other objects for them, once for the process.
struct Failed final : std::exception {
    const char* what() const noexcept override { return "OpenJPH gave up"; }
};
struct SilentInfo final : ojph::message_info {
    void operator()(int, const char*, int, const char*, ...) override {}
};
struct SilentWarning final : ojph::message_warning {
    void operator()(int, const char*, int, const char*, ...) override {}
};
struct ThrownError final : ojph::message_error {
    void operator()(int, const char*, int, const char*, ...) override { throw Failed(); }
};

void silence() {
    static std::once_flag once;
    std::call_once(once, [] {
        static SilentInfo info;
        static SilentWarning warning;
        static ThrownError error;
        ojph::configure_info(&info);
        ojph::configure_warning(&warning);
        ojph::configure_error(&error);
    });
}

ojph::ui32 decompositions_of(const PixelFormat& format) {
    // The lowest resolution is then at most 64 in one direction, as the RPCL options ask for.
    ojph::ui32 levels = 5;
    const std::uint32_t shortest = std::min(format.rows, format.columns);
    while ((shortest >> levels) > 64) {
        ++levels;
    }
    // At least two samples: OpenJPH 0.9 scales the irreversible wavelet wrongly where one is left of several.
    while (levels > 0 && (shortest - 1) >> levels == 0) {
        --levels;
    }
    return levels;
}

void describe(ojph::codestream& stream, const Samples& samples, bool lossy, int quality) {
    const PixelFormat& format = samples.format;
    ojph::param_siz size = stream.access_siz();
    size.set_image_extent(ojph::point(format.columns, format.rows));
    size.set_num_components(format.samples);
    for (ojph::ui32 c = 0; c < format.samples; ++c) {
        size.set_component(c, ojph::point(1, 1), samples.precision, format.is_signed);
    }
    ojph::param_cod coding = stream.access_cod();
    coding.set_num_decomposition(decompositions_of(format));
    coding.set_block_dims(64, 64);
    coding.set_progression_order("RPCL");
    coding.set_color_transform(format.samples == 3 && format.photometric == "RGB");
    coding.set_reversible(!lossy);
    if (lossy) {
        // Uniform quantisation: noise of a twelfth of the step's square.
        const double decibels = decibels_of(quality) + unused_range(samples);
        stream.access_qcd().set_irrev_quant(
            static_cast<float>(std::min(0.5, std::sqrt(12.0) * std::pow(10.0, -decibels / 20))));
    }
    stream.set_planar(false);
}

void put_lines(ojph::codestream& stream, const Samples& samples) {
    const PixelFormat& format = samples.format;
    ojph::ui32 component = 0;
    ojph::line_buf* line = stream.exchange(nullptr, component);
    for (std::size_t row = 0; row < format.rows; ++row) {
        for (std::size_t c = 0; c < format.samples; ++c) {
            const std::size_t begin = row * format.columns * format.samples + component;
            for (std::size_t x = 0; x < format.columns; ++x) {
                line->i32[x] =
                    extended(samples.at(begin + x * format.samples), samples.precision, format.is_signed);
            }
            line = stream.exchange(line, component);
        }
    }
    stream.flush();
}

void put(std::vector<std::byte>& out, std::uint32_t number, unsigned bytes) {
    for (unsigned i = bytes; i > 0; --i) {
        out.push_back(static_cast<std::byte>((number >> (8 * (i - 1))) & 0xFFU));
    }
}

// ISO/IEC 15444-1 A.7.1: TLM tells how long each tile-part is, and stands in the main header. Here the one
// tile has one part, which reaches to EOC.
std::vector<std::byte> with_tile_lengths(Bytes stream) {
    constexpr std::uint32_t kSot = 0xFF90;
    constexpr std::uint32_t kTlm = 0xFF55;
    const auto u16 = [&](std::size_t at) {
        return static_cast<std::uint32_t>(stream[at]) << 8U | static_cast<std::uint32_t>(stream[at + 1]);
    };
    std::size_t at = 2;
    while (at + 4 <= stream.size() && u16(at) != kSot && u16(at) != kTlm) {
        at += 2 + u16(at + 2);
    }
    std::vector<std::byte> out(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(at));
    if (at + 12 <= stream.size() && u16(at) == kSot) {
        put(out, kTlm, 2);
        put(out, 4 + 6, 2);                            // Ltlm
        put(out, 0, 1);                                // Ztlm
        put(out, 0x60, 1);                             // Stlm: two bytes of tile number, four of length
        put(out, 0, 2);                                // the tile
        put(out, u16(at + 6) << 16U | u16(at + 8), 4); // Psot
    }
    out.insert(out.end(), stream.begin() + static_cast<std::ptrdiff_t>(at), stream.end());
    return out;
}

} // namespace

Result<Encoded> encode_htj2k(const Raster& raster, bool lossy, int quality) {
    if (lossy && (raster.format.photometric == "PALETTE COLOR" || raster.format.bits_allocated == 1)) {
        return error(ErrorKind::NotAcceptable, "an index into a palette and single bits must not be altered");
    }
    const auto samples = samples_of(raster);
    if (!samples) {
        return samples.failure();
    }
    silence();
    try {
        ojph::codestream stream;
        describe(stream, *samples, lossy, quality);
        ojph::mem_outfile file;
        file.open();
        stream.write_headers(&file);
        put_lines(stream, *samples);
        const auto size = static_cast<std::size_t>(file.tell());
        Encoded encoded{samples->format, with_tile_lengths(std::as_bytes(std::span(file.get_data(), size))),
                        lossy};
        stream.close();
        if (samples->format.samples == 3 && samples->format.photometric == "RGB") {
            encoded.format.photometric = lossy ? "YBR_ICT" : "YBR_RCT";
        }
        return encoded;
    } catch (const std::exception&) {
        return error(ErrorKind::NotAcceptable, "HTJ2K holds no such pixels");
    }
}

} // namespace recog::codec
