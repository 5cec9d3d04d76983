#include "core/render/image.hpp"

#include "core/render/color.hpp"
#include "core/render/wide_gray.hpp"

#include <algorithm>

namespace recog::render {

namespace {

constexpr dicom::Tag kFloatPixelData{0x7FE0, 0x0008};
constexpr dicom::Tag kDoubleFloatPixelData{0x7FE0, 0x0009};

Error too_short() {
    return error(ErrorKind::Malformed, "the frame is shorter than its image attributes say");
}

std::vector<std::byte> joined(const dicom::Frame& frame) {
    std::vector<std::byte> all;
    all.reserve(frame.size());
    for (const dicom::Bytes piece : frame.pieces) {
        all.insert(all.end(), piece.begin(), piece.end());
    }
    return all;
}

// One byte a pixel, for the stages behind know whole bytes (PS3.5 8.1.1: the first pixel is the lowest bit).
std::vector<std::byte> unpacked_bits(codec::Bytes packed, std::size_t count) {
    std::vector<std::byte> pixels(count);
    for (std::size_t i = 0; i < count; ++i) {
        pixels[i] = (packed[i / 8] >> (i % 8)) & std::byte{1};
    }
    return pixels;
}

} // namespace

/// Pixels of one frame, uncompressed, and what they lie in.
struct Image::Pixels {
    codec::PixelFormat format;
    unsigned high_bit = 7;
    codec::Bytes bytes;
    std::vector<std::byte> made;       ///< when they had to be made
    std::shared_ptr<const void> owner; ///< when somebody else did

