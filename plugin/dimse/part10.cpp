#include "plugin/dimse/part10.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace recog::dimse {

namespace {

constexpr std::size_t PREAMBLE = 128;

Error malformed(const char* sentence) {
    return error(ErrorKind::Malformed, sentence);
}

std::uint32_t number(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[i]);
    }
    return value;
}

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool has_long_length(std::string_view vr) {
    static constexpr std::string_view LONG[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                "SV", "UC", "UN", "UR", "UT", "UV"};
    return std::find(std::begin(LONG), std::end(LONG), vr) != std::end(LONG);
}

} // namespace

Result<Part10View> parse_part10(std::span<const std::byte> file) {
    if (file.size() < PREAMBLE + 4 || text(file.subspan(PREAMBLE, 4)) != "DICM") {
        return malformed("The stored file has no DICOM preamble");
    }
    Part10View view;
    auto rest = file.subspan(PREAMBLE + 4);
    const std::size_t whole = rest.size();
    while (rest.size() >= 8 && number(rest.first(2)) == 0x0002U) {
        const bool is_long = has_long_length(text(rest.subspan(4, 2)));
        const std::size_t header = is_long ? 12 : 8;
        if (rest.size() < header) {
            return malformed("The file meta information is cut off");
        }
        const std::size_t length = is_long ? number(rest.subspan(8, 4)) : number(rest.subspan(6, 2));
        if (length > rest.size() - header) {
            return malformed("The file meta information is longer than the file");
        }
        if (number(rest.subspan(2, 2)) == 0x0010U) {
            const std::string_view uid = text(rest.subspan(header, length));
            view.transfer_syntax_uid = uid.substr(0, uid.find_last_not_of(std::string_view("\0 ", 2)) + 1);
        }
        rest = rest.subspan(header + length);
        if (whole - rest.size() > MAX_FILE_META) {
            return malformed("The file meta information is too long");
        }
    }
    if (rest.empty()) {
        return malformed("The stored file holds no data set");
    }
    view.data_set = rest;
    return view;
}

} // namespace recog::dimse
