// The frames of a stored object, as pixels or in a transfer syntax that somebody asks for.
#pragma once

#include "core/codec/codec.hpp"
#include "core/dicom/pixel_data.hpp"

namespace recog::codec {

/// Bits Stored that are missing or more than allocated read as Bits Allocated.
PixelFormat pixel_format_of(const dicom::ImageShape& shape);

/// Whether every stream of `from` is one of `to` as it is: JPEG baseline is extended, lossless JPEG-LS is
/// near-lossless, .90 is .91, .202 is .201 is .203.
bool is_special_case(std::string_view from, std::string_view to);

/// Immutable: any thread may ask.
class ImageFrames {
public:
    /// `file` must outlive this. Errors: NotFound (no pixel data), Malformed, TooLarge.
    static Result<ImageFrames> open(Bytes file, const dicom::Part10Limits& limits = {});

    std::uint32_t count() const { return locator_.count(); }
    const PixelFormat& format() const { return format_; } ///< as the data set states it
    std::string_view transfer_syntax() const { return locator_.location().transfer_syntax; }
    const dicom::PixelDataLocation& location() const { return locator_.location(); }

    /// `number` counts from 1. Errors: NotFound, NotAcceptable (float pixels, no decoder), and those of
    /// decode().
    Result<Raster> raster(std::uint32_t number) const;
    /// As it is stored when the syntax allows that: native pixels keep their planes, in little endian.
    Result<Encoded> frame(std::uint32_t number, std::string_view syntax,
                          const EncodeOptions& options = {}) const;

private:
    explicit ImageFrames(dicom::FrameLocator locator);

    dicom::FrameLocator locator_;
    PixelFormat format_;
};

/// One frame of a file, for askers of a single one.
Result<Encoded> frame_in(Bytes file, std::uint32_t number, std::string_view syntax,
                         const EncodeOptions& options = {});

} // namespace recog::codec
