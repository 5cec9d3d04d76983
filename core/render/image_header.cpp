#include "core/render/image_header.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cmath>

namespace recog::render {

namespace {

using dicom::Tag;

constexpr double kMaxPixelAspect = 100;
constexpr double kShortestFrame = 10;
constexpr double kLongestFrame = 60'000;

std::string text(DcmItem& item, const DcmTagKey& tag) {
    OFString value;
    if (item.findAndGetOFString(tag, value).bad()) {
        return {};
    }
    const std::size_t end = value.find_last_not_of(" \0", OFString_npos, 2);
    return end == OFString_npos ? std::string() : std::string(value.c_str(), end + 1);
}

std::optional<double> number(DcmItem& item, const DcmTagKey& tag, unsigned long position = 0) {
    Float64 value = 0;
    if (item.findAndGetFloat64(tag, value, position).good() && std::isfinite(value)) {
        return value;
    }
    return std::nullopt;
}

std::uint32_t count(DcmItem& item, const DcmTagKey& tag, std::uint32_t otherwise) {
    Uint16 value = 0;
    return item.findAndGetUint16(tag, value).good() ? value : otherwise;
}

DcmItem* first_item(DcmItem& item, const DcmTagKey& sequence) {
    DcmItem* found = nullptr;
    return item.findAndGetSequenceItem(sequence, found, 0).good() ? found : nullptr;
}

// US or SS, as the pixels are; the dictionary's guess for implicit VR is not asked.
std::optional<double> pixel_value(DcmItem& item, const DcmTagKey& tag, bool is_signed) {
    Uint16 word = 0;
    Sint16 number = 0;
    if (item.findAndGetUint16(tag, word).bad()) {
        if (item.findAndGetSint16(tag, number).bad()) {
            return std::nullopt;
        }
        word = static_cast<Uint16>(number);
    }
    return static_cast<double>(is_signed ? static_cast<Sint16>(word) : int{word});
}

std::optional<Padding> padding_of(DcmItem& dataset, bool is_signed) {
    std::optional<double> value = number(dataset, DCM_FloatPixelPaddingValue);
    std::optional<double> limit = number(dataset, DCM_FloatPixelPaddingRangeLimit);
    if (!value) {
        value = number(dataset, DCM_DoubleFloatPixelPaddingValue);
        limit = number(dataset, DCM_DoubleFloatPixelPaddingRangeLimit);
    }
    if (!value) {
        value = pixel_value(dataset, DCM_PixelPaddingValue, is_signed);
        limit = pixel_value(dataset, DCM_PixelPaddingRangeLimit, is_signed);
    }
    if (!value) {
        return std::nullopt;
    }
    const double other = limit.value_or(*value);
    return Padding{std::min(*value, other), std::max(*value, other)};
}

// PS3.3 C.7.6.3.1.7: Pixel Aspect Ratio is vertical over horizontal, as spacings are row over column.
double pixel_height_of(DcmItem& dataset) {
    for (const DcmTagKey& tag :
         {DCM_PixelAspectRatio, DCM_PixelSpacing, DCM_ImagerPixelSpacing, DCM_NominalScannedPixelSpacing}) {
        const auto vertical = number(dataset, tag, 0);
        const auto horizontal = number(dataset, tag, 1);
        if (!vertical || !horizontal || *vertical <= 0 || *horizontal <= 0) {
            continue;
        }
        const double aspect = *vertical / *horizontal;
        return std::abs(aspect - 1) < 0.001 || aspect > kMaxPixelAspect || aspect < 1 / kMaxPixelAspect
                   ? 1
                   : aspect;
    }
    return 1;
}

// PS3.3 C.8.11.3.1.2 and PS3.4 N.2: Presentation LUT Shape is the last stage, so it has the word; without it
// MONOCHROME1 means that the lowest value is white.
bool is_inverted(DcmItem& dataset, const std::string& photometric) {
    const std::string shape = text(dataset, DCM_PresentationLUTShape);
    if (shape == "INVERSE" || shape == "IDENTITY") {
        return shape == "INVERSE";
    }
    return photometric == "MONOCHROME1";
}

// PS3.3 C.7.6.5.1.1: Recommended Display Frame Rate comes first, then Cine Rate, then Frame Time.
double frame_milliseconds_of(DcmItem& dataset) {
    for (const DcmTagKey& tag : {DCM_RecommendedDisplayFrameRate, DCM_CineRate}) {
        const auto rate = number(dataset, tag);
        if (rate && *rate > 0) {
            return std::clamp(1000 / *rate, kShortestFrame, kLongestFrame);
        }
    }
    const auto time = number(dataset, DCM_FrameTime);
    return time && *time > 0 ? std::clamp(*time, kShortestFrame, kLongestFrame) : 100;
}

Result<ImageAttributes> read_attributes(DcmItem& dataset) {
    ImageAttributes found;
    codec::PixelFormat& format = found.format;
    format.rows = count(dataset, DCM_Rows, 0);
    format.columns = count(dataset, DCM_Columns, 0);
    format.samples = count(dataset, DCM_SamplesPerPixel, 1);
    format.bits_allocated = count(dataset, DCM_BitsAllocated, 0);
    format.bits_stored = count(dataset, DCM_BitsStored, format.bits_allocated);
    format.is_signed = count(dataset, DCM_PixelRepresentation, 0) == 1;
    format.planar = count(dataset, DCM_PlanarConfiguration, 0) == 1;
    format.photometric = text(dataset, DCM_PhotometricInterpretation);
    if (format.rows == 0 || format.columns == 0) {
        return error(ErrorKind::NotAcceptable, "the object holds no image");
    }
    const std::uint32_t bits = format.bits_allocated;
    const bool known_bits = bits == 1 || bits == 8 || bits == 16 || bits == 32 || bits == 64;
    if (!known_bits || (format.samples != 1 && format.samples != 3)) {
        return error(ErrorKind::NotAcceptable, "the image has pixels of a size that is not rendered");
    }
    if (format.bits_stored == 0 || format.bits_stored > bits) {
        format.bits_stored = bits;
    }
    found.high_bit = count(dataset, DCM_HighBit, format.bits_stored - 1);
    if (found.high_bit >= bits || found.high_bit + 1 < format.bits_stored) {
        found.high_bit = format.bits_stored - 1;
    }
    found.padding = padding_of(dataset, format.is_signed);
    found.inverted = is_inverted(dataset, format.photometric);
    found.pixel_height = pixel_height_of(dataset);
    const std::string burned_in = text(dataset, DCM_BurnedInAnnotation);
    found.burned_in = burned_in == "YES"  ? BurnedIn::Yes
                      : burned_in == "NO" ? BurnedIn::No
                                          : BurnedIn::Unknown;
    found.representative_frame = std::max<std::uint32_t>(1, count(dataset, DCM_RepresentativeFrameNumber, 1));
    found.frame_milliseconds = frame_milliseconds_of(dataset);
    return found;
}

// The macro of a frame: its own functional group, else the shared one, else the data set itself.
DcmItem& item_with(DcmItem& dataset, std::uint32_t frame, const DcmTagKey& macro) {
    DcmItem* group = nullptr;
    if (dataset
            .findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, group, static_cast<long>(frame) - 1)
            .good() &&
        group != nullptr) {
        if (DcmItem* item = first_item(*group, macro); item != nullptr) {
            return *item;
        }
    }
    DcmItem* shared = first_item(dataset, DCM_SharedFunctionalGroupsSequence);
    if (shared != nullptr) {
        if (DcmItem* item = first_item(*shared, macro); item != nullptr) {
            return *item;
        }
    }
    return dataset;
}

Result<ModalityTransformation> modality_of(DcmItem& item, bool is_signed) {
    ModalityTransformation modality;
    if (DcmItem* lut = first_item(item, DCM_ModalityLUTSequence); lut != nullptr) {
        auto table = read_lookup_table(*lut, Tag{0x0028, 0x3002}, Tag{0x0028, 0x3006}, is_signed);
        if (!table) {
            return error(ErrorKind::Malformed, "the modality lookup table of the image cannot be read");
        }
        modality.table = *std::move(table);
        return modality;
    }
    const double slope = number(item, DCM_RescaleSlope).value_or(1);
    modality.slope = slope == 0 ? 1 : slope;
    modality.intercept = number(item, DCM_RescaleIntercept).value_or(0);
    return modality;
}

std::optional<Window> window_of(DcmItem& item) {
    const auto center = number(item, DCM_WindowCenter);
    const auto width = number(item, DCM_WindowWidth);
    if (!center || !width) {
        return std::nullopt;
    }
    const Window window{*center, *width,
                        window_function(text(item, DCM_VOILUTFunction)).value_or(WindowFunction::Linear)};
    return window.is_valid() ? std::optional(window) : std::nullopt;
}

// First Value Mapped counts in what the modality transformation gives, which may be negative when the pixels
// are not (PS3.3 C.11.2.1.1).
ValuesOfInterest interest_of(DcmItem& item, bool is_signed) {
    ValuesOfInterest interest;
    interest.window = window_of(item);
    if (DcmItem* lut = first_item(item, DCM_VOILUTSequence); lut != nullptr) {
        auto table = read_lookup_table(*lut, Tag{0x0028, 0x3002}, Tag{0x0028, 0x3006}, is_signed);
        if (table) {
            interest.table = *std::move(table);
        }
    }
    return interest;
}

} // namespace

