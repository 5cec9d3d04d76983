#include "core/dicom/element_writer.hpp"

#include "core/dicom/element_scanner.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace recog::dicom {

namespace {

constexpr std::size_t kLengthBytes = 4;

std::size_t bytes_of(std::string_view vr) {
    return vr == "US" || vr == "SS" ? 2 : 4;
}

template <typename Number> bool holds(std::int64_t value) {
    return value >= std::numeric_limits<Number>::min() && value <= std::numeric_limits<Number>::max();
}

bool fits(std::int64_t value, std::string_view vr) {
    return vr == "US"   ? holds<std::uint16_t>(value)
           : vr == "SS" ? holds<std::int16_t>(value)
           : vr == "UL" ? holds<std::uint32_t>(value)
                        : holds<std::int32_t>(value);
}

/// Calls `each` with the decimal numbers of the list that fit the VR.
template <typename Each> void for_each_number(std::string_view list, std::string_view vr, const Each& each) {
    while (!list.empty()) {
        const std::string_view one = list.substr(0, list.find('\\'));
        list.remove_prefix(std::min(one.size() + 1, list.size()));
        std::int64_t value = 0;
        const auto [end, failed] = std::from_chars(one.data(), one.data() + one.size(), value);
        if (failed == std::errc{} && end == one.data() + one.size() && fits(value, vr)) {
            each(value);
        }
    }
}

} // namespace

bool is_binary_number(std::string_view vr) {
    return vr == "US" || vr == "SS" || vr == "UL" || vr == "SL";
}

bool ElementWriter::has_long_length(std::string_view vr) {
    return vr == "SQ" || vr == "SV" || vr.starts_with('O') ||
           (vr.starts_with('U') && vr != "UI" && vr != "UL" && vr != "US");
}

void ElementWriter::number(std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t place = encoding_.big_endian ? size - 1 - i : i;
        bytes_ += static_cast<char>((value >> (8U * place)) & 0xFFU);
    }
}

void ElementWriter::header(Tag tag, std::string_view vr, std::size_t length) {
    number(tag.group, 2);
    number(tag.element, 2);
    if (!encoding_.explicit_vr) {
        number(static_cast<std::uint32_t>(length), kLengthBytes);
        return;
    }
    bytes_ += vr;
    if (has_long_length(vr)) {
        number(0, 2);
        number(static_cast<std::uint32_t>(length), kLengthBytes);
    } else {
        number(static_cast<std::uint32_t>(length), 2);
    }
}

void ElementWriter::text(Tag tag, std::string_view vr, std::string_view value) {
    if (!has_long_length(vr)) {
        value = value.substr(0, kMaxShortValueBytes);
    }
    header(tag, vr, value.size() + value.size() % 2);
    bytes_ += value;
    if (value.size() % 2 != 0) {
        bytes_ += vr == "UI" ? '\0' : ' '; // PS3.5 6.2
    }
}

void ElementWriter::numbers(Tag tag, std::string_view vr, std::string_view decimal) {
    const std::size_t size = bytes_of(vr);
    std::size_t count = 0;
    for_each_number(decimal, vr, [&](std::int64_t) { ++count; });
    header(tag, vr, count * size);
    for_each_number(decimal, vr,
                    [&](std::int64_t value) { number(static_cast<std::uint32_t>(value), size); });
}

void ElementWriter::value_header(Tag tag, std::string_view vr, std::uint32_t length) {
    header(tag, vr, length);
}

void ElementWriter::item_header(std::uint32_t length) {
    number(kItem.group, 2);
    number(kItem.element, 2);
    number(length, kLengthBytes);
}

void ElementWriter::sequence_delimiter() {
    number(kSequenceDelimitation.group, 2);
    number(kSequenceDelimitation.element, 2);
    number(0, kLengthBytes);
}

void ElementWriter::item_delimiter() {
    number(kItemDelimitation.group, 2);
    number(kItemDelimitation.element, 2);
    number(0, kLengthBytes);
}

std::size_t ElementWriter::begin_sequence(Tag tag) {
    header(tag, "SQ", 0);
    return bytes_.size();
}

std::size_t ElementWriter::begin_item() {
    item_header(0);
    return bytes_.size();
}

void ElementWriter::end(std::size_t begin) {
    const std::size_t length = bytes_.size() - begin;
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
        const std::size_t place = encoding_.big_endian ? kLengthBytes - 1 - i : i;
        bytes_[begin - kLengthBytes + i] = static_cast<char>((length >> (8U * place)) & 0xFFU);
    }
}

std::string deflate_dataset(std::string_view dataset) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();
    }
    std::string out(deflateBound(&stream, static_cast<uLong>(dataset.size())), '\0');
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(dataset.data()));
    stream.avail_in = static_cast<uInt>(dataset.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH); // one call is enough within deflateBound()
    out.resize(stream.total_out);
    deflateEnd(&stream);
    out.resize(out.size() + out.size() % 2);
    return out;
}

} // namespace recog::dicom
