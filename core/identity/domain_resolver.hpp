// Says in which domain a received number stands, and in which domains an asked number is looked for.
//
// Received: the issuer text decides; then the universal entity ID; then the identifier type code, which may
// only name a card, and only one whose rule the value keeps; then an issuer nobody knows (ISSUER:); then the
// institution of the sending AE (LOCAL:); else UNASSIGNED. A hospital that names itself as issuer is believed
// even if the type code speaks of a card: a number of its own links nothing wrongly.
// An issuer may come as HL7 writes it, "name&entity ID&type" (HD): name and ID are tried when the whole is
// unknown.
#pragma once

#include "core/base/ae_title.hpp"
#include "core/base/result.hpp"
#include "core/identity/cards.hpp"
#include "core/identity/identifier.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recog::identity {

/// What the resolver has to know of an institution.
struct InstitutionNames {
    std::string code;
    /// Texts of Issuer of Patient ID or universal entity IDs that mean this institution's own numbers.
    std::vector<std::string> issuers;
    std::vector<std::string> aets;
};

/// The words of one received number; empty where the object has none.
struct ReceivedNumber {
    std::string_view value;                ///< Patient ID (0010,0020)
    std::string_view issuer;               ///< Issuer of Patient ID (0010,0021)
    std::string_view universal_entity_id;  ///< (0040,0032) in Issuer of Patient ID Qualifiers Sequence
    std::string_view identifier_type_code; ///< (0040,0035), same sequence
    std::string_view sending_aet;
};

struct Resolution {
    std::optional<Identifier> identifier;
    ValueRemark remark = ValueRemark::Empty;
};

/// One step of reading an asked value. All of it is looked up; who is found are candidates.
struct ReadingStage {
    /// Exact (domain, value) pairs.
    std::vector<Identifier> identifiers;
    /// True: besides, `value` in every domain that is neither a card domain nor the asker's own: LOCAL:* of
    /// others, ISSUER:*, UNASSIGNED and *_UNVERIFIED.
    bool elsewhere = false;
    std::string value;
};

/// Stages are tried in order. The first stage in which anybody has the value decides: one person there is the
/// answer; two or more, or an identifier in conflict, match nobody and end the reading.
/// No stages: the value names nobody.
using ReadingOrder = std::vector<ReadingStage>;

/// Never changes after make(); may be called from any thread.
class DomainResolver {
public:
    /// ErrorKind::Configuration when an issuer means two things, an AE stands in two institutions, or a code
    /// comes twice. `comparison` is how Orthanc compares AE titles.
    static Result<DomainResolver> make(CardDomains cards, const std::vector<InstitutionNames>& institutions,
                                       AetComparison comparison = AetComparison::WithoutCase);

    Resolution resolve(const ReceivedNumber& number) const;

    /// `issuer` narrows to its own domain; an empty one counts as none. `own_institution` is the code of the
    /// asker's institution, empty when the asker has none. `value` holds no wild cards.
    ReadingOrder reading_order(std::string_view value, std::string_view issuer,
                               std::string_view own_institution) const;

    /// Code of the institution an AE belongs to.
    std::optional<std::string> institution_of(std::string_view aet) const;

    const CardDomains& cards() const { return cards_; }

private:
    /// Exactly one of the two is set when an issuer is known.
    struct KnownIssuer {
        const CardDomain* card = nullptr;
        const std::string* institution = nullptr;
        bool known() const { return card != nullptr || institution != nullptr; }
    };

    DomainResolver(CardDomains cards, AetComparison comparison)
        : cards_(std::move(cards)), comparison_(comparison) {}
    Status add(const InstitutionNames& institution);
    KnownIssuer look_up(std::string_view text) const;
    KnownIssuer look_up_issuer(std::string_view text) const;
    std::string usable_issuer(std::string_view text) const;
    Resolution as_card(const CardDomain& card, std::string_view value) const;
    Resolution as_plain(std::string domain, std::string_view value) const;
    ReadingOrder within_issuer(std::string_view value, std::string_view issuer,
                               const std::string& text) const;

    CardDomains cards_;
    AetComparison comparison_;
    std::map<std::string, std::string, std::less<>> institution_by_issuer_;
    std::map<std::string, std::string, std::less<>> institution_by_aet_;
};

} // namespace recog::identity
