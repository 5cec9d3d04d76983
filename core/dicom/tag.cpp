#include "core/dicom/tag.hpp"

#include <charconv>

namespace recog::dicom {

std::string to_hex(Tag tag) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string text(8, '0');
    for (std::size_t i = 0; i < text.size(); ++i) {
        text[text.size() - 1 - i] = kDigits[tag.number() >> (4 * i) & 15U];
    }
    return text;
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
