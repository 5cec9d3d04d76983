// What the header of an image says of how its pixels are shown (PS3.3 C.7.6.3, C.11.1, C.11.2; for enhanced
// objects C.7.6.16.2.9 and C.7.6.16.2.10), read from the data set in front of the pixel data.
#pragma once

#include "core/codec/codec.hpp"
#include "core/dicom/part10.hpp"
#include "core/render/lookup_table.hpp"
#include "core/render/window.hpp"

#include <memory>
#include <optional>

class DcmFileFormat;
class DcmItem;

namespace recog::render {

/// From stored values to values with a meaning (Hounsfield units, optical density, ...).
struct ModalityTransformation {
    double slope = 1;
    double intercept = 0;
    std::optional<LookupTable> table; ///< stands for slope and intercept when there is one
    bool is_identity() const { return !table && slope == 1 && intercept == 0; }
};

/// Where a frame says nothing about what is of interest, all of it is.
struct ValuesOfInterest {
    std::optional<Window> window; ///< the first one of several
    std::optional<LookupTable> table;
};

struct GrayTransformations {
    ModalityTransformation modality;
    ValuesOfInterest interest;
};

/// Pixel Padding Value (0028,0120) and Range Limit (0028,0121), in either order; for float pixel data
/// (0028,0122) to (0028,0125).
struct Padding {
    double low = 0;
    double high = 0;
};

enum class BurnedIn { Unknown, Yes, No };

struct ImageAttributes {
    codec::PixelFormat format;
    unsigned high_bit = 7;
    std::optional<Padding> padding;
    bool inverted = false;   ///< the lowest value is shown white
    double pixel_height = 1; ///< height of a pixel over its width
    BurnedIn burned_in = BurnedIn::Unknown;
    std::uint32_t representative_frame = 1;
    double frame_milliseconds = 100; ///< between frames of a motion picture
};

/// Not thread-safe: DCMTK's look-ups are not const.
class ImageHeader {
public:
    /// Errors: Malformed, TooLarge, NotAcceptable (the attributes describe no pixels that can be shown).
    static Result<ImageHeader> read(dicom::Bytes file);
    ImageHeader(ImageHeader&&) noexcept;
    ImageHeader& operator=(ImageHeader&&) noexcept;
    ~ImageHeader();

    const ImageAttributes& attributes() const { return attributes_; }
    /// `frame` counts from 1. Errors: Malformed (a modality table that cannot be read: what is shown would be
    /// wrong; an unreadable VOI table or window counts as absent).
    Result<GrayTransformations> gray(std::uint32_t frame);
    /// Errors: Malformed.
    Result<Palette> palette();
    /// ICC Profile (0028,2000) of the image or of its first optical path; empty when there is none.
    std::string icc_profile();

    DcmItem& dataset();

private:
    explicit ImageHeader(std::unique_ptr<DcmFileFormat> file);

    std::unique_ptr<DcmFileFormat> file_;
    ImageAttributes attributes_;
};

} // namespace recog::render
