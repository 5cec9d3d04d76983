#include "core/identity/resident_id.hpp"

#include "core/base/date.hpp"
#include "core/identity/identifier.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace recog::identity {

namespace {

constexpr std::size_t kNewLength = 18;
constexpr std::size_t kOldLength = 15;
constexpr std::size_t kRegionDigits = 6;
// Nobody who was born before this has a number: the scheme began in 1984.
constexpr std::string_view kEarliestBirthDate = "18500101";

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

bool has_form(std::string_view text) {
    if ((text.size() != kNewLength && text.size() != kOldLength) || text.front() == '0') {
        return false;
    }
    const bool ends_in_x = text.size() == kNewLength && text.back() == 'X';
    return std::ranges::all_of(text.substr(0, text.size() - (ends_in_x ? 1 : 0)), is_digit);
}

char check_character(std::string_view first_17) {
    static constexpr std::array<int, 17> kWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    static constexpr std::string_view kCharacters = "10X98765432";
    int sum = 0;
    for (std::size_t i = 0; i < kWeights.size(); ++i) {
        sum += kWeights[i] * (first_17[i] - '0');
    }
    return kCharacters[static_cast<std::size_t>(sum % 11)];
}

bool has_birth_date(std::string_view text) {
    const auto date = text.substr(kRegionDigits, 8);
    return parse_day(date).has_value() && date >= kEarliestBirthDate;
}

} // namespace

ResidentIdReading read_resident_id(std::string_view value) {
    std::string text = comparison_text(value);
    if (!has_form(text)) {
        return {{}, ResidentIdFault::Form};
    }
    const bool old_form = text.size() == kOldLength;
    if (old_form) {
        text.insert(kRegionDigits, "19");
    }
    if (!has_birth_date(text)) {
        return {{}, ResidentIdFault::BirthDate};
    }
    const char expected = check_character(std::string_view(text).substr(0, kNewLength - 1));
    if (old_form) {
        text.push_back(expected);
    } else if (text.back() != expected) {
        return {{}, ResidentIdFault::CheckCharacter};
    }
    return {std::move(text), ResidentIdFault::None};
}

std::optional<std::string> normalise_resident_id(std::string_view value) {
    auto reading = read_resident_id(value);
    if (reading.fault != ResidentIdFault::None) {
        return std::nullopt;
    }
    return std::move(reading.normal);
}

} // namespace recog::identity