bool Window::is_valid() const {
    return std::isfinite(center) && std::isfinite(width) &&
           (function == WindowFunction::Linear ? width >= 1 : width > 0);
}

std::optional<WindowFunction> window_function(std::string_view term) {
    if (term == "LINEAR") {
        return WindowFunction::Linear;
    }
    if (term == "LINEAR_EXACT") {
        return WindowFunction::LinearExact;
    }
    return term == "SIGMOID" ? std::optional(WindowFunction::Sigmoid) : std::nullopt;
}

ImageHeader::ImageHeader(std::unique_ptr<DcmFileFormat> file) : file_(std::move(file)) {}
ImageHeader::ImageHeader(ImageHeader&&) noexcept = default;
ImageHeader& ImageHeader::operator=(ImageHeader&&) noexcept = default;
ImageHeader::~ImageHeader() = default;

DcmItem& ImageHeader::dataset() {
    return *file_->getDataset();
}

Result<ImageHeader> ImageHeader::read(dicom::Bytes file) {
    auto parsed = dicom::read_header(file);
    if (!parsed) {
        return parsed.failure();
    }
    ImageHeader header(*std::move(parsed));
    auto attributes = read_attributes(header.dataset());
    if (!attributes) {
        return attributes.failure();
    }
    header.attributes_ = *std::move(attributes);
    return header;
}

