#include "core/dicom/sequence_items.hpp"

#include "core/dicom/element_encoder.hpp"

namespace recog::dicom {

namespace {

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

/// Where the elements of an item of undefined length end: at its delimiter.
Result<std::size_t> end_of_elements(ElementScanner& scanner, std::size_t at, std::size_t end,
                                    Encoding encoding) {
    while (at < end) {
        const auto element = scanner.read(at, end, encoding);
        if (!element) {
            return element.failure();
        }
        if (element->tag == kItemDelimitation) {
            return at;
        }
        const auto next = scanner.skip(*element, end, encoding, false);
        if (!next) {
            return next;
        }
        at = *next;
    }
    return malformed("an item of undefined length is never closed");
}

constexpr std::size_t kDelimiter = 8;

} // namespace

std::string_view ItemElements::value(Tag tag, Encoding encoding) const {
    const Part10Limits limits;
    ElementScanner scanner(bytes, limits);
    for (std::size_t at = begin; at < end;) {
        const auto element = scanner.read(at, end, encoding);
        const auto next =
            element ? scanner.skip(*element, end, encoding, false) : Result<std::size_t>(element.failure());
        if (!next) {
            break;
        }
        if (element->tag == tag) {
            return element->undefined() ? std::string_view()
                                        : text_of(bytes.subspan(element->value, element->length));
        }
        at = *next;
    }
    return {};
}

Result<StoredItems> read_stored_items(Bytes bytes, Encoding encoding, const Part10Limits& limits) {
    ElementScanner scanner(bytes, limits);
    const auto sequence = scanner.read(0, bytes.size(), encoding);
    if (!sequence) {
        return sequence.failure();
    }
    StoredItems found;
    found.unknown = sequence->has_vr("UN");
    if (encoding.explicit_vr && !found.unknown && !sequence->has_vr("SQ")) {
        return malformed("an element that should be a sequence is none");
    }
    found.closed = !sequence->undefined();
    found.encoding = found.unknown ? Encoding{false, false, false} : encoding;
    std::size_t at = sequence->value;
    const std::size_t end = sequence->undefined() ? bytes.size() : at + sequence->length;
    if (end > bytes.size()) {
        return malformed("a sequence is longer than what holds it");
    }
    while (at < end) {
        const auto item = scanner.read(at, end, found.encoding);
        if (!item) {
            return item.failure();
        }
        if (item->tag == kSequenceDelimitation) {
            found.closed = true;
            break;
        }
        if (item->tag != kItem || (!item->undefined() && item->length > end - item->value)) {
            return malformed("a sequence holds something that is no item");
        }
        if (found.items.size() == kMaxItemsLookedAt) {
            return error(ErrorKind::TooLarge, "a sequence holds too many items");
        }
        const auto elements_end = item->undefined()
                                      ? end_of_elements(scanner, item->value, end, found.encoding)
                                      : item->value + item->length;
        if (!elements_end) {
            return elements_end.failure();
        }
        found.items.push_back({bytes, item->value, *elements_end});
        at = *elements_end + (item->undefined() ? kDelimiter : 0);
    }
    found.raw = bytes.subspan(sequence->value, at - sequence->value);
    return found;
}

Result<std::string> with_item(const StoredItems& before, Tag tag, std::string_view elements,
                              Encoding encoding) {
    std::string items(text_of(before.raw));
    if (const Status added = ElementEncoder(before.encoding).item(items, elements); !added) {
        return added.failure();
    }
    std::string out;
    const ElementEncoder writer(encoding);
    if (before.unknown) {
        writer.unknown_sequence(out, tag, items);
        return out;
    }
    if (const Status written = writer.sequence(out, tag, items); !written) {
        return written.failure();
    }
    return out;
}

} // namespace recog::dicom
