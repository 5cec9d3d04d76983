#include "core/service/instance_keeping.hpp"

#include "core/base/digest.hpp"
#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/dictionary.hpp"
#include "core/dicom/element_scanner.hpp"

#include <algorithm>
#include <optional>

namespace recog::service {

namespace {

using dicom::Bytes;
using dicom::DatasetBytes;
using dicom::Element;
using dicom::Encoding;
using dicom::Tag;

constexpr std::size_t kInflatedBytes = 268'435'456;

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool says_nothing(Tag tag) {
    constexpr Tag kDatasetTrailingPadding{0xFFFC, 0xFFFC};
    return tag.element == 0x0000 || tag == kDatasetTrailingPadding; // group lengths, PS3.5 7.2
}

/// What compressing an image changes besides its pixels (PS3.5 8.2, PS3.3 C.7.6.1.1.5): how they are laid
/// out, how they were lost, and where their frames begin.
bool belongs_to_compression(Tag tag) {
    static constexpr Tag kTags[] = {{0x0028, 0x0004}, {0x0028, 0x0006}, {0x0028, 0x2110}, {0x0028, 0x2112},
                                    {0x0028, 0x2114}, {0x7FE0, 0x0001}, {0x7FE0, 0x0002}, {0x7FE0, 0x0003}};
    return dicom::is_pixel_data(tag) || std::find(std::begin(kTags), std::end(kTags), tag) != std::end(kTags);
}

/// What a data set says, whatever its encoding in little endian.
class ContentReader {
public:
    ContentReader(const DatasetBytes& dataset, const dicom::Part10Limits& limits)
        : dataset_(dataset), limits_(limits), scanner_(dataset.bytes, limits) {}

    bool read() {
        return read_elements(dataset_.begin, dataset_.bytes.size(), dataset_.meta.encoding, 0).has_value();
    }
    /// Once each.
    std::string all_but_pixels() { return rest_.finish(); }
    std::string pixels() { return pixels_.finish(); }

private:
    /// The offset behind them.
    std::optional<std::size_t> read_elements(std::size_t at, std::size_t end, Encoding encoding,
                                             std::size_t depth);
    std::optional<std::size_t> read_element(const Element& element, std::size_t end, Encoding encoding,
                                            std::size_t depth);
    std::optional<std::size_t> read_items(std::size_t at, std::size_t end, Encoding encoding,
                                          std::size_t depth);
    std::optional<std::size_t> read_fragments(Digest& digest, std::size_t at, std::size_t end,
                                              Encoding encoding);
    bool is_sequence(const Element& element, Encoding encoding) const;

