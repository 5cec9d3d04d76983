#include "core/identity/cards.hpp"

#include "core/base/utf8.hpp"
#include "core/identity/resident_id.hpp"

#include <algorithm>
#include <utility>

namespace recog::identity {

namespace {

constexpr std::size_t kRepeatsOfPlaceholder = 3;

bool is_ascii_letter_or_digit(char character) {
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z');
}

bool is_hexadecimal(char character) {
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'F') ||
           (character >= 'a' && character <= 'f');
}

bool is_ascii_punctuation(char character) {
    return static_cast<unsigned char>(character) < 0x80 && !is_ascii_letter_or_digit(character);
}

/// "---" and "0", "000000", "0-0".
bool only_zeros_or_punctuation(std::string_view text) {
    return std::ranges::all_of(
        text, [](char character) { return character == '0' || is_ascii_punctuation(character); });
}

bool one_character_repeated(std::string_view text) {
    const std::size_t length = std::max<std::size_t>(utf8_sequence_length(text), 1);
    if (text.size() % length != 0 || text.size() / length < kRepeatsOfPlaceholder) {
        return false;
    }
    for (std::size_t at = length; at < text.size(); at += length) {
        if (text.substr(at, length) != text.substr(0, length)) {
            return false;
        }
    }
    return true;
}

std::string folded_for(const CardValueRule& rule, std::string_view value) {
    const auto fold =
        rule.upper_case || rule.characters == CardCharacters::ResidentId ? comparison_text : normal_text;
    std::string text = fold(value);
    // A separator gone may bare a blank that now stands at an end: again, until nothing goes.
    for (std::size_t length = 0; rule.remove_separators && length != text.size();) {
        length = text.size();
        std::erase_if(text, [](char character) { return character == ' ' || character == '-'; });
        text = fold(text);
    }
    return text;
}

bool has_characters(CardCharacters characters, std::string_view text) {
    switch (characters) {
    case CardCharacters::Digits:
        return std::ranges::all_of(text, [](char character) { return character >= '0' && character <= '9'; });
    case CardCharacters::Alphanumeric:
        return std::ranges::all_of(text, is_ascii_letter_or_digit);
    case CardCharacters::Hexadecimal:
        return std::ranges::all_of(text, is_hexadecimal);
    case CardCharacters::ResidentId:
        break;
    }
    return false;
}

CardReading read_as_resident_id(std::string text) {
    auto reading = read_resident_id(text);
    switch (reading.fault) {
    case ResidentIdFault::None:
        return {std::move(reading.normal), ValueRemark::Usable};
    case ResidentIdFault::BirthDate:
        return {std::move(text), ValueRemark::WrongBirthDate};
    case ResidentIdFault::CheckCharacter:
        return {std::move(text), ValueRemark::WrongCheckCharacter};
    case ResidentIdFault::Form:
        break;
    }
    return {std::move(text), ValueRemark::WrongForm};
}

} // namespace

const CardDomain* CardDomains::find(std::string_view domain) const {
    const auto found = std::ranges::find(domains_, domain, &CardDomain::domain);
    return found == domains_.end() ? nullptr : &*found;
}

const CardDomain* CardDomains::look_up(const NameIndex& index, std::string_view name) const {
    const auto found = index.find(comparison_text(name));
    return found == index.end() ? nullptr : &domains_[found->second];
}

const CardDomain* CardDomains::by_issuer(std::string_view issuer) const {
    return look_up(by_issuer_, issuer);
}

const CardDomain* CardDomains::by_universal_entity_id(std::string_view id) const {
    return look_up(by_entity_, id);
}

const CardDomain* CardDomains::by_type_code(std::string_view code) const {
    return look_up(by_type_, code);
}

bool CardDomains::is_placeholder(std::string_view value) const {
    const std::string text = comparison_text(value);
    return !text.empty() &&
           (placeholders_.contains(text) || only_zeros_or_punctuation(text) || one_character_repeated(text));
}

CardReading CardDomains::read(const CardDomain& domain, std::string_view value) const {
    if (value.size() > kMaxValueBytes) {
        return {{}, ValueRemark::TooLong};
    }
    std::string text = folded_for(domain.rule, value);
    if (normal_text(value).empty()) {
        return {{}, ValueRemark::Empty};
    }
    if (text.empty() || is_placeholder(value) || is_placeholder(text)) {
        return {{}, ValueRemark::PlaceholderCard};
    }
    if (domain.rule.characters == CardCharacters::ResidentId) {
        return read_as_resident_id(std::move(text));
    }
    if (text.size() > domain.rule.max_length) {
        return {{}, ValueRemark::TooLong};
    }
    if (text.size() < domain.rule.min_length || !has_characters(domain.rule.characters, text)) {
        return {std::move(text), ValueRemark::WrongForm};
    }
    return {std::move(text), ValueRemark::Usable};
}

} // namespace recog::identity
