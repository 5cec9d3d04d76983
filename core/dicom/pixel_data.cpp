#include "core/dicom/pixel_data.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_scanner.hpp"

#include <charconv>

namespace recog::dicom {

namespace {

constexpr Tag kExtendedOffsets{0x7FE0, 0x0001};
constexpr Tag kExtendedLengths{0x7FE0, 0x0002};
constexpr Tag kSamplesPerPixel{0x0028, 0x0002};
constexpr Tag kPhotometricInterpretation{0x0028, 0x0004};
constexpr Tag kPlanarConfiguration{0x0028, 0x0006};
constexpr Tag kBitsStored{0x0028, 0x0101};
constexpr Tag kPixelRepresentation{0x0028, 0x0103};
constexpr std::size_t kMaxTextBytes = 64;

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

std::string read_text(Bytes bytes, const Element& element) {
    if (element.length > kMaxTextBytes) {
        return {};
    }
    std::string text(reinterpret_cast<const char*>(bytes.data()) + element.value, element.length);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) {
        text.pop_back();
    }
    return text;
}

std::uint32_t read_us(Bytes bytes, const Element& element, bool big_endian, std::uint32_t otherwise) {
    return element.length >= 2 ? read_u16(bytes, element.value, big_endian) : otherwise;
}

// Number of Frames is an IS: spaces may stand in front. What is no number counts as absent.
std::uint32_t read_count(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" +");
    if (begin == std::string::npos) {
        return 0;
    }
    std::uint32_t count = 0;
    const auto parsed = std::from_chars(text.data() + begin, text.data() + text.size(), count);
    return parsed.ec == std::errc() ? count : 0;
}

std::vector<std::uint64_t> read_table(Bytes bytes, const Element& element, bool big_endian) {
    std::vector<std::uint64_t> table(element.length / 8);
    for (std::size_t i = 0; i < table.size(); ++i) {
        table[i] = read_u64(bytes, element.value + 8 * i, big_endian);
    }
    return table;
}

void take_attribute(PixelDataLocation& found, Bytes bytes, const Element& element) {
    const bool big = found.encoding.big_endian;
    if (element.tag == tags::Rows) {
        found.shape.rows = read_us(bytes, element, big, 0);
    } else if (element.tag == tags::Columns) {
        found.shape.columns = read_us(bytes, element, big, 0);
    } else if (element.tag == tags::BitsAllocated) {
        found.shape.bits_allocated = read_us(bytes, element, big, 0);
    } else if (element.tag == kBitsStored) {
        found.shape.bits_stored = read_us(bytes, element, big, 0);
    } else if (element.tag == kPixelRepresentation) {
        found.shape.pixel_representation = read_us(bytes, element, big, 0);
    } else if (element.tag == kPlanarConfiguration) {
        found.shape.planar_configuration = read_us(bytes, element, big, 0);
    } else if (element.tag == kSamplesPerPixel) {
        found.shape.samples_per_pixel = read_us(bytes, element, big, 1);
    } else if (element.tag == tags::NumberOfFrames) {
        found.shape.frames = read_count(read_text(bytes, element));
    } else if (element.tag == kPhotometricInterpretation) {
        found.shape.photometric_interpretation = read_text(bytes, element);
    } else if (element.tag == kExtendedOffsets) {
        found.extended_offsets = read_table(bytes, element, big);
    } else if (element.tag == kExtendedLengths) {
        found.extended_lengths = read_table(bytes, element, big);
    }
}

Status take_fragments(PixelDataLocation& found, Bytes bytes, ElementScanner& scanner, std::size_t at,
                      const Part10Limits& limits) {
    bool first = true;
    while (at < bytes.size()) {
        const auto item = scanner.read(at, bytes.size(), found.encoding);
        if (!item) {
            return item.failure();
        }
        if (item->tag == kSequenceDelimitation) {
            break;
        }
        if (item->tag != kItem || item->undefined() || item->length > bytes.size() - item->value) {
            return malformed("encapsulated pixel data holds something that is no fragment");
        }
        if (first) {
            for (std::size_t i = 0; i + 4 <= item->length; i += 4) {
                found.basic_offsets.push_back(read_u32(bytes, item->value + i, found.encoding.big_endian));
            }
        } else if (found.fragments.size() == limits.fragments) {
            return error(ErrorKind::TooLarge, "the pixel data stands in too many fragments");
        } else {
            found.fragments.push_back(Extent{item->value, item->length});
        }
        first = false;
        at = item->value + item->length;
    }
    return {};
}

Status take_pixel_data(PixelDataLocation& found, Bytes bytes, ElementScanner& scanner, const Element& element,
                       const Part10Limits& limits) {
    found.tag = element.tag;
    found.vr = found.encoding.explicit_vr ? std::string(element.vr.data(), 2) : "OW";
    found.element_offset = element.offset;
    found.encapsulated = element.undefined();
    if (found.encapsulated) {
        return take_fragments(found, bytes, scanner, element.value, limits);
    }
    if (element.length > bytes.size() - element.value) {
        return malformed("the pixel data is cut short");
    }
    found.native = Extent{element.value, element.length};
    return {};
}

} // namespace

Result<PixelDataLocation> locate_pixel_data(Bytes file, const Part10Limits& limits) {
    const auto dataset = open_dataset(file, limits);
    if (!dataset) {
        return dataset.failure();
    }
    PixelDataLocation found;
    found.transfer_syntax = dataset->meta.transfer_syntax;
    found.encoding = dataset->meta.encoding;
    found.inflated = dataset->inflated;
    const Bytes bytes = dataset->bytes;
    ElementScanner scanner(bytes, limits);
    std::size_t at = dataset->begin;
    while (at < bytes.size()) {
        const auto element = scanner.read(at, bytes.size(), found.encoding);
        if (!element) {
            return element.failure();
        }
        if (is_pixel_data(element->tag)) {
            const Status taken = take_pixel_data(found, bytes, scanner, *element, limits);
            if (!taken) {
                return taken.failure();
            }
            return found;
        }
        const auto next = scanner.skip(*element, bytes.size(), found.encoding, false);
        if (!next) {
            return next.failure();
        }
        if (!element->undefined()) {
            take_attribute(found, bytes, *element);
        }
        at = *next;
    }
    return error(ErrorKind::NotFound, "the object holds no pixel data");
}

} // namespace recog::dicom
