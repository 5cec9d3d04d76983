#include "core/codec/samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace recog::codec {

namespace {

constexpr std::uint32_t kMaxDimension = 65535; // PS3.3 C.7.6.3.1: Rows and Columns are US

bool is_half_chroma(const PixelFormat& format) {
    return format.samples == 3 &&
           (format.photometric == "YBR_FULL_422" || format.photometric == "YBR_PARTIAL_422");
}

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

template <typename Sample> Sample load(const std::byte* at) {
    Sample sample;
    std::memcpy(&sample, at, sizeof sample);
    return sample;
}

template <typename Sample> void store(std::byte* at, Sample sample) {
    std::memcpy(at, &sample, sizeof sample);
}

std::vector<std::byte> planes_joined(Bytes planes, std::size_t pixels, std::size_t samples,
                                     std::size_t bytes) {
    std::vector<std::byte> out(pixels * samples * bytes);
    for (std::size_t s = 0; s < samples; ++s) {
        const std::byte* from = planes.data() + s * pixels * bytes;
        std::byte* to = out.data() + s * bytes;
        for (std::size_t i = 0; i < pixels; ++i, from += bytes, to += samples * bytes) {
            std::copy_n(from, bytes, to);
        }
    }
    return out;
}

// PS3.3 C.7.6.3.1.2: two luminances, then the chroma of both.
std::vector<std::byte> with_whole_chroma(Bytes pairs, std::size_t pixels, std::size_t bytes) {
    std::vector<std::byte> out(pixels * 3 * bytes);
    const auto copy = [&](std::size_t to, std::size_t from) {
        std::copy_n(pairs.data() + from * bytes, bytes, out.data() + to * bytes);
    };
    for (std::size_t i = 0; i < pixels; ++i) {
        const std::size_t pair = i / 2 * 4;
        copy(3 * i, pair + i % 2);
        copy(3 * i + 1, pair + 2);
        copy(3 * i + 2, pair + 3);
    }
    return out;
}

template <typename From, typename To>
std::vector<std::byte> extended_to(const std::vector<std::byte>& samples, unsigned precision,
                                   bool is_signed) {
    const std::size_t count = samples.size() / sizeof(From);
    std::vector<std::byte> out(count * sizeof(To));
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t sample = load<From>(samples.data() + i * sizeof(From));
        store(out.data() + i * sizeof(To), static_cast<To>(extended(sample, precision, is_signed)));
    }
    return out;
}

std::vector<std::byte> extended_to(std::vector<std::byte> samples, unsigned width, std::size_t wanted,
                                   unsigned precision, bool is_signed) {
    if (width == wanted && (!is_signed || precision == 8 * width)) {
        return samples;
    }
    if (wanted == 1) {
        return extended_to<std::uint8_t, std::uint8_t>(samples, precision, is_signed);
    }
    if (wanted == 2) {
        return width == 1 ? extended_to<std::uint8_t, std::uint16_t>(samples, precision, is_signed)
                          : extended_to<std::uint16_t, std::uint16_t>(samples, precision, is_signed);
    }
    return width == 1 ? extended_to<std::uint8_t, std::uint32_t>(samples, precision, is_signed)
                      : extended_to<std::uint16_t, std::uint32_t>(samples, precision, is_signed);
}

// PS3.5 8.1.1: the first pixel in the lowest bit.
template <typename Bit> std::vector<std::byte> packed(std::size_t count, const Bit& bit) {
    std::vector<std::byte> out((count + 7) / 8);
    for (std::size_t i = 0; i < count; ++i) {
        out[i / 8] |= static_cast<std::byte>((bit(i) ? 1U : 0U) << (i % 8));
    }
    return out;
}

PixelFormat decoded_format(const PixelFormat& stated, unsigned precision, std::string photometric) {
    PixelFormat format = stated;
    format.planar = false;
    format.photometric = std::move(photometric);
    if (precision > format.bits_allocated) {
        format.bits_allocated = precision > 16 ? 32 : precision > 8 ? 16 : 8;
        format.bits_stored = precision;
    }
    return format;
}

template <typename Sample>
void store_plane(std::vector<std::byte>& out, const std::int32_t* plane, std::size_t pixels, std::size_t at,
                 std::size_t step, unsigned precision, bool is_signed) {
    std::byte* to = out.data() + at * sizeof(Sample);
    for (std::size_t i = 0; i < pixels; ++i, to += step * sizeof(Sample)) {
        store(to, static_cast<Sample>(extended(static_cast<std::uint32_t>(plane[i]), precision, is_signed)));
    }
}

