// CardDomains::parse: the grammar stands in cards.hpp.
#include "core/identity/cards.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

namespace recog::identity {

namespace {

using nlohmann::json;

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxDomainBytes = 32;
constexpr std::size_t kMaxCardLength = 64;
constexpr std::size_t kShownKeyBytes = 64;

Error refuse(const std::string& place, const std::string& why) {
    return error(ErrorKind::Configuration, "The card domains are wrong: " + place + " " + why + ".");
}

/// The file is written by hand: a key given twice or a wild nesting is a mistake to be told, not to be
/// guessed.
class KeyWatch {
public:
    bool operator()(int depth, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
            too_deep_ = too_deep_ || depth >= kMaxDepth;
        }
        if (event == json::parse_event_t::object_start) {
            open_.emplace_back();
        } else if (event == json::parse_event_t::object_end && !open_.empty()) {
            open_.pop_back();
        } else if (event == json::parse_event_t::key && !open_.empty()) {
            twice_ = !open_.back().insert(parsed.get<std::string>()).second || twice_;
        }
        return true;
    }

    std::optional<Error> failure() const {
        if (too_deep_) {
            return refuse("the text", "is nested too deeply");
        }
        return twice_ ? std::optional(refuse("an object", "gives the same key twice")) : std::nullopt;
    }

private:
    std::vector<std::set<std::string>> open_;
    bool twice_ = false;
    bool too_deep_ = false;
};

Result<json> parse_strictly(std::string_view text) {
    if (text.size() > kMaxCardsJsonBytes) {
        return refuse("the text", "is larger than 1 MiB");
    }
    KeyWatch watch;
    try {
        json tree =
            json::parse(text.begin(), text.end(), [&](int depth, json::parse_event_t event, json& parsed) {
                return watch(depth, event, parsed);
            });
        if (auto failure = watch.failure()) {
            return std::move(*failure);
        }
        return tree;
    } catch (const json::parse_error& fault) {
        return refuse("the text", "is not JSON at byte " + std::to_string(fault.byte));
    }
}

Status check_keys(const json& object, const std::string& place,
                  std::initializer_list<std::string_view> required,
                  std::initializer_list<std::string_view> optional = {}) {
    if (!object.is_object()) {
        return refuse(place, "must be an object");
    }
    for (const auto key : required) {
        if (!object.contains(key)) {
            return refuse(place, "lacks the key \"" + std::string(key) + "\"");
        }
    }
    for (const auto& entry : object.items()) {
        if (std::ranges::find(required, entry.key()) == required.end() &&
            std::ranges::find(optional, entry.key()) == optional.end()) {
            return refuse(place, "has the unknown key \"" + entry.key().substr(0, kShownKeyBytes) + "\"");
        }
    }
    return {};
}

Result<std::string> read_text(const json& value, const std::string& place, std::size_t max_bytes) {
    if (!value.is_string()) {
        return refuse(place, "must be a string");
    }
    std::string text = normal_text(value.get_ref<const std::string&>());
    if (text.empty() || text.size() > max_bytes) {
        return refuse(place, "must have 1 to " + std::to_string(max_bytes) + " bytes");
    }
    return text;
}

Result<std::vector<std::string>> read_texts(const json& value, const std::string& place,
                                            std::size_t max_count) {
    if (!value.is_array() || value.size() > max_count) {
        return refuse(place, "must be a list of at most " + std::to_string(max_count) + " strings");
    }
    std::vector<std::string> texts;
    for (const auto& item : value) {
        auto text = read_text(item, place + "[" + std::to_string(texts.size()) + "]", kMaxValueBytes);
        if (!text) {
            return text.failure();
        }
        texts.push_back(*std::move(text));
    }
    return texts;
}

Result<bool> read_flag(const json& object, const char* key, const std::string& place) {
    const auto found = object.find(key);
    if (found == object.end()) {
        return false;
    }
    if (!found->is_boolean()) {
        return refuse(place + "." + key, "must be true or false");
    }
    return found->get<bool>();
}

Result<std::size_t> read_length(const json& object, const char* key, const std::string& place) {
    const json& value = object[key];
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 ||
        value.get<std::uint64_t>() > kMaxCardLength) {
        return refuse(place + "." + key,
                      "must be a whole number from 1 to " + std::to_string(kMaxCardLength));
    }
    return static_cast<std::size_t>(value.get<std::uint64_t>());
}

Result<CardCharacters> read_characters(const json& value, const std::string& place) {
    static const std::map<std::string, CardCharacters, std::less<>> kWords = {
        {"digits", CardCharacters::Digits},
        {"alphanumeric", CardCharacters::Alphanumeric},
        {"hexadecimal", CardCharacters::Hexadecimal},
        {"resident_id", CardCharacters::ResidentId},
    };
    const auto word = value.is_string() ? kWords.find(value.get_ref<const std::string&>()) : kWords.end();
    if (word == kWords.end()) {
        return refuse(place, "must be one of digits, alphanumeric, hexadecimal, resident_id");
    }
    return word->second;
}

Status read_lengths(const json& object, const std::string& place, CardValueRule& rule) {
    const auto shortest = read_length(object, "min_length", place);
    if (!shortest) {
        return shortest.failure();
    }
    const auto longest = read_length(object, "max_length", place);
    if (!longest) {
        return longest.failure();
    }
    if (*shortest > *longest) {
        return refuse(place, "has a min_length over its max_length");
    }
    rule.min_length = *shortest;
    rule.max_length = *longest;
    return {};
}

