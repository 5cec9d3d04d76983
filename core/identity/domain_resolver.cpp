#include "core/identity/domain_resolver.hpp"

#include <set>
#include <utility>

namespace recog::identity {

namespace {

constexpr std::size_t kMaxInstitutionCodeBytes = 64;

Error refuse(const std::string& code, const std::string& why) {
    return error(ErrorKind::Configuration, "The institution " + code + " " + why + ".");
}

bool is_weak_form(ValueRemark remark) {
    return remark == ValueRemark::WrongForm || remark == ValueRemark::WrongBirthDate ||
           remark == ValueRemark::WrongCheckCharacter;
}

/// "name&entity ID&type": the parts worth trying. The type (ISO, DNS ...) names nobody.
std::vector<std::string_view> hierarchic_parts(std::string_view issuer) {
    std::vector<std::string_view> parts;
    while (parts.size() < 2 && !issuer.empty()) {
        const auto end = issuer.find('&');
        parts.push_back(issuer.substr(0, end));
        issuer = end == std::string_view::npos ? std::string_view{} : issuer.substr(end + 1);
    }
    return parts;
}

} // namespace

Result<DomainResolver> DomainResolver::make(CardDomains cards,
                                            const std::vector<InstitutionNames>& institutions,
                                            AetComparison comparison) {
    DomainResolver resolver(std::move(cards), comparison);
    std::set<std::string> codes;
    for (const auto& institution : institutions) {
        if (institution.code.empty() || institution.code.size() > kMaxInstitutionCodeBytes) {
            return error(ErrorKind::Configuration, "An institution has an empty or overlong code.");
        }
        if (!codes.insert(institution.code).second) {
            return refuse(institution.code, "is given twice");
        }
        if (const auto added = resolver.add(institution); !added) {
            return added.failure();
        }
    }
    return resolver;
}

Status DomainResolver::add(const InstitutionNames& institution) {
    for (const auto& issuer : institution.issuers) {
        const auto text = comparison_text(issuer);
        if (text.empty() || text.size() > kMaxValueBytes) {
            return refuse(institution.code, "has an empty or overlong issuer");
        }
        if (cards_.by_issuer(text) != nullptr || cards_.by_universal_entity_id(text) != nullptr) {
            return refuse(institution.code, "has an issuer that names a card domain");
        }
        const auto [entry, added] = institution_by_issuer_.emplace(text, institution.code);
        if (!added && entry->second != institution.code) {
            return refuse(institution.code, "has an issuer that another institution has too");
        }
    }
    for (const auto& aet : institution.aets) {
        const auto text = aet_key(aet, comparison_);
        if (text.empty()) {
            return refuse(institution.code, "has an empty AE title");
        }
        const auto [entry, added] = institution_by_aet_.emplace(text, institution.code);
        if (!added && entry->second != institution.code) {
            return refuse(institution.code, "has an AE title that another institution has too");
        }
    }
    return {};
}

std::optional<std::string> DomainResolver::institution_of(std::string_view aet) const {
    const auto found = institution_by_aet_.find(aet_key(aet, comparison_));
    return found == institution_by_aet_.end() ? std::nullopt : std::optional(found->second);
}

DomainResolver::KnownIssuer DomainResolver::look_up(std::string_view text) const {
    KnownIssuer known;
    known.card = cards_.by_issuer(text);
    if (known.card == nullptr) {
        known.card = cards_.by_universal_entity_id(text);
    }
    if (known.card == nullptr) {
        const auto found = institution_by_issuer_.find(comparison_text(text));
        known.institution = found == institution_by_issuer_.end() ? nullptr : &found->second;
    }
    return known;
}

DomainResolver::KnownIssuer DomainResolver::look_up_issuer(std::string_view text) const {
    if (text.size() > kMaxValueBytes) {
        return {};
    }
    auto known = look_up(text);
    if (!known.known() && text.find('&') != std::string_view::npos) {
        for (const auto part : hierarchic_parts(text)) {
            if (known = look_up(part); known.known()) {
                break;
            }
        }
    }
    return known;
}

/// Empty when the text says nothing: an issuer "UNKNOWN" is no issuer.
std::string DomainResolver::usable_issuer(std::string_view text) const {
    if (text.size() > kMaxValueBytes || cards_.is_placeholder(text)) {
        return {};
    }
    return comparison_text(text);
}

Resolution DomainResolver::as_card(const CardDomain& card, std::string_view value) const {
    auto reading = cards_.read(card, value);
    if (reading.valid()) {
        return {Identifier{card.domain, std::move(reading.value), false}, reading.remark};
    }
    if (is_weak_form(reading.remark)) {
        return {Identifier{unverified_domain(card.domain), std::move(reading.value), true}, reading.remark};
    }
    return {std::nullopt, reading.remark};
}

Resolution DomainResolver::as_plain(std::string domain, std::string_view value) const {
    if (value.size() > kMaxValueBytes) {
        return {std::nullopt, ValueRemark::TooLong};
    }
    std::string text = normal_text(value);
    if (text.empty()) {
        return {std::nullopt, ValueRemark::Empty};
    }
    auto remark = ValueRemark::Usable;
    if (cards_.is_placeholder(text)) {
        remark = ValueRemark::PlaceholderLocal;
    } else if (domain == kUnassignedDomain) {
        remark = ValueRemark::Unassigned;
    }
    return {Identifier{std::move(domain), std::move(text), remark != ValueRemark::Usable}, remark};
}

Resolution DomainResolver::resolve(const ReceivedNumber& number) const {
    auto known = look_up_issuer(number.issuer);
    if (!known.known()) {
        known = look_up_issuer(number.universal_entity_id);
    }
    if (known.card != nullptr) {
        return as_card(*known.card, number.value);
    }
    if (known.institution != nullptr) {
        return as_plain(local_domain(*known.institution), number.value);
    }
    if (const auto* card = cards_.by_type_code(number.identifier_type_code)) {
        // A type code is set carelessly more often than an issuer: what breaks the card's rule is no such
        // card.
        if (auto resolution = as_card(*card, number.value); !is_weak_form(resolution.remark)) {
            return resolution;
        }
    }
    auto issuer = usable_issuer(number.issuer);
    if (issuer.empty()) {
        issuer = usable_issuer(number.universal_entity_id);
    }
    if (!issuer.empty()) {
        return as_plain(std::string(kIssuerPrefix) + issuer, number.value);
    }
    if (const auto institution = institution_of(number.sending_aet)) {
        return as_plain(local_domain(*institution), number.value);
    }
    return as_plain(std::string(kUnassignedDomain), number.value);
}

ReadingOrder DomainResolver::within_issuer(std::string_view value, std::string_view issuer,
                                           const std::string& text) const {
    const auto known = look_up_issuer(issuer);
    auto resolution = known.card != nullptr          ? as_card(*known.card, value)
                      : known.institution != nullptr ? as_plain(local_domain(*known.institution), value)
                                                     : as_plain(std::string(kIssuerPrefix) + text, value);
    if (!resolution.identifier) {
        return {};
    }
    ReadingStage only;
    only.value = resolution.identifier->value;
    only.identifiers.push_back(*std::move(resolution.identifier));
    return {std::move(only)};
}

ReadingOrder DomainResolver::reading_order(std::string_view value, std::string_view issuer,
                                           std::string_view own_institution) const {
    const auto issuer_text = usable_issuer(issuer);
    if (!issuer_text.empty() || look_up_issuer(issuer).known()) {
        return within_issuer(value, issuer, issuer_text);
    }
    const std::string text = normal_text(value);
    if (text.empty() || value.size() > kMaxValueBytes) {
        return {};
    }
    ReadingOrder order;
    const bool placeholder = cards_.is_placeholder(text);
    if (!own_institution.empty()) {
        order.push_back({{Identifier{local_domain(own_institution), text, placeholder}}, false, text});
    }
    if (placeholder) {
        // "0" at another hospital is somebody else, even when one person alone has it.
        return order;
    }
    ReadingStage as_cards{{}, false, text};
    ReadingStage elsewhere{{}, true, text};
    for (const auto& card : cards_.domains()) {
        auto identifier = as_card(card, text).identifier;
        if (identifier && !identifier->weak) {
            as_cards.identifiers.push_back(*std::move(identifier));
        } else if (identifier && identifier->value != text) {
            // Stored in the card's folded form, which looking for the text itself would miss.
            elsewhere.identifiers.push_back(*std::move(identifier));
        }
    }
    if (!as_cards.identifiers.empty()) {
        order.push_back(std::move(as_cards));
    }
    order.push_back(std::move(elsewhere));
    return order;
}

} // namespace recog::identity