    std::size_t count() const { return std::size_t{format.rows} * format.columns; }
    unsigned bytes_per_pixel() const { return format.bits_allocated / 8; }
    StoredBits stored() const {
        return StoredBits{high_bit + 1 - format.bits_stored, format.bits_stored, format.is_signed};
    }
};

Result<Image> Image::open(dicom::Bytes file) {
    auto header = ImageHeader::read(file);
    if (!header) {
        return header.failure();
    }
    const codec::PixelFormat& format = header->attributes().format;
    if (std::uint64_t{format.rows} * format.columns > kMaxPixels) {
        return error(ErrorKind::TooLarge, "the image is too large to be rendered");
    }
    auto location = dicom::locate_pixel_data(file);
    if (!location) {
        return location.failure();
    }
    const bool is_float = location->tag == kFloatPixelData || location->tag == kDoubleFloatPixelData;
    if ((!is_float && format.bits_allocated == 64) || (is_float && format.bits_allocated < 32)) {
        return error(ErrorKind::NotAcceptable, "the image has pixels of a size that is not rendered");
    }
    if (location->encapsulated && !codec::can_decode(location->transfer_syntax)) {
        return error(ErrorKind::NotAcceptable,
                     "the image is compressed in a way that cannot be decoded here");
    }
    auto frames = dicom::FrameLocator::make(*std::move(location), file);
    if (!frames) {
        return frames.failure();
    }
    return Image(*std::move(header), *std::move(frames));
}

Result<Image::Pixels> Image::pixels_of(std::uint32_t number) {
    const auto frame = frames_.frame(number);
    if (!frame) {
        return frame.failure();
    }
    Pixels pixels;
    pixels.format = attributes().format;
    pixels.high_bit = attributes().high_bit;
    pixels.owner = frame->owner;
    const bool in_one_piece = frame->pieces.size() == 1;
    if (!in_one_piece) {
        pixels.made = joined(*frame);
    }
    pixels.bytes = in_one_piece ? frame->pieces.front() : codec::Bytes(pixels.made);
    if (frames_.location().encapsulated) {
        auto raster = codec::decode(pixels.bytes, frames_.location().transfer_syntax, pixels.format);
        if (!raster) {
            return raster.failure();
        }
        pixels.format = std::move(raster->format);
        pixels.high_bit = pixels.format.bits_stored - 1;
        pixels.made = std::move(raster->pixels);
        pixels.bytes = pixels.made;
    }
    const bool half = pixels.format.samples == 3 && pixels.format.photometric.ends_with("_422");
    const std::uint64_t bits =
        std::uint64_t{pixels.count()} * (half ? 2 : pixels.format.samples) * pixels.format.bits_allocated;
    if (pixels.bytes.size() < (bits + 7) / 8) {
        return too_short();
    }
    if (pixels.format.bits_allocated == 1) {
        pixels.made = unpacked_bits(pixels.bytes, pixels.count() * pixels.format.samples);
        pixels.bytes = pixels.made;
        pixels.format.bits_allocated = 8;
    }
    return pixels;
}

std::optional<Window> Image::full_window(std::uint32_t frame) {
    auto transformations = header_.gray(frame);
    if (!transformations || attributes().format.samples != 1 || transformations->interest.window ||
        transformations->interest.table || attributes().format.bits_allocated > 16) {
        return std::nullopt;
    }
    const auto pixels = pixels_of(frame);
    if (!pixels || is_display_ready(pixels->format, transformations->modality)) {
        return std::nullopt;
    }
    const auto values = modality_values(transformations->modality, pixels->stored());
    const ValueRange range =
        range_of(pixels->bytes, pixels->bytes_per_pixel(), pixels->stored(), attributes().padding, values);
    const Window window{(range.low + range.high) / 2, range.high - range.low, WindowFunction::LinearExact};
    return window.is_valid() ? std::optional(window) : std::nullopt;
}

Result<Picture> Image::gray(const Pixels& pixels, std::uint32_t frame, const RenderOptions& options) {
    const auto transformations = header_.gray(frame);
    if (!transformations) {
        return transformations.failure();
    }
    const ValuesOfInterest& interest = transformations->interest;
    const bool all = !options.window && !interest.window && !interest.table;
    Picture picture{pixels.format.columns, pixels.format.rows, 1, {}};
    picture.pixels.resize(pixels.count());
    if (pixels.format.bits_allocated > 16) {
        const bool is_float = frames_.location().tag != dicom::tags::PixelData;
        const WideGray wide{pixels.bytes, is_float ? WideKind::Float : WideKind::Integer, pixels.format,
                            pixels.high_bit, transformations->modality};
        const ValueRange range = all ? wide.range(attributes().padding) : ValueRange{};
        wide.apply(Shader(interest, options.window, range, attributes().inverted), picture.pixels.data());
        return picture;
    }
    const StoredBits stored = pixels.stored();
    const codec::Bytes bytes = pixels.bytes.first(pixels.count() * pixels.bytes_per_pixel());
    const auto values = modality_values(transformations->modality, stored);
    ValueRange range{0, static_cast<double>(stored.mask())};
    if (all && !is_display_ready(pixels.format, transformations->modality)) {
        range = range_of(bytes, pixels.bytes_per_pixel(), stored, attributes().padding, values);
    }
    std::vector<std::uint8_t> table(values.size());
    Shader(interest, options.window, range, attributes().inverted)
        .shade(values.data(), values.size(), table.data());
    apply_table(bytes, pixels.bytes_per_pixel(), stored, table, picture.pixels.data());
    return picture;
}

Result<Picture> Image::palette(const Pixels& pixels) {
    const auto palette = header_.palette();
    if (!palette) {
        return palette.failure();
    }
    if (pixels.format.bits_allocated > 16) {
        return error(ErrorKind::NotAcceptable, "the image has pixels of a size that is not rendered");
    }
    const StoredBits stored = pixels.stored();
    const auto colors = palette_colors(*palette, stored.stored, stored.is_signed);
    Picture picture{pixels.format.columns, pixels.format.rows, 3, {}};
    picture.pixels.resize(pixels.count() * 3);
    const unsigned step = pixels.bytes_per_pixel();
    for (std::size_t i = 0; i < pixels.count(); ++i) {
        auto word = static_cast<std::uint32_t>(pixels.bytes[i * step]);
        word |= step == 2 ? static_cast<std::uint32_t>(pixels.bytes[i * 2 + 1]) << 8U : 0U;
        const std::uint8_t* color = colors.data() + std::size_t{3} * ((word >> stored.shift) & stored.mask());
        std::copy_n(color, 3, picture.pixels.data() + 3 * i);
    }
    return picture;
}

Result<Picture> Image::whole(std::uint32_t frame, const RenderOptions& options) {
    const auto pixels = pixels_of(frame);
    if (!pixels) {
        return pixels.failure();
    }
    if (pixels->count() > kMaxPixels) {
        return error(ErrorKind::TooLarge, "the image is too large to be rendered");
    }
    if (pixels->format.samples == 3) {
        return color_picture(pixels->bytes, pixels->format, pixels->high_bit);
    }
    if (pixels->format.photometric == "PALETTE COLOR") {
        return palette(*pixels);
    }
    return gray(*pixels, frame, options);
}

Result<Picture> Image::render(std::uint32_t frame, const RenderOptions& options) {
    auto picture = whole(frame, options);
    if (!picture || !options.viewport) {
        return picture;
    }
    return fit(*picture, *options.viewport, attributes().pixel_height);
}

} // namespace recog::render