Result<CardValueRule> read_rule(const json& object, const std::string& place) {
    if (!object.is_object() || !object.contains("characters")) {
        return refuse(place, "must be an object with the key \"characters\"");
    }
    const auto characters = read_characters(object["characters"], place + ".characters");
    if (!characters) {
        return characters.failure();
    }
    const bool resident_id = *characters == CardCharacters::ResidentId;
    const auto keys = resident_id
                          ? check_keys(object, place, {"characters"}, {"upper_case", "remove_separators"})
                          : check_keys(object, place, {"characters", "min_length", "max_length"},
                                       {"upper_case", "remove_separators"});
    if (!keys) {
        return keys.failure();
    }
    CardValueRule rule;
    rule.characters = *characters;
    const auto upper_case = read_flag(object, "upper_case", place);
    const auto remove_separators = read_flag(object, "remove_separators", place);
    if (!upper_case || !remove_separators) {
        return upper_case ? remove_separators.failure() : upper_case.failure();
    }
    rule.upper_case = *upper_case;
    rule.remove_separators = *remove_separators;
    if (!resident_id) {
        if (const auto lengths = read_lengths(object, place, rule); !lengths) {
            return lengths.failure();
        }
    }
    return rule;
}

bool is_domain_name(std::string_view name) {
    const auto allowed = [](char character) {
        return (character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9') ||
               character == '_';
    };
    return !name.empty() && name.size() <= kMaxDomainBytes && name.front() >= 'A' && name.front() <= 'Z' &&
           std::ranges::all_of(name, allowed) && name != kUnassignedDomain && name != "LOCAL" &&
           name != "ISSUER" && !name.ends_with(kUnverifiedSuffix);
}

Status read_names(const json& object, const std::string& place, CardDomain& domain) {
    const std::initializer_list<std::pair<const char*, std::vector<std::string>*>> lists = {
        {"issuers", &domain.issuers},
        {"universal_entity_ids", &domain.universal_entity_ids},
        {"type_codes", &domain.type_codes}};
    for (const auto& [key, names] : lists) {
        auto texts = read_texts(object[key], place + "." + key, kMaxNamesPerCard);
        if (!texts) {
            return texts.failure();
        }
        *names = *std::move(texts);
    }
    return {};
}

Result<CardDomain> read_domain(const json& object, const std::string& place) {
    if (const auto keys = check_keys(
            object, place, {"domain", "name", "issuers", "universal_entity_ids", "type_codes", "value"});
        !keys) {
        return keys.failure();
    }
    CardDomain card;
    if (!object["domain"].is_string() || !is_domain_name(object["domain"].get_ref<const std::string&>())) {
        return refuse(place + ".domain", "must be a name of A-Z, 0-9 and _ that is not reserved");
    }
    card.domain = object["domain"].get<std::string>();
    auto name = read_text(object["name"], place + ".name", kMaxValueBytes);
    if (!name) {
        return name.failure();
    }
    card.name = *std::move(name);
    if (const auto names = read_names(object, place, card); !names) {
        return names.failure();
    }
    const auto rule = read_rule(object["value"], place + ".value");
    if (!rule) {
        return rule.failure();
    }
    card.rule = *rule;
    if ((card.rule.characters == CardCharacters::ResidentId) != (card.domain == kResidentIdDomain)) {
        return refuse(place + ".value", "must be resident_id for RESIDENT_ID and for nothing else");
    }
    return card;
}

} // namespace

Status CardDomains::add_names(const std::vector<std::string>& names, std::size_t position, const char* key,
                              NameIndex& index) const {
    for (const auto& name : names) {
        if (!index.emplace(comparison_text(name), position).second) {
            return refuse("domains[" + std::to_string(position) + "]." + key,
                          "has a name that is already given");
        }
    }
    return {};
}

Status CardDomains::add(CardDomain domain) {
    const std::size_t position = domains_.size();
    if (find(domain.domain) != nullptr) {
        return refuse("domains[" + std::to_string(position) + "].domain", "is already given");
    }
    if (auto names = add_names(domain.issuers, position, "issuers", by_issuer_); !names) {
        return names;
    }
    if (auto names = add_names(domain.universal_entity_ids, position, "universal_entity_ids", by_entity_);
        !names) {
        return names;
    }
    if (auto names = add_names(domain.type_codes, position, "type_codes", by_type_); !names) {
        return names;
    }
    domains_.push_back(std::move(domain));
    return {};
}

Result<CardDomains> CardDomains::parse(std::string_view text) {
    const auto tree = parse_strictly(text);
    if (!tree) {
        return tree.failure();
    }
    if (const auto keys = check_keys(*tree, "the whole", {"placeholders", "domains"}); !keys) {
        return keys.failure();
    }
    CardDomains cards;
    const auto placeholders = read_texts((*tree)["placeholders"], "placeholders", kMaxPlaceholders);
    if (!placeholders) {
        return placeholders.failure();
    }
    for (const auto& word : *placeholders) {
        cards.placeholders_.insert(comparison_text(word));
    }
    const json& domains = (*tree)["domains"];
    if (!domains.is_array() || domains.empty() || domains.size() > kMaxCardDomains) {
        return refuse("domains", "must be a list of 1 to " + std::to_string(kMaxCardDomains) + " objects");
    }
    for (const auto& object : domains) {
        auto domain = read_domain(object, "domains[" + std::to_string(cards.domains_.size()) + "]");
        if (!domain) {
            return domain.failure();
        }
        if (const auto added = cards.add(*std::move(domain)); !added) {
            return added.failure();
        }
    }
    if (cards.find(kResidentIdDomain) == nullptr) {
        return refuse("domains", "must hold RESIDENT_ID: persons are kept apart by it");
    }
    return cards;
}

} // namespace recog::identity
