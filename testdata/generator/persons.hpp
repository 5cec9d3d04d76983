// The five fictional persons of the demonstration region and every number they are known by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recog::generator {

/// A number and who gave it: a card kind (MEDICAL_INSURANCE ...) or an institution code (H001 ...).
struct Identifier {
    std::string issuer;
    std::string value;
};

struct Person {
    std::string key;
    /// PN in UTF-8, as this person's hospitals write it.
    std::string name;
    std::string chinese_name;
    std::string birth_date;
    std::string sex;
    std::vector<Identifier> local_ids;
    std::vector<Identifier> cards;

    /// The value given by `issuer`, card or local ID; empty when there is none.
    std::string_view value_of(std::string_view issuer) const;
};

std::vector<Person> region_persons();

/// Appends the check character of GB 11643-1999 (ISO 7064 MOD 11-2) to the first 17 digits.
std::string resident_id(std::string_view first_17_digits);

/// 64 upper-case hexadecimal digits, always the same for one seed.
std::string health_card(std::string_view seed);

} // namespace recog::generator
