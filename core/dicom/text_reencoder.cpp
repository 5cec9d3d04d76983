#include "core/dicom/text_reencoder.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicom/element_encoder.hpp"
#include "core/dicom/padding.hpp"

#include <algorithm>
#include <array>

namespace recog::dicom {

namespace {

constexpr Encoding kImplicitLittleEndian{false, false, false};

bool is_text_vr(std::string_view vr) {
    constexpr std::array<std::string_view, 7> kText{"LO", "LT", "PN", "SH", "ST", "UC", "UT"};
    return std::find(kText.begin(), kText.end(), vr) != kText.end();
}

bool has_vr_written(const Element& element) {
    return element.vr[0] != '\0' && !element.has_vr("UN");
}

/// A VR that got lost on its way (UN, implicit VR, OB for text) is that of the dictionary.
std::string_view effective_vr(const Element& element) {
    if (has_vr_written(element) && !element.has_vr("OB")) {
        return {element.vr.data(), 2};
    }
    const std::string_view vr = vr_of(element.tag);
    return !element.has_vr("OB") || is_text_vr(vr) ? vr : "OB";
}

bool is_sequence(const Element& element) {
    const bool raw = element.has_vr("OB") || element.has_vr("OW") || element.tag == tags::PixelData;
    return element.has_vr("SQ") || (!raw && element.undefined()) ||
           (!has_vr_written(element) && effective_vr(element) == "SQ");
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != '\x1B'; });
}

} // namespace

TextReencoder::TextReencoder(Bytes bytes, std::string terms, std::string undeclared_set, std::string target,
                             const Part10Limits& limits)
    : bytes_(bytes), limits_(limits), scanner_(bytes, limits), terms_(std::move(terms)),
      undeclared_set_(std::move(undeclared_set)), target_(std::move(target)),
      decoder_(CharacterSetDecoder::for_terms(terms_, undeclared_set_)) {}

bool TextReencoder::may_hold_text(const Element& element) {
    return is_sequence(element) || is_text_vr(effective_vr(element));
}

Result<TextReencoder::Reencoded> TextReencoder::element(const Element& element, std::size_t next,
                                                        Encoding encoding) {
    Reencoded out;
    const Place place{encoding, next, 0};
    if (const Status rewritten = rewrite(element, next, place, out); !rewritten) {
        return rewritten.failure();
    }
    return out;
}

void TextReencoder::copy(std::size_t begin, std::size_t end, Reencoded& out) const {
    out.bytes += text_of(bytes_.subspan(begin, end - begin));
}

Status TextReencoder::rewrite(const Element& element, std::size_t next, const Place& place, Reencoded& out) {
    if (is_sequence(element)) {
        return rewrite_sequence(element, next, place, out);
    }
    // Fragments of an element that should be text are none.
    if (const std::string_view vr = effective_vr(element); is_text_vr(vr) && !element.undefined()) {
        return rewrite_text(element, place, vr, out);
    }
    copy(element.offset, next, out);
    return {};
}

Status TextReencoder::rewrite_text(const Element& element, const Place& place, std::string_view vr,
                                   Reencoded& out) {
    const std::string_view raw = text_of(bytes_.subspan(element.value, element.length));
    if (is_plain(raw)) {
        copy(element.offset, element.value + element.length, out);
        return {};
    }
    if (decoder_.had_errors()) { // of an earlier value
        decoder_ = CharacterSetDecoder::for_terms(terms_, undeclared_set_);
    }
    const std::string text = decoder_.decode(raw, vr);
    const auto encoded = encode(text, target_);
    out.lossy = out.lossy || decoder_.had_errors() || !encoded;
    std::string value = encoded.value_or(text);
    if (value == without_padding(raw)) {
        copy(element.offset, element.value + element.length, out);
        return {};
    }
    out.changed = true;
    value.append(value.size() % 2, ' ');
    if (const Status written =
            ElementEncoder(place.encoding).header(out.bytes, bytes_, element, value.size());
        !written) {
        return written;
    }
    out.bytes += value;
    return {};
}

