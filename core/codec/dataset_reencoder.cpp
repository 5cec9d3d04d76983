#include "core/codec/dataset_reencoder.hpp"

#include "core/dicom/dictionary.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctag.h>

#include <algorithm>

namespace recog::codec {

using namespace dicom;

namespace {

constexpr Tag kBitsAllocated{0x0028, 0x0100};
constexpr Tag kPixelRepresentation{0x0028, 0x0103};
constexpr Tag kWaveformBitsAllocated{0x5400, 0x1004};

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

bool is_one_of(std::string_view vr, std::string_view list) {
    return vr.size() == 2 && list.find(vr) != std::string_view::npos;
}

bool has_long_header(std::string_view vr) {
    return is_one_of(vr, "OB OD OF OL OV OW SQ SV UC UN UR UT UV");
}

// VRs that PS3.6 leaves to the other attributes ("US or SS", "OB or OW").
std::string_view implicit_vr(Tag tag, bool is_signed, std::uint32_t bits_allocated,
                             std::uint32_t waveform_bits) {
    if (tag.is_private()) {
        return tag.element >= 0x0010 && tag.element <= 0x00FF ? "LO" : "UN";
    }
    switch (DcmTag(tag.group, tag.element).getEVR()) {
    case EVR_xs:
        return is_signed ? "SS" : "US";
    case EVR_lt: // LUT Data: words either way, and OW is not cut at 64 KiB
        return "OW";
    case EVR_ox:
    case EVR_px:
        if (tag.group == 0x5400) {
            return waveform_bits <= 8 ? "OB" : "OW";
        }
        return tag == tags::PixelData && bits_allocated <= 8 ? "OB" : "OW";
    default:
        return dicom::vr_of(tag);
    }
}

std::string_view letters(const Element& element) {
    return {element.vr.data(), element.vr.size()};
}

} // namespace

std::size_t word_bytes(std::string_view vr, Tag tag, std::uint32_t bits_allocated) {
    if (vr == "OW" && tag == tags::PixelData) {
        return std::max<std::size_t>(2, bits_allocated / 8);
    }
    if (is_one_of(vr, "US SS OW AT")) {
        return 2;
    }
    if (is_one_of(vr, "UL SL FL OF OL")) {
        return 4;
    }
    return is_one_of(vr, "FD OD OV SV UV") ? 8 : 1;
}

void DatasetReencoder::put_number(std::vector<std::byte>& out, std::uint64_t number, std::size_t size,
                                  bool big_endian) {
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t place = big_endian ? size - 1 - i : i;
        out.push_back(static_cast<std::byte>((number >> (8U * place)) & 0xFFU));
    }
}

void DatasetReencoder::put_header(std::vector<std::byte>& out, Tag tag, std::string_view vr,
                                  std::uint32_t length, Encoding encoding) {
    put_number(out, tag.group, 2, encoding.big_endian);
    put_number(out, tag.element, 2, encoding.big_endian);
    const bool explicit_vr = encoding.explicit_vr && tag.group != kItem.group;
    if (explicit_vr) {
        for (const char c : vr) {
            out.push_back(static_cast<std::byte>(c));
        }
    }
    if (explicit_vr && has_long_header(vr)) {
        put_number(out, 0, 2, encoding.big_endian);
    }
    const bool short_length = explicit_vr && !has_long_header(vr);
    put_number(out, length, short_length ? 2 : 4, encoding.big_endian);
}

Status DatasetReencoder::add(std::vector<std::byte>& out, const Element& element, std::size_t next) {
    return add(out, element, next, context_, 0);
}

Status DatasetReencoder::add(std::vector<std::byte>& out, const Element& element, std::size_t next,
                             Context& context, std::size_t depth) {
    if (element.tag.element == 0) {
        return {}; // PS3.5 7.2: group lengths are retired, and would be wrong
    }
    note(element, context);
    std::string_view vr = vr_of(element, context);
    if (vr == "SQ") {
        const std::size_t before = out.size();
        const Status added = add_sequence(out, element, next, context, depth);
        if (added || element.undefined() || from_.explicit_vr) {
            return added;
        }
        out.resize(before); // in the dictionary a sequence, in this file something else
        vr = "UN";
    }
    const std::size_t length = next - element.value;
    if (element.undefined()) {
        if (vr != "UN") {
            return error(ErrorKind::NotAcceptable,
                         "compressed pixels inside of a sequence are not transcoded");
        }
        // PS3.5 6.2.2 note 4: a sequence nobody knows is in implicit little endian, here and there.
        put_header(out, element.tag, vr, kUndefinedLength, to_);
        out.insert(out.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(element.value),
                   bytes_.begin() + static_cast<std::ptrdiff_t>(next));
        return {};
    }
    if (to_.explicit_vr && !has_long_header(vr) && length > 0xFFFF) {
        vr = "UN"; // PS3.5 6.2.2: what its length field cannot say
    }
    put_header(out, element.tag, vr, static_cast<std::uint32_t>(length), to_);
    add_value(out, element, vr, context);
    return {};
}

