// Resident identity numbers of China (GB 11643-1999).
//
//   18 characters: region (6 digits, the first not 0), birth date YYYYMMDD, sequence (3 digits), check
//   character 15 digits (GB 11643-1989): region, birth date YYMMDD of the 1900s, sequence; no check character
//
// Check character: the first 17 digits times the weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2, summed, mod 11,
// looked up in "10X98765432".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace recog::identity {

enum class ResidentIdFault { None, Form, BirthDate, CheckCharacter };

struct ResidentIdReading {
    /// 18 characters, X in upper case; empty when `fault` says that the value is no resident ID.
    std::string normal;
    ResidentIdFault fault = ResidentIdFault::Form;
};

/// Takes full-width characters, blanks round it, x for X, and the 15-digit form, which is converted.
ResidentIdReading read_resident_id(std::string_view value);

/// read_resident_id() for those who need no reason.
std::optional<std::string> normalise_resident_id(std::string_view value);

} // namespace recog::identity