Result<GrayTransformations> ImageHeader::gray(std::uint32_t frame) {
    const bool is_signed = attributes_.format.is_signed;
    auto modality = modality_of(item_with(dataset(), frame, DCM_PixelValueTransformationSequence), is_signed);
    if (!modality) {
        return modality.failure();
    }
    const bool may_be_negative =
        modality->table ? false : is_signed || modality->intercept < 0 || modality->slope < 0;
    GrayTransformations gray;
    gray.interest = interest_of(item_with(dataset(), frame, DCM_FrameVOILUTSequence), may_be_negative);
    gray.modality = *std::move(modality);
    return gray;
}

Result<Palette> ImageHeader::palette() {
    return read_palette(dataset(), attributes_.format.is_signed);
}

std::string ImageHeader::icc_profile() {
    const auto profile_in = [](DcmItem& item) -> std::string {
        const Uint8* bytes = nullptr;
        unsigned long length = 0;
        return item.findAndGetUint8Array(DCM_ICCProfile, bytes, &length).good() && bytes != nullptr
                   ? std::string(reinterpret_cast<const char*>(bytes), length)
                   : std::string();
    };
    std::string profile = profile_in(dataset());
    if (DcmItem* path = first_item(dataset(), DCM_OpticalPathSequence); profile.empty() && path != nullptr) {
        profile = profile_in(*path);
    }
    return profile;
}

} // namespace recog::render