void DatasetReencoder::add_value(std::vector<std::byte>& out, const Element& element, std::string_view vr,
                                 const Context& context) const {
    const Bytes value = bytes_.subspan(element.value, element.length);
    const std::size_t word =
        from_.big_endian == to_.big_endian ? 1 : word_bytes(vr, element.tag, context.bits_allocated);
    const std::size_t begin = out.size();
    out.insert(out.end(), value.begin(), value.end());
    for (std::size_t at = 0; word > 1 && at + word <= value.size(); at += word) {
        std::reverse(out.begin() + static_cast<std::ptrdiff_t>(begin + at),
                     out.begin() + static_cast<std::ptrdiff_t>(begin + at + word));
    }
}

Status DatasetReencoder::add_sequence(std::vector<std::byte>& out, const Element& element, std::size_t next,
                                      const Context& context, std::size_t depth) {
    if (depth >= kMaxReencodedNesting) {
        return error(ErrorKind::TooLarge, "the data set nests its sequences too deep");
    }
    put_header(out, element.tag, "SQ", kUndefinedLength, to_);
    const std::size_t begin = out.size();
    bool closed = false;
    for (std::size_t at = element.value; at < next && !closed;) {
        const auto item = scanner_.read(at, next, from_);
        if (!item) {
            return item.failure();
        }
        closed = item->tag == kSequenceDelimitation;
        at = item->value;
        if (!closed && item->tag != kItem) {
            return malformed("a sequence holds something that is no item");
        }
        const Status added = closed ? Status() : add_item(out, *item, next, at, context, depth + 1);
        if (!added) {
            return added;
        }
    }
    if (element.undefined()) {
        put_header(out, kSequenceDelimitation, {}, 0, to_);
        return {};
    }
    const std::size_t length = out.size() - begin;
    if (length >= kUndefinedLength) {
        return error(ErrorKind::TooLarge, "a sequence is longer than its length field can say");
    }
    std::vector<std::byte> stated;
    put_number(stated, length, 4, to_.big_endian);
    std::copy(stated.begin(), stated.end(), out.begin() + static_cast<std::ptrdiff_t>(begin - 4));
    return {};
}

Status DatasetReencoder::add_item(std::vector<std::byte>& out, const Element& item, std::size_t end,
                                  std::size_t& next, const Context& outer, std::size_t depth) {
    if (!item.undefined() && item.length > end - item.value) {
        return malformed("an item is longer than what holds it");
    }
    Context context = outer;
    put_header(out, kItem, {}, kUndefinedLength, to_);
    const std::size_t begin = out.size();
    const std::size_t last = item.undefined() ? end : item.value + item.length;
    bool closed = false;
    std::size_t at = item.value;
    while (at < last && !closed) {
        const auto element = scanner_.read(at, last, from_);
        if (!element) {
            return element.failure();
        }
        closed = element->tag == kItemDelimitation;
        at = element->value;
        if (closed) {
            break;
        }
        const auto behind = scanner_.skip(*element, last, from_, false);
        if (!behind) {
            return behind.failure();
        }
        at = *behind;
        if (const Status added = add(out, *element, at, context, depth); !added) {
            return added;
        }
    }
    if (item.undefined() && !closed) {
        return malformed("an item of undefined length is never closed");
    }
    next = item.undefined() ? at : last;
    if (item.undefined()) {
        put_header(out, kItemDelimitation, {}, 0, to_);
        return {};
    }
    std::vector<std::byte> stated;
    put_number(stated, out.size() - begin, 4, to_.big_endian);
    std::copy(stated.begin(), stated.end(), out.begin() + static_cast<std::ptrdiff_t>(begin - 4));
    return {};
}

std::string_view DatasetReencoder::vr_of(const Element& element, const Context& context) const {
    if (from_.explicit_vr) {
        return is_known_vr(element.vr[0], element.vr[1]) ? letters(element) : "UN";
    }
    const std::string_view vr =
        implicit_vr(element.tag, context.is_signed, context.bits_allocated, context.waveform_bits);
    return element.undefined() && vr != "SQ" ? "UN" : vr;
}

void DatasetReencoder::note(const Element& element, Context& context) const {
    if (element.undefined() || element.length < 2) {
        return;
    }
    const auto number = [&] { return read_u16(bytes_, element.value, from_.big_endian); };
    if (element.tag == kPixelRepresentation) {
        context.is_signed = number() == 1;
    } else if (element.tag == kBitsAllocated) {
        context.bits_allocated = number();
    } else if (element.tag == kWaveformBitsAllocated) {
        context.waveform_bits = number();
    }
}

} // namespace recog::codec
