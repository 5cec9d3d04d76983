#include "core/dicom/element_scanner.hpp"

#include "core/dicom/value_representation.hpp"

namespace recog::dicom {

namespace {

bool is_letter(char c) {
    return c >= 'A' && c <= 'Z';
}

// A VR of the future has two letters and the long form (PS3.5 6.2.2); anything else is taken as the short
// form, which is how DCMTK reads it.
bool has_long_length(char first, char second) {
    const ValueRepresentation* const known = find_vr(first, second);
    return known != nullptr ? known->long_length : is_letter(first) && is_letter(second);
}

template <typename Number> Number read_number(Bytes bytes, std::size_t at, bool big_endian) {
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        const std::size_t place = big_endian ? sizeof(Number) - 1 - i : i;
        number = static_cast<Number>(number | (static_cast<Number>(bytes[at + i]) << (8U * place)));
    }
    return number;
}

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

} // namespace

std::uint16_t read_u16(Bytes bytes, std::size_t at, bool big_endian) {
    return read_number<std::uint16_t>(bytes, at, big_endian);
}

std::uint32_t read_u32(Bytes bytes, std::size_t at, bool big_endian) {
    return read_number<std::uint32_t>(bytes, at, big_endian);
}

std::uint64_t read_u64(Bytes bytes, std::size_t at, bool big_endian) {
    return read_number<std::uint64_t>(bytes, at, big_endian);
}

bool is_known_vr(char first, char second) {
    return find_vr(first, second) != nullptr;
}

Result<Element> ElementScanner::read(std::size_t at, std::size_t end, Encoding encoding) {
    if (++elements_ > limits_.elements) {
        return error(ErrorKind::TooLarge, "the data set holds too many elements");
    }
    if (end - at < 8) {
        return malformed("the data set ends inside an element's header");
    }
    Element element;
    element.offset = at;
    element.tag =
        Tag{read_u16(bytes_, at, encoding.big_endian), read_u16(bytes_, at + 2, encoding.big_endian)};
    if (!encoding.explicit_vr || element.tag.group == kItem.group) {
        element.length = read_u32(bytes_, at + 4, encoding.big_endian);
        element.value = at + 8;
        return element;
    }
    element.vr = {static_cast<char>(bytes_[at + 4]), static_cast<char>(bytes_[at + 5])};
    if (!has_long_length(element.vr[0], element.vr[1])) {
        element.length = read_u16(bytes_, at + 6, encoding.big_endian);
        element.value = at + 8;
        return element;
    }
    if (end - at < 12) {
        return malformed("the data set ends inside an element's header");
    }
    element.length = read_u32(bytes_, at + 8, encoding.big_endian);
    element.value = at + 12;
    return element;
}

bool ElementScanner::may_be_sequence(const Element& element, Encoding encoding) const {
    if (element.has_vr("SQ")) {
        return true;
    }
    // An implicit VR is known to the dictionary only, so what starts like an item is taken for one.
    const bool unknown = !encoding.explicit_vr || element.has_vr("UN");
    return unknown && element.length >= 8 &&
           Tag{read_u16(bytes_, element.value, encoding.big_endian),
               read_u16(bytes_, element.value + 2, encoding.big_endian)} == kItem;
}

Result<std::size_t> ElementScanner::skip(const Element& element, std::size_t end, Encoding encoding,
                                         bool check_nesting, std::size_t depth) {
    if (element.undefined()) {
        const bool raw = element.has_vr("OB") || element.has_vr("OW") || element.tag == tags::PixelData;
        if (raw) {
            return skip_fragments(element.value, end, encoding);
        }
        if (element.has_vr("UN")) {
            // PS3.5 6.2.2 note 4: a sequence whose VR was unknown to someone stays in implicit little endian.
            return skip_sequence(element.value, end, Encoding{false, false, false}, check_nesting, depth + 1);
        }
        if (encoding.explicit_vr && !element.has_vr("SQ")) {
            return malformed("an element that is no sequence has an undefined length");
        }
        return skip_sequence(element.value, end, encoding, check_nesting, depth + 1);
    }
    if (element.length > end - element.value) {
        return malformed("an element is longer than what holds it");
    }
    if (check_nesting && may_be_sequence(element, encoding)) {
        const Encoding inner = element.has_vr("UN") ? Encoding{false, false, false} : encoding;
        const auto walked = skip_sequence(element.value, end_of_value(element), inner, true, depth + 1);
        if (!walked && walked.failure().kind == ErrorKind::TooLarge) {
            return walked.failure();
        }
    }
    return end_of_value(element);
}

Result<std::size_t> ElementScanner::skip_sequence(std::size_t at, std::size_t end, Encoding encoding,
                                                  bool check_nesting, std::size_t depth) {
    if (depth > limits_.nesting) {
        return error(ErrorKind::TooLarge, "the data set nests its sequences too deep");
    }
    while (at < end) {
        const auto item = read(at, end, encoding);
        if (!item) {
            return item.failure();
        }
        if (item->tag == kSequenceDelimitation) {
            return item->value;
        }
        if (item->tag != kItem) {
            return malformed("a sequence holds something that is no item");
        }
        const auto next = skip_item(*item, end, encoding, check_nesting, depth);
        if (!next) {
            return next;
        }
        at = *next;
    }
    return at;
}

Result<std::size_t> ElementScanner::skip_item(const Element& item, std::size_t end, Encoding encoding,
                                              bool check_nesting, std::size_t depth) {
    if (!item.undefined()) {
        if (item.length > end - item.value) {
            return malformed("an item is longer than what holds it");
        }
        if (!check_nesting) {
            return end_of_value(item);
        }
        end = end_of_value(item);
    }
    std::size_t at = item.value;
    while (at < end) {
        const auto element = read(at, end, encoding);
        if (!element) {
            return element.failure();
        }
        if (element->tag == kItemDelimitation) {
            return item.undefined() ? element->value : end;
        }
        const auto next = skip(*element, end, encoding, check_nesting, depth);
        if (!next) {
            return next;
        }
        at = *next;
    }
    if (item.undefined()) {
        return malformed("an item of undefined length is never closed");
    }
    return at;
}

Result<std::size_t> ElementScanner::skip_fragments(std::size_t at, std::size_t end, Encoding encoding) {
    while (at < end) {
        const auto item = read(at, end, encoding);
        if (!item) {
            return item.failure();
        }
        if (item->tag == kSequenceDelimitation) {
            return item->value;
        }
        if (item->tag != kItem || item->undefined() || item->length > end - item->value) {
            return malformed("encapsulated pixel data holds something that is no fragment");
        }
        at = end_of_value(*item);
    }
    return at;
}

} // namespace recog::dicom