// Whether the container holds nothing but the stored bits and their extension.
template <typename Sample> bool all_extended(Bytes pixels, unsigned precision, bool is_signed) {
    const std::size_t count = pixels.size() / sizeof(Sample);
    std::uint32_t difference = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Sample sample = load<Sample>(pixels.data() + i * sizeof(Sample));
        difference |= sample ^ static_cast<Sample>(extended(sample, precision, is_signed));
    }
    return difference == 0;
}

template <typename From, typename To> std::vector<std::byte> masked(Bytes pixels, unsigned precision) {
    const std::size_t count = pixels.size() / sizeof(From);
    const std::uint32_t mask = (1U << precision) - 1U;
    std::vector<std::byte> out(count * sizeof(To));
    for (std::size_t i = 0; i < count; ++i) {
        store(out.data() + i * sizeof(To),
              static_cast<To>(load<From>(pixels.data() + i * sizeof(From)) & mask));
    }
    return out;
}

Samples unpacked(const Raster& raster) {
    Samples samples{raster.format, 1, 1, {}};
    samples.bytes.resize(sample_count(raster.format));
    for (std::size_t i = 0; i < samples.bytes.size(); ++i) {
        samples.bytes[i] = (raster.pixels[i / 8] >> (i % 8)) & std::byte{1};
    }
    return samples;
}

} // namespace

std::optional<std::size_t> frame_bytes(const PixelFormat& format) {
    const std::uint64_t samples = is_half_chroma(format) ? 2 : format.samples;
    const auto known = [](std::uint32_t number, std::uint32_t most) { return number > 0 && number <= most; };
    if (!known(format.rows, kMaxDimension) || !known(format.columns, kMaxDimension) ||
        !known(format.samples, 4) || !known(format.bits_allocated, 64)) {
        return std::nullopt;
    }
    // 2^32 * 2^2 * 2^6 at most.
    const std::uint64_t bits = std::uint64_t{format.rows} * format.columns * samples * format.bits_allocated;
    const std::uint64_t bytes = (bits + 7) / 8;
    return bytes > kMaxFrameBytes ? std::nullopt : std::optional(static_cast<std::size_t>(bytes));
}

Status check_format(const PixelFormat& format) {
    if (format.rows == 0 || format.columns == 0 || format.rows > kMaxDimension ||
        format.columns > kMaxDimension) {
        return malformed("the image attributes give no number of rows and columns");
    }
    const bool known_depth = format.bits_allocated == 1 || format.bits_allocated == 8 ||
                             format.bits_allocated == 16 || format.bits_allocated == 32;
    if ((format.samples != 1 && format.samples != 3) || !known_depth) {
        return error(ErrorKind::NotAcceptable, "pixels of this depth or number of samples are not known");
    }
    if (format.bits_stored == 0 || format.bits_stored > format.bits_allocated) {
        return malformed("the image attributes store no bits, or more than they allocate");
    }
    PixelFormat whole = format;
    whole.photometric.clear();
    if (!frame_bytes(whole)) {
        return error(ErrorKind::TooLarge, "the frame is beyond the limit of bytes");
    }
    return {};
}

Status check_stream(const PixelFormat& stated, std::uint64_t columns, std::uint64_t rows,
                    unsigned components) {
    if (columns != stated.columns || rows != stated.rows) {
        return malformed("the code stream is of another size than the image attributes");
    }
    if (components != stated.samples) {
        return malformed("the code stream has another number of components than the image attributes");
    }
    return {};
}

Result<Raster> interleaved(Bytes pixels, const PixelFormat& format) {
    if (const Status known = check_format(format); !known) {
        return known.failure();
    }
    const auto size = frame_bytes(format);
    if (!size || pixels.size() < *size) {
        return malformed("the frame is shorter than its image attributes say");
    }
    Raster raster{format, {}};
    const std::size_t count = std::size_t{format.rows} * format.columns;
    if (is_half_chroma(format) && format.columns % 2 == 0) {
        raster.format.photometric = format.photometric == "YBR_FULL_422" ? "YBR_FULL" : "YBR_PARTIAL";
        raster.format.planar = false;
        raster.pixels = with_whole_chroma(pixels, count, sample_bytes(format));
        return raster;
    }
    if (is_half_chroma(format)) {
        return malformed("half chroma needs an even number of columns");
    }
    if (format.planar && format.samples > 1) {
        if (format.bits_allocated == 1) {
            return error(ErrorKind::NotAcceptable, "planes of one bit samples are not known");
        }
        raster.format.planar = false;
        raster.pixels = planes_joined(pixels, count, format.samples, sample_bytes(format));
        return raster;
    }
    raster.format.planar = false;
    raster.pixels.assign(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(*size));
    return raster;
}

