// The card domains of a region, read from JSON (dicom-conf/cards.json). Grammar; every key not marked
// optional must be there, and any other key is an error:
//
// {
//   "placeholders": ["UNKNOWN", "无", ...],        values that name nobody, compared without case and width;
//                                                 only zeros, only punctuation, and one character three times
//                                                 or more are placeholders without being listed
//   "domains": [                                  1 to kMaxCardDomains; RESIDENT_ID must be among them
//     {
//       "domain": "MEDICAL_INSURANCE",            A-Z 0-9 _, at most 32, a letter first; not
//                                                 UNASSIGNED, LOCAL, ISSUER nor with _UNVERIFIED at its end
//       "name": "医保",                           for people
//       "issuers": ["医保", "YB", ...],           Issuer of Patient ID (0010,0021), compared without case
//       "universal_entity_ids": ["1.2.3", ...],   Universal Entity ID (0040,0032)
//       "type_codes": ["SS", ...],                Identifier Type Code (0040,0035), HL7 table 0203
//       "value": {
//         "characters": "digits" | "alphanumeric" | "hexadecimal" | "resident_id",
//         "upper_case": true,                     optional, default false: letters become upper case
//         "remove_separators": true,              optional, default false: blanks and hyphens inside go
//         "min_length": 8,                        characters, 1 to 64; neither length with "resident_id"
//         "max_length": 24
//       }
//     }
//   ]
// }
//
// An issuer, entity ID or type code names one domain only. A resident ID's rule is resident_id.hpp; the
// domain RESIDENT_ID must have it and no other domain may.
#pragma once

#include "core/base/result.hpp"
#include "core/identity/identifier.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace recog::identity {

inline constexpr std::size_t kMaxCardsJsonBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxCardDomains = 32;
inline constexpr std::size_t kMaxNamesPerCard = 256;
inline constexpr std::size_t kMaxPlaceholders = 1024;

enum class CardCharacters { Digits, Alphanumeric, Hexadecimal, ResidentId };

struct CardValueRule {
    CardCharacters characters = CardCharacters::Alphanumeric;
    bool upper_case = false;
    bool remove_separators = false;
    std::size_t min_length = 1;
    std::size_t max_length = 64;

    bool operator==(const CardValueRule&) const = default;
};

struct CardDomain {
    std::string domain;
    std::string name;
    std::vector<std::string> issuers;
    std::vector<std::string> universal_entity_ids;
    std::vector<std::string> type_codes;
    CardValueRule rule;

    bool operator==(const CardDomain&) const = default;
};

/// `value` is the normal form when the rule holds, else the folded text. A remark of Usable says it holds.
struct CardReading {
    std::string value;
    ValueRemark remark = ValueRemark::Empty;

    bool valid() const { return remark == ValueRemark::Usable; }
};

/// Never changes after parse(); may be called from any thread.
class CardDomains {
public:
    /// Fails with ErrorKind::Configuration and one sentence that names the place.
    static Result<CardDomains> parse(std::string_view json);

    /// What holds when no file is configured: the same as dicom-conf/cards.json.
    static CardDomains built_in();

    const std::vector<CardDomain>& domains() const { return domains_; }
    const CardDomain* find(std::string_view domain) const;
    const CardDomain* by_issuer(std::string_view issuer) const;
    const CardDomain* by_universal_entity_id(std::string_view id) const;
    const CardDomain* by_type_code(std::string_view code) const;

    /// True for values that name nobody, in any domain.
    bool is_placeholder(std::string_view value) const;

    /// Reads `value` as a number of `domain`.
    CardReading read(const CardDomain& domain, std::string_view value) const;

    bool operator==(const CardDomains&) const = default;

private:
    using NameIndex = std::map<std::string, std::size_t, std::less<>>;

    Status add(CardDomain domain);
    Status add_names(const std::vector<std::string>& names, std::size_t position, const char* key,
                     NameIndex& index) const;
    const CardDomain* look_up(const NameIndex& index, std::string_view name) const;

    std::vector<CardDomain> domains_;
    std::set<std::string, std::less<>> placeholders_;
    NameIndex by_issuer_;
    NameIndex by_entity_;
    NameIndex by_type_;
};

} // namespace recog::identity
