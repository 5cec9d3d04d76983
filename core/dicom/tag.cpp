#include "core/dicom/tag.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace recog::dicom {

std::string to_hex(Tag tag) {
    std::array<char, 12> text{};
    std::snprintf(text.data(), text.size(), "%04X%04X", static_cast<unsigned>(tag.group),
                  static_cast<unsigned>(tag.element));
    return text.data();
}

std::optional<Tag> parse_hex_tag(std::string_view text) {
    if (text.size() != 8) {
        return std::nullopt;
    }
    std::uint32_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return Tag{static_cast<std::uint16_t>(number >> 16U), static_cast<std::uint16_t>(number & 0xFFFFU)};
}

} // namespace recog::dicom
