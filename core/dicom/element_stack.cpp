#include "core/dicom/element_stack.hpp"

#include "core/dicom/dataset_bytes.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

constexpr Tag kTrailingPadding{0xFFFC, 0xFFFC};
constexpr std::uint16_t kDelimiters = 0xFFFE;
constexpr std::size_t kUsualElements = 256;

/// Bytes of the smallest header of an element.
constexpr std::size_t kLeastElement = 8;

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

bool is_left_out(Tag tag) {
    return tag.group == 0x0000 || tag.group == 0x0002 || tag.group == kDelimiters || tag.element == 0x0000 ||
           tag == kTrailingPadding;
}

} // namespace

void ElementStack::keep(const Element& element, std::size_t next) {
    if (!is_left_out(element.tag)) {
        entries_.push_back({element, next});
    }
}

void ElementStack::put_in_order(std::size_t first) {
    const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto tag_of = [](const ElementEntry& entry) { return entry.element.tag; };
    const auto wrong =
        std::adjacent_find(begin, entries_.end(), [&](const ElementEntry& left, const ElementEntry& right) {
            return tag_of(left) >= tag_of(right);
        });
    if (wrong == entries_.end()) {
        return;
    }
    std::stable_sort(begin, entries_.end(), [&](const ElementEntry& left, const ElementEntry& right) {
        return tag_of(left) < tag_of(right);
    });
    entries_.erase(std::unique(begin, entries_.end(),
                               [&](const ElementEntry& left, const ElementEntry& right) {
                                   return tag_of(left) == tag_of(right);
                               }),
                   entries_.end());
}

// Only the headers of the first fragments are read.
std::size_t ElementStack::end_of_pixel_data(const Element& element, Encoding encoding, bool& walked) {
    const std::size_t end = bytes_.size();
    walked = true;
    if (!element.undefined()) {
        return element.length > end - element.value ? end : element.value + element.length;
    }
    std::size_t at = element.value;
    for (std::size_t count = 0; count <= options_.fragments && at < end; ++count) {
        const auto item = scanner_.read(at, end, encoding);
        if (!item || (item->tag != kItem && item->tag != kSequenceDelimitation) ||
            item->length > end - item->value) {
            break;
        }
        at = item->value + item->length;
        if (item->tag == kSequenceDelimitation) {
            return at;
        }
    }
    walked = false;
    return end;
}

// What breaks behind the pixel data is left out: the header is complete without it, and some pad with zeros.
Status ElementStack::collect_whole(std::size_t at, Encoding encoding) {
    const std::size_t end = bytes_.size();
    bool pixels = false;
    bool go_on = true;
    while (at < end && go_on) {
        const auto element = scanner_.read(at, end, encoding);
        if (!element) {
            return pixels ? Status() : Status(element.failure());
        }
        if (pixels && element->tag.group < tags::SpecificCharacterSet.group) {
            break;
        }
        if (is_pixel_data(element->tag)) {
            pixels = true;
            at = end_of_pixel_data(*element, encoding, go_on);
            keep(*element, at);
            continue;
        }
        const auto next = scanner_.skip(*element, end, encoding, false);
        if (!next) {
            return pixels ? Status() : Status(next.failure());
        }
        keep(*element, *next);
        at = *next;
    }
    return {};
}

// Native pixel data of which some is here, and behind which no element has room.
bool ElementStack::ends_the_file(const Element& pixel_data) const {
    return !pixel_data.undefined() && pixel_data.value < bytes_.size() &&
           pixel_data.length > options_.file_size - pixel_data.value - kLeastElement;
}

Status ElementStack::collect_beginning(std::size_t at, Encoding encoding) {
    const std::size_t end = bytes_.size();
    while (at < end) {
        const auto element = scanner_.read(at, end, encoding);
        if (!element) {
            break;
        }
        if (is_pixel_data(element->tag)) {
            if (ends_the_file(*element)) {
                keep(*element, end);
                return {};
            }
            break;
        }
        const auto next = scanner_.skip(*element, end, encoding, false);
        if (!next) {
            break;
        }
        keep(*element, *next);
        at = *next;
    }
    return error(ErrorKind::Unavailable, "more of the file is needed");
}

Result<std::size_t> ElementStack::collect(const ItemRange& range, Encoding encoding) {
    std::size_t at = range.begin;
    while (at < range.end) {
        const auto element = scanner_.read(at, range.end, encoding);
        if (!element) {
            return element.failure();
        }
        if (element->tag == kItemDelimitation) {
            return range.undefined ? element->value : range.end;
        }
        const auto next = scanner_.skip(*element, range.end, encoding, false);
        if (!next) {
            return next;
        }
        keep(*element, *next);
        at = *next;
    }
    if (range.undefined) {
        return malformed("an item of undefined length is never closed");
    }
    return at;
}

Status ElementStack::collect_top(std::size_t at, Encoding encoding) {
    entries_.reserve(kUsualElements);
    const bool whole = options_.file_size <= bytes_.size();
    const Status collected = whole ? collect_whole(at, encoding) : collect_beginning(at, encoding);
    put_in_order(0);
    return collected;
}

Result<std::size_t> ElementStack::collect_item(const ItemRange& range, Encoding encoding) {
    const std::size_t first = entries_.size();
    auto end = collect(range, encoding);
    put_in_order(first);
    return end;
}

} // namespace recog::dicom
