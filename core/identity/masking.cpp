#include "core/identity/masking.hpp"

#include <cstddef>

namespace recog::identity {

namespace {

constexpr std::size_t kShownAtStart = 3;
constexpr std::size_t kShownAtEnd = 4;
constexpr std::size_t kHiddenAtLeast = 4;
constexpr std::string_view kStars = "****";

bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Offset of the character number `index`; the size of the text when it has fewer.
std::size_t offset_of(std::string_view text, std::size_t index) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (begins_character(text[at]) && index-- == 0) {
            return at;
        }
    }
    return text.size();
}

} // namespace

std::string mask(std::string_view value) {
    std::size_t characters = 0;
    for (const char byte : value) {
        characters += begins_character(byte) ? 1 : 0;
    }
    if (characters < kShownAtStart + kHiddenAtLeast + kShownAtEnd) {
        return std::string(value.empty() ? std::string_view{} : kStars);
    }
    std::string masked(value.substr(0, offset_of(value, kShownAtStart)));
    masked.append(kStars);
    masked.append(value.substr(offset_of(value, characters - kShownAtEnd)));
    return masked;
}

} // namespace recog::identity
