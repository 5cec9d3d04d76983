// An identifier is a value in a domain: the same number in two domains names two things.
//
// domain =  "MEDICAL_INSURANCE" | "SOCIAL_SECURITY" | "CITIZEN_CARD" | "HEALTH_CARD" | "RESIDENT_ID"
//        |  any other card domain of the configuration
//        |  card domain "_UNVERIFIED"    a value the domain's rule refuses, kept to be found, not to link
//        |  "LOCAL:" institution code    an institution's own numbers
//        |  "ISSUER:" issuer text        an issuer nobody has configured (upper case, trimmed)
//        |  "UNASSIGNED"                 neither an issuer nor a known sender
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace recog::identity {

/// LO allows 64 characters (PS3.5 6.2), four bytes each in UTF-8; a longer value or issuer is not used.
inline constexpr std::size_t kMaxValueBytes = 256;

inline constexpr std::string_view kResidentIdDomain = "RESIDENT_ID";
inline constexpr std::string_view kUnassignedDomain = "UNASSIGNED";
inline constexpr std::string_view kUnverifiedSuffix = "_UNVERIFIED";
inline constexpr std::string_view kLocalPrefix = "LOCAL:";
inline constexpr std::string_view kIssuerPrefix = "ISSUER:";

struct Identifier {
    std::string domain;
    std::string value;
    /// True: it may be searched for, but two records that share it are not one person for that alone.
    bool weak = false;

    auto operator<=>(const Identifier&) const = default;
    bool operator==(const Identifier&) const = default;
};

/// What became of a value on its way to an identifier; counted by the ingest, never logged with the value.
enum class ValueRemark {
    Usable,              ///< a strong identifier
    Unassigned,          ///< weak: nobody knows whose number it is
    PlaceholderLocal,    ///< weak: 0, UNKNOWN, 无 ... as a local number
    WrongForm,           ///< weak, in the domain's _UNVERIFIED: length or characters break the card's rule
    WrongBirthDate,      ///< weak, in RESIDENT_ID_UNVERIFIED
    WrongCheckCharacter, ///< weak, in RESIDENT_ID_UNVERIFIED
    PlaceholderCard,     ///< dropped: 0, UNKNOWN, 无 ... as a card
    Empty,               ///< dropped
    TooLong              ///< dropped: over kMaxValueBytes, or over the card's length (an e-voucher's token)
};

/// A word for counters and logs, such as "wrong_check_character".
std::string_view to_text(ValueRemark remark);

/// The text that is compared and stored: full-width ASCII (U+FF01 to U+FF5E) folded to half width; blanks of
/// either width, NUL and controls cut from both ends. Case stays: DICOM compares LO by case.
std::string normal_text(std::string_view value);

/// normal_text() and ASCII letters in upper case: how issuers, AE titles and placeholders are compared.
std::string comparison_text(std::string_view value);

std::string local_domain(std::string_view institution_code);
std::string unverified_domain(std::string_view card_domain);

} // namespace recog::identity
