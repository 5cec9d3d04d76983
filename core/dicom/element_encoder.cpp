#include "core/dicom/element_encoder.hpp"

namespace recog::dicom {

namespace {

bool has_long_form(std::string_view vr) {
    return vr == "SQ" || vr == "UT" || vr == "UC" || vr == "UN" || vr == "OB";
}

} // namespace

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void ElementEncoder::number(std::string& out, std::size_t value, unsigned bytes) const {
    for (unsigned i = 0; i < bytes; ++i) {
        const unsigned place = encoding_.big_endian ? bytes - 1 - i : i;
        out += static_cast<char>((value >> (8U * place)) & 0xFFU);
    }
}

Status ElementEncoder::add_length(std::string& out, std::size_t value, unsigned bytes) const {
    // The greatest number is kept for an undefined length (PS3.5 7.1.1), and lengths are even.
    const std::size_t most = bytes == 2 ? 0xFFFEU : 0xFFFFFFFEU;
    if (value > most) {
        return error(ErrorKind::TooLarge, "a value is longer than its length field can say");
    }
    number(out, value, bytes);
    return {};
}

Status ElementEncoder::start(std::string& out, Tag tag, std::string_view vr, std::size_t length) const {
    number(out, tag.group, 2);
    number(out, tag.element, 2);
    if (!encoding_.explicit_vr) {
        return add_length(out, length, 4);
    }
    out += vr;
    if (!has_long_form(vr)) {
        return add_length(out, length, 2);
    }
    out.append(2, '\0');
    return add_length(out, length, 4);
}

Status ElementEncoder::text(std::string& out, Tag tag, std::string_view vr, std::string_view value) const {
    const std::size_t padding = value.size() % 2;
    const Status started = start(out, tag, vr, value.size() + padding);
    out += value;
    out.append(padding, ' ');
    return started;
}

Status ElementEncoder::sequence(std::string& out, Tag tag, std::string_view items) const {
    const Status started = start(out, tag, "SQ", items.size());
    out += items;
    return started;
}

void ElementEncoder::unknown_sequence(std::string& out, Tag tag, std::string_view items) const {
    number(out, tag.group, 2);
    number(out, tag.element, 2);
    out += "UN";
    out.append(2, '\0');
    number(out, kUndefinedLength, 4);
    out += items;
    const ElementEncoder inside(Encoding{false, false, false});
    inside.number(out, kSequenceDelimitation.group, 2);
    inside.number(out, kSequenceDelimitation.element, 2);
    inside.number(out, 0, 4);
}

Status ElementEncoder::item(std::string& out, std::string_view elements) const {
    number(out, kItem.group, 2);
    number(out, kItem.element, 2);
    if (const Status written = add_length(out, elements.size(), 4); !written) {
        return written;
    }
    out += elements;
    return {};
}

Status ElementEncoder::header(std::string& out, Bytes bytes, const Element& element,
                              std::size_t value) const {
    const std::size_t whole = element.value - element.offset;
    const bool is_short = encoding_.explicit_vr && whole == 8 && element.tag.group != kItem.group;
    const unsigned field = is_short ? 2 : 4;
    out += text_of(bytes.subspan(element.offset, whole - field));
    return add_length(out, value, field);
}

} // namespace recog::dicom