Raster raster_of(std::vector<std::byte> samples, unsigned width, unsigned precision,
                 const PixelFormat& stated, std::string photometric) {
    Raster raster{decoded_format(stated, precision, std::move(photometric)), {}};
    if (raster.format.bits_allocated == 1) {
        raster.pixels =
            packed(samples.size() / width, [&](std::size_t i) { return samples[i * width] != std::byte{0}; });
        return raster;
    }
    raster.pixels =
        extended_to(std::move(samples), width, sample_bytes(raster.format), precision, stated.is_signed);
    return raster;
}

Raster raster_of_planes(std::span<const std::int32_t* const> planes, unsigned precision,
                        const PixelFormat& stated, std::string photometric) {
    Raster raster{decoded_format(stated, precision, std::move(photometric)), {}};
    const std::size_t pixels = std::size_t{stated.rows} * stated.columns;
    if (raster.format.bits_allocated == 1) {
        const std::size_t samples = planes.size();
        raster.pixels =
            packed(pixels * samples, [&](std::size_t i) { return planes[i % samples][i / samples] != 0; });
        return raster;
    }
    raster.pixels.resize(pixels * planes.size() * sample_bytes(raster.format));
    for (std::size_t p = 0; p < planes.size(); ++p) {
        const auto store_as = [&](auto sample) {
            store_plane<decltype(sample)>(raster.pixels, planes[p], pixels, p, planes.size(), precision,
                                          stated.is_signed);
        };
        switch (sample_bytes(raster.format)) {
        case 1:
            store_as(std::uint8_t{});
            break;
        case 2:
            store_as(std::uint16_t{});
            break;
        default:
            store_as(std::uint32_t{});
        }
    }
    return raster;
}

std::uint16_t Samples::at(std::size_t index) const {
    return width == 1 ? static_cast<std::uint16_t>(bytes[index])
                      : load<std::uint16_t>(bytes.data() + 2 * index);
}

double unused_range(const Samples& samples) {
    std::int32_t least = std::numeric_limits<std::int32_t>::max();
    std::int32_t most = std::numeric_limits<std::int32_t>::min();
    const std::size_t count = samples.bytes.size() / samples.width;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t value = extended(samples.at(i), samples.precision, samples.format.is_signed);
        least = std::min(least, value);
        most = std::max(most, value);
    }
    const double range = count == 0 ? 1.0 : static_cast<double>(most) - least + 1.0;
    return 20.0 * std::log10(std::exp2(samples.precision) / range);
}

Samples with_precision(Samples samples, unsigned precision) {
    if (samples.format.is_signed && precision > samples.precision) {
        const std::size_t count = samples.bytes.size() / samples.width;
        const std::uint32_t mask = (1U << precision) - 1U;
        for (std::size_t i = 0; i < count; ++i) {
            const auto value =
                static_cast<std::uint32_t>(extended(samples.at(i), samples.precision, true)) & mask;
            if (samples.width == 1) {
                samples.bytes[i] = static_cast<std::byte>(value);
            } else {
                store(samples.bytes.data() + 2 * i, static_cast<std::uint16_t>(value));
            }
        }
    }
    samples.precision = std::max(precision, samples.precision);
    return samples;
}

Result<Samples> samples_of(const Raster& raster) {
    auto whole = interleaved(raster.pixels, raster.format);
    if (!whole) {
        return whole.failure();
    }
    const PixelFormat& format = whole->format;
    if (format.bits_allocated > kMaxPrecision) {
        return error(ErrorKind::NotAcceptable, "the syntax holds no pixels of 32 bits");
    }
    if (format.bits_allocated == 1) {
        return unpacked(*whole);
    }
    Samples samples{format, format.bits_stored, 1, {}};
    const bool wide = format.bits_allocated == 16;
    const bool clean = wide ? all_extended<std::uint16_t>(whole->pixels, format.bits_stored, format.is_signed)
                            : all_extended<std::uint8_t>(whole->pixels, format.bits_stored, format.is_signed);
    if (!clean || samples.precision < kMinPrecision) {
        samples.precision = format.bits_allocated;
    }
    samples.width = samples.precision > 8 ? 2 : 1;
    if (samples.precision == format.bits_allocated) {
        samples.bytes = std::move(whole->pixels);
    } else if (!wide) {
        samples.bytes = masked<std::uint8_t, std::uint8_t>(whole->pixels, samples.precision);
    } else if (samples.width == 1) {
        samples.bytes = masked<std::uint16_t, std::uint8_t>(whole->pixels, samples.precision);
    } else {
        samples.bytes = masked<std::uint16_t, std::uint16_t>(whole->pixels, samples.precision);
    }
    return samples;
}

} // namespace recog::codec