Status TextReencoder::rewrite_sequence(const Element& element, std::size_t next, const Place& place,
                                       Reencoded& out) {
    if (place.depth >= limits_.nesting) {
        return error(ErrorKind::TooLarge, "the data set nests its sequences too deep");
    }
    // PS3.5 6.2.2: what went through somebody who did not know the VR is implicit little endian inside.
    const Encoding inner = element.has_vr("UN") ? kImplicitLittleEndian : place.encoding;
    Reencoded items;
    const auto end = rewrite_items(element.value, Place{inner, next, place.depth + 1}, items);
    if (!end) {
        return end.failure();
    }
    out.changed = out.changed || items.changed;
    out.lossy = out.lossy || items.lossy;
    if (element.undefined()) {
        copy(element.offset, element.value, out);
        out.bytes += items.bytes;
        copy(*end, next, out); // the sequence delimitation item, when there is one
        return {};
    }
    const Status written =
        ElementEncoder(place.encoding).header(out.bytes, bytes_, element, items.bytes.size());
    out.bytes += items.bytes;
    return written;
}

Result<std::size_t> TextReencoder::rewrite_items(std::size_t at, const Place& place, Reencoded& out) {
    while (at < place.end) {
        const auto item = scanner_.read(at, place.end, place.encoding);
        if (!item) {
            return item.failure();
        }
        if (item->tag == kSequenceDelimitation) {
            return at;
        }
        if (item->tag != kItem) {
            return error(ErrorKind::Malformed, "a sequence holds something that is no item");
        }
        const auto next = rewrite_item(*item, place, out);
        if (!next) {
            return next;
        }
        at = *next;
    }
    return at;
}

Result<bool> TextReencoder::declares_a_set(const Element& item, const Place& place) {
    const std::size_t end = item.undefined() ? place.end : item.value + item.length;
    for (std::size_t at = item.value; at < end;) {
        const auto element = scanner_.read(at, end, place.encoding);
        if (!element) {
            return element.failure();
        }
        if (element->tag == tags::SpecificCharacterSet && !element->undefined() &&
            element->length <= end - element->value) {
            return !without_padding(text_of(bytes_.subspan(element->value, element->length))).empty();
        }
        // Elements stand in ascending order; delimiters are greater than all of them.
        if (element->tag > tags::SpecificCharacterSet) {
            break;
        }
        const auto next = scanner_.skip(*element, end, place.encoding, false, place.depth);
        if (!next) {
            return next.failure();
        }
        at = *next;
    }
    return false;
}

Result<std::size_t> TextReencoder::rewrite_item(const Element& item, const Place& place, Reencoded& out) {
    if (!item.undefined() && item.length > place.end - item.value) {
        return error(ErrorKind::Malformed, "an item is longer than what holds it");
    }
    const auto own = declares_a_set(item, place);
    if (!own) {
        return own.failure();
    }
    const Place inside{place.encoding, item.undefined() ? place.end : item.value + item.length, place.depth};
    Reencoded elements;
    std::size_t at = item.value;
    bool closed = false;
    while (at < inside.end && !closed) {
        const auto element = scanner_.read(at, inside.end, place.encoding);
        if (!element) {
            return element.failure();
        }
        if (element->tag == kItemDelimitation) {
            copy(at, element->value, elements);
            // In an item of defined length it is wrong, and ends what anybody reads of it.
            at = item.undefined() ? element->value : inside.end;
            closed = true;
            continue;
        }
        const auto next = scanner_.skip(*element, inside.end, place.encoding, false, place.depth);
        if (!next) {
            return next;
        }
        if (*own) {
            copy(at, *next, elements);
        } else if (element->tag.element != 0) {
            if (const Status rewritten = rewrite(*element, *next, inside, elements); !rewritten) {
                return rewritten.failure();
            }
        }
        at = *next;
    }
    if (item.undefined() && !closed) {
        return error(ErrorKind::Malformed, "an item of undefined length is never closed");
    }
    out.changed = out.changed || elements.changed;
    out.lossy = out.lossy || elements.lossy;
    if (item.undefined()) {
        copy(item.offset, item.value, out);
    } else if (const Status written =
                   ElementEncoder(place.encoding).header(out.bytes, bytes_, item, elements.bytes.size());
               !written) {
        return written.failure();
    }
    out.bytes += elements.bytes;
    return at;
}

} // namespace recog::dicom
