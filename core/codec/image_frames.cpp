#include "core/codec/image_frames.hpp"

#include "core/codec/syntaxes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace recog::codec {

namespace {

// Within the native syntaxes a frame is the same bytes, since FrameLocator turns big endian round.
bool may_stay(std::string_view from, std::string_view to) {
    return from == to || is_special_case(from, to) || (dicom::is_native(from) && dicom::is_native(to));
}

// Video and what is not known here cannot be read, but given as it is.
Bytes joined(const dicom::Frame& frame, std::vector<std::byte>& storage) {
    if (frame.pieces.size() == 1) {
        return frame.pieces.front();
    }
    storage.reserve(frame.size());
    for (const Bytes piece : frame.pieces) {
        storage.insert(storage.end(), piece.begin(), piece.end());
    }
    return storage;
}

} // namespace

PixelFormat pixel_format_of(const dicom::ImageShape& shape) {
    PixelFormat format;
    format.rows = shape.rows;
    format.columns = shape.columns;
    format.samples = shape.samples_per_pixel;
    format.bits_allocated = shape.bits_allocated;
    const bool stated = shape.bits_stored > 0 && shape.bits_stored <= shape.bits_allocated;
    format.bits_stored = stated ? shape.bits_stored : shape.bits_allocated;
    format.is_signed = shape.pixel_representation == 1;
    format.planar = shape.planar_configuration == 1 && shape.samples_per_pixel > 1;
    format.photometric = shape.photometric_interpretation;
    return format;
}

bool is_special_case(std::string_view from, std::string_view to) {
    using namespace syntax;
    constexpr std::array kCases{std::pair{JpegBaseline, JpegExtended},
                                std::pair{JpegLosslessFirstOrder, JpegLossless},
                                std::pair{JpegLs, JpegLsNear},
                                std::pair{Jpeg2000Lossless, Jpeg2000},
                                std::pair{Jpeg2000Part2Lossless, Jpeg2000Part2},
                                std::pair{Htj2kLossless, Htj2k},
                                std::pair{Htj2kLosslessRpcl, Htj2kLossless},
                                std::pair{Htj2kLosslessRpcl, Htj2k}};
    return std::find(kCases.begin(), kCases.end(), std::pair{from, to}) != kCases.end();
}

ImageFrames::ImageFrames(dicom::FrameLocator locator)
    : locator_(std::move(locator)), format_(pixel_format_of(locator_.location().shape)) {}

Result<ImageFrames> ImageFrames::open(Bytes file, const dicom::Part10Limits& limits) {
    auto location = dicom::locate_pixel_data(file, limits);
    if (!location) {
        return location.failure();
    }
    auto locator = dicom::FrameLocator::make(*std::move(location), file);
    if (!locator) {
        return locator.failure();
    }
    return ImageFrames(*std::move(locator));
}

Result<Raster> ImageFrames::raster(std::uint32_t number) const {
    if (location().tag != dicom::tags::PixelData) {
        return error(ErrorKind::NotAcceptable, "pixels of floating point are not decoded");
    }
    const auto frame = locator_.frame(number);
    if (!frame) {
        return frame.failure();
    }
    std::vector<std::byte> storage;
    // A fragmentless native object under a compressed syntax is one that somebody forgot to compress.
    const std::string_view syntax =
        location().encapsulated ? transfer_syntax() : dicom::transfer_syntax::ExplicitVRLittleEndian;
    return decode(joined(*frame, storage), syntax, format_);
}

Result<Encoded> ImageFrames::frame(std::uint32_t number, std::string_view syntax,
                                   const EncodeOptions& options) const {
    const bool consistent = location().encapsulated != dicom::is_native(transfer_syntax());
    if (consistent && may_stay(transfer_syntax(), syntax)) {
        const auto frame = locator_.frame(number);
        if (!frame) {
            return frame.failure();
        }
        Encoded encoded{format_, {}, false};
        std::vector<std::byte> storage;
        const Bytes bytes = joined(*frame, storage);
        encoded.bytes = storage.empty() ? std::vector(bytes.begin(), bytes.end()) : std::move(storage);
        return encoded;
    }
    if (!can_encode(syntax)) {
        return error(ErrorKind::NotAcceptable, "there is no encoder for this transfer syntax");
    }
    const auto pixels = raster(number);
    if (!pixels) {
        return pixels.failure();
    }
    return encode(*pixels, syntax, options);
}

Result<Encoded> frame_in(Bytes file, std::uint32_t number, std::string_view syntax,
                         const EncodeOptions& options) {
    const auto frames = ImageFrames::open(file);
    if (!frames) {
        return frames.failure();
    }
    return frames->frame(number, syntax, options);
}

} // namespace recog::codec
