#include "core/identity/identifier.hpp"

#include <array>
#include <utility>

namespace recog::identity {

namespace {

// U+FF01 to U+FF5E stand for U+0021 to U+007E: EF BC 81..BF and EF BD 80..9E in UTF-8.
std::string fold_width(std::string_view text) {
    std::string folded;
    folded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = [&](std::size_t offset) {
            return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0U;
        };
        if (byte(0) == 0xEF && byte(1) == 0xBC && byte(2) >= 0x81 && byte(2) <= 0xBF) {
            folded.push_back(static_cast<char>(byte(2) - 0x60));
            at += 2;
        } else if (byte(0) == 0xEF && byte(1) == 0xBD && byte(2) >= 0x80 && byte(2) <= 0x9E) {
            folded.push_back(static_cast<char>(byte(2) - 0x20));
            at += 2;
        } else {
            folded.push_back(text[at]);
        }
    }
    return folded;
}

// No-break space, ideographic space and byte order mark: what copying from other programs leaves behind.
constexpr std::array<std::string_view, 3> kWideBlanks = {"\xC2\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF"};

bool is_narrow_blank(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte <= 0x20 || byte == 0x7F;
}

std::size_t blank_at_start(std::string_view text) {
    if (!text.empty() && is_narrow_blank(text.front())) {
        return 1;
    }
    for (const auto blank : kWideBlanks) {
        if (text.starts_with(blank)) {
            return blank.size();
        }
    }
    return 0;
}

std::size_t blank_at_end(std::string_view text) {
    if (!text.empty() && is_narrow_blank(text.back())) {
        return 1;
    }
    for (const auto blank : kWideBlanks) {
        if (text.ends_with(blank)) {
            return blank.size();
        }
    }
    return 0;
}

} // namespace

std::string_view to_text(ValueRemark remark) {
    switch (remark) {
    case ValueRemark::Usable:
        return "usable";
    case ValueRemark::Unassigned:
        return "unassigned";
    case ValueRemark::PlaceholderLocal:
        return "placeholder_local";
    case ValueRemark::WrongForm:
        return "wrong_form";
    case ValueRemark::WrongBirthDate:
        return "wrong_birth_date";
    case ValueRemark::WrongCheckCharacter:
        return "wrong_check_character";
    case ValueRemark::PlaceholderCard:
        return "placeholder_card";
    case ValueRemark::Empty:
        return "empty";
    case ValueRemark::TooLong:
        return "too_long";
    }
    return "unknown";
}

std::string normal_text(std::string_view value) {
    while (const auto length = blank_at_start(value)) {
        value.remove_prefix(length);
    }
    while (const auto length = blank_at_end(value)) {
        value.remove_suffix(length);
    }
    return fold_width(value);
}

std::string comparison_text(std::string_view value) {
    std::string text = normal_text(value);
    for (char& character : text) {
        if (character >= 'a' && character <= 'z') {
            character = static_cast<char>(character - 'a' + 'A');
        }
    }
    return text;
}

std::string local_domain(std::string_view institution_code) {
    return std::string(kLocalPrefix).append(institution_code);
}

std::string unverified_domain(std::string_view card_domain) {
    return std::string(card_domain).append(kUnverifiedSuffix);
}

} // namespace recog::identity
