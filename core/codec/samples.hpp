// Samples between a raster and what codecs work on: unsigned numbers of a precision, side by side for each
// pixel, in one or two bytes each.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

inline constexpr unsigned kMinPrecision = 2;  ///< of JPEG lossless and JPEG-LS
inline constexpr unsigned kMaxPrecision = 16; ///< of samples as codecs other than RLE take them

inline bool is_colour(const PixelFormat& format) {
    return format.samples == 3;
}
inline std::size_t sample_bytes(const PixelFormat& format) {
    return (format.bits_allocated + 7) / 8;
}
inline std::size_t sample_count(const PixelFormat& format) {
    return std::size_t{format.rows} * format.columns * format.samples;
}

/// Whether this is a frame that may be held at all. Errors: Malformed, TooLarge, NotAcceptable (of more
/// samples or other depths than this floor knows).
Status check_format(const PixelFormat& format);

/// Errors: Malformed when a code stream of this size and number of components is not what `stated` says.
Status check_stream(const PixelFormat& stated, std::uint64_t columns, std::uint64_t rows,
                    unsigned components);

/// The raster in interleaved form, with whole chroma: nothing else is changed. Errors: Malformed (too short),
/// and those of check_format().
Result<Raster> interleaved(Bytes pixels, const PixelFormat& format);

/// `samples` are interleaved, of `width` bytes (1 or 2) in the machine's order; each holds `precision` low
/// bits, which are extended to the container that `stated` allocates, or to a wider one.
Raster raster_of(std::vector<std::byte> samples, unsigned width, unsigned precision,
                 const PixelFormat& stated, std::string photometric);

/// The same for samples in 32 bits, a plane for each component.
Raster raster_of_planes(std::span<const std::int32_t* const> planes, unsigned precision,
                        const PixelFormat& stated, std::string photometric);

/// What an encoder takes.
struct Samples {
    PixelFormat format; ///< of the raster, interleaved
    /// Bits Stored, or Bits Allocated when a pixel uses bits above those; 1 only for one bit allocated.
    unsigned precision = 8;
    unsigned width = 1; ///< bytes of one sample
    std::vector<std::byte> bytes;

    std::uint16_t at(std::size_t index) const;
};

/// Every sample has zeros above `precision`, and raster_of() gives every bit of the raster back.
/// Errors: those of interleaved(), NotAcceptable (32 bits allocated).
Result<Samples> samples_of(const Raster& raster);

/// By how many decibels the range of the values is less than that of their precision: a quality that is
/// stated against the precision would let a CT of 16 bits lose more than its windows show.
double unused_range(const Samples& samples);

/// The same values in more bits, within the same width: signs are extended.
Samples with_precision(Samples samples, unsigned precision);

/// The value that the low `precision` bits stand for.
inline std::int32_t extended(std::uint32_t value, unsigned precision, bool is_signed) {
    const std::uint32_t mask = precision >= 32 ? 0xFFFFFFFFU : (1U << precision) - 1U;
    const std::uint32_t sign = 1U << (precision - 1U);
    const std::uint32_t low = value & mask;
    return static_cast<std::int32_t>(is_signed && (low & sign) != 0 ? low | ~mask : low);
}

} // namespace recog::codec