    const DatasetBytes& dataset_;
    const dicom::Part10Limits& limits_;
    dicom::ElementScanner scanner_;
    Digest rest_;
    Digest pixels_;
};

bool ContentReader::is_sequence(const Element& element, Encoding encoding) const {
    if (element.has_vr("SQ") || element.undefined()) {
        return true;
    }
    const bool vr_unknown = !encoding.explicit_vr || element.has_vr("UN");
    if (vr_unknown && dicom::vr_of(element.tag) == "SQ") {
        return true;
    }
    return vr_unknown && element.length >= 8 && element.tag.is_private() &&
           Tag{dicom::read_u16(dataset_.bytes, element.value, false),
               dicom::read_u16(dataset_.bytes, element.value + 2, false)} == dicom::kItem;
}

std::optional<std::size_t> ContentReader::read_elements(std::size_t at, std::size_t end, Encoding encoding,
                                                        std::size_t depth) {
    while (at < end) {
        const auto element = scanner_.read(at, end, encoding);
        if (!element) {
            return std::nullopt;
        }
        if (element->tag == dicom::kItemDelimitation) {
            return element->value;
        }
        const auto next = read_element(*element, end, encoding, depth);
        if (!next) {
            return std::nullopt;
        }
        at = *next;
    }
    return at;
}

std::optional<std::size_t> ContentReader::read_element(const Element& element, std::size_t end,
                                                       Encoding encoding, std::size_t depth) {
    if (!element.undefined() && element.length > end - element.value) {
        return std::nullopt;
    }
    const std::size_t behind = element.undefined() ? end : element.value + element.length;
    if (says_nothing(element.tag) && !element.undefined()) {
        return behind;
    }
    Digest& digest = depth == 0 && belongs_to_compression(element.tag) ? pixels_ : rest_;
    digest.add(dicom::to_hex(element.tag));
    const bool raw = element.has_vr("OB") || element.has_vr("OW") || dicom::is_pixel_data(element.tag);
    if (element.undefined() && raw) {
        return read_fragments(digest, element.value, end, encoding);
    }
    if (!raw && is_sequence(element, encoding)) {
        // PS3.5 6.2.2: what is inside UN is implicit little endian.
        const Encoding inner = element.has_vr("UN") ? Encoding{false, false, false} : encoding;
        return read_items(element.value, behind, inner, depth + 1);
    }
    digest.add(text_of(dataset_.bytes.subspan(element.value, element.length)));
    return behind;
}

std::optional<std::size_t> ContentReader::read_items(std::size_t at, std::size_t end, Encoding encoding,
                                                     std::size_t depth) {
    if (depth > limits_.nesting) {
        return std::nullopt;
    }
    while (at < end) {
        const auto item = scanner_.read(at, end, encoding);
        if (!item) {
            return std::nullopt;
        }
        if (item->tag == dicom::kSequenceDelimitation) {
            at = item->value;
            break;
        }
        if (item->tag != dicom::kItem || (!item->undefined() && item->length > end - item->value)) {
            return std::nullopt;
        }
        rest_.add("item");
        const auto next =
            read_elements(item->value, item->undefined() ? end : item->value + item->length, encoding, depth);
        if (!next) {
            return std::nullopt;
        }
        at = *next;
    }
    rest_.add("end");
    return at;
}

std::optional<std::size_t> ContentReader::read_fragments(Digest& digest, std::size_t at, std::size_t end,
                                                         Encoding encoding) {
    while (at < end) {
        const auto item = scanner_.read(at, end, encoding);
        if (!item) {
            return std::nullopt;
        }
        if (item->tag == dicom::kSequenceDelimitation) {
            return item->value;
        }
        if (item->tag != dicom::kItem || item->undefined() || item->length > end - item->value) {
            return std::nullopt;
        }
        digest.add(text_of(dataset_.bytes.subspan(item->value, item->length)));
        at = item->value + item->length;
    }
    return at;
}

bool same_bytes(const DatasetBytes& left, const DatasetBytes& right) {
    const Bytes one = left.bytes.subspan(left.begin);
    const Bytes other = right.bytes.subspan(right.begin);
    return left.meta.transfer_syntax == right.meta.transfer_syntax &&
           std::equal(one.begin(), one.end(), other.begin(), other.end());
}

bool is_compressed(const DatasetBytes& dataset) {
    return !dicom::is_native(dataset.meta.transfer_syntax);
}

} // namespace

Keeping compare_content(std::span<const std::byte> sent, std::span<const std::byte> held) {
    dicom::Part10Limits limits;
    limits.inflated_bytes = kInflatedBytes;
    const auto left = dicom::open_dataset(sent, limits);
    const auto right = dicom::open_dataset(held, limits);
    if (!left || !right) {
        return Keeping::OtherHeld;
    }
    if (same_bytes(*left, *right)) {
        return Keeping::SameHeld;
    }
    // Numbers in big endian are other bytes, and who still has some sends them as they are.
    if (left->meta.encoding.big_endian || right->meta.encoding.big_endian) {
        return Keeping::OtherHeld;
    }
    ContentReader one(*left, limits);
    ContentReader other(*right, limits);
    if (!one.read() || !other.read() || one.all_but_pixels() != other.all_but_pixels()) {
        return Keeping::OtherHeld;
    }
    if (one.pixels() == other.pixels()) {
        return Keeping::SameHeld;
    }
    const bool other_syntax = left->meta.transfer_syntax != right->meta.transfer_syntax;
    return other_syntax && (is_compressed(*left) || is_compressed(*right)) ? Keeping::OtherSyntaxHeld
                                                                           : Keeping::OtherHeld;
}

Result<Keeping> keep_instance(StoreTarget& target, std::span<const std::byte> file) {
    // Twice: what was held when the file came may be gone when it is looked at, and then there is room.
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto taken = target.store(file);
        if (!taken) {
            return taken.failure();
        }
        if (!taken->held_before) {
            return Keeping::Stored;
        }
        const auto held = target.open(taken->orthanc_id);
        if (held) {
            return compare_content(file, (*held)->bytes());
        }
        if (held.failure().kind != ErrorKind::NotFound) {
            return held.failure();
        }
    }
    return error(ErrorKind::Unavailable, "the archive holds the instance and does not give it");
}

} // namespace recog::service
