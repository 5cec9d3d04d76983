#include "core/recognition/catalogue_reader.hpp"

#include "core/recognition/description_text.hpp"
#include "core/recognition/exam_words.hpp"
#include "core/recognition/json_place.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace recog::recognition {

namespace {

constexpr std::size_t max_scopes = 100;
constexpr std::size_t max_distinguishing_words = 2000;
constexpr std::size_t max_keywords = 100;
constexpr std::size_t max_terms_in_keyword = 8;
constexpr std::size_t max_exceptions_text = 1000;
constexpr std::size_t max_fee_characters = 12;
constexpr unsigned max_window_days = 3660;

constexpr std::array<std::string_view, 3> scope_rules = {"national", "region", "union"};
constexpr std::array<std::string_view, 2> categories = {"imaging", "laboratory"};
constexpr std::array<std::string_view, 4> contrasts = {"plain", "enhanced", "plain_and_enhanced", "either"};
constexpr std::array<std::string_view, 3> requirements = {"images", "report", "both"};

Day last_day_of_all() {
    return std::chrono::sys_days{std::chrono::year{9999} / std::chrono::December / 31};
}

bool all_of(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

/// Yuan: digits, and with a point one or two more. Also a valid DS (PS3.5 6.2).
bool is_fee(std::string_view text) {
    constexpr std::string_view digits = "0123456789";
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    if (whole.empty() || !all_of(whole, digits)) {
        return false;
    }
    if (point == std::string_view::npos) {
        return true;
    }
    const std::string_view fraction = text.substr(point + 1);
    return !fraction.empty() && fraction.size() <= 2 && all_of(fraction, digits);
}

class CatalogueReader {
public:
    CatalogueReader() : problem_("catalogue") {}

    Result<CatalogueContent> read(const nlohmann::json& document, std::size_t max_items) {
        ObjectReader reader(document, "", problem_);
        content_.name = reader.text("name");
        content_.version = reader.text("version");
        reader.objects("scopes", max_scopes, true, [this](ObjectReader& entry) { read_scope(entry); });
        content_.distinguishing_words = reader.texts("distinguishing_words", {max_distinguishing_words, 64});
        check_terms(content_.distinguishing_words, reader, "distinguishing_words");
        reader.objects("items", max_items, true, [this](ObjectReader& entry) { read_item(entry); });
        reader.finish();
        if (problem_.any()) {
            return problem_.to_error();
        }
        std::stable_sort(
            content_.items.begin(), content_.items.end(), [](const Item& one, const Item& other) {
                return std::tie(one.code, one.effective_from) < std::tie(other.code, other.effective_from);
            });
        return std::move(content_);
    }

private:
    void read_scope(ObjectReader& entry) {
        Scope scope;
        scope.code = entry.text("code");
        scope.mark = entry.text("mark");
        scope.rule = static_cast<ScopeRule>(entry.choice("rule", scope_rules));
        scope.area = entry.text_or("area", "", {6});
        if (!all_of(scope.area, "0123456789")) {
            entry.note("area", "must be digits of an administrative division");
        }
        if (!scopes_.try_emplace(scope.code, scope).second) {
            entry.note("code", "is the code of an earlier scope too");
        }
    }

    void read_item(ObjectReader& entry) {
        Item item;
        item.code = entry.text("code");
        item.name = entry.text("name");
        item.english_name = entry.text("english_name");
        item.category = static_cast<Category>(entry.choice("category", categories));
        item.window_days = entry.whole_number("window_days", max_window_days);
        item.requirement = static_cast<Requirement>(entry.choice("requires", requirements));
        item.exceptions = entry.text_or("exceptions", "", {max_exceptions_text});
        item.fee = entry.text("fee", {max_fee_characters});
        if (!is_fee(item.fee)) {
            entry.note("fee", "must be an amount such as \"160\" or \"160.50\"");
        }
        read_scope_of(entry, item);
        read_content(entry, item);
        read_effect(entry, item);
        entry.objects("procedure_codes", 64, false,
                      [this, &item](ObjectReader& code) { read_procedure_code(code, item); });
        entry.object_if_any("keywords", [this, &item](ObjectReader& words) { read_keywords(words, item); });
        content_.items.push_back(std::move(item));
    }

    void read_scope_of(ObjectReader& entry, Item& item) {
        const auto scope = scopes_.find(entry.text("scope"));
        if (scope == scopes_.end()) {
            entry.note("scope", "is not the code of a scope");
            return;
        }
        item.scope = scope->second;
    }

    void read_content(ObjectReader& entry, Item& item) {
        item.modalities = entry.texts("modalities", {16, 16});
        check_modalities(item.modalities, entry, "modalities");
        item.companions = entry.texts("companions", {16, 16});
        check_modalities(item.companions, entry, "companions");
        item.body_parts = entry.texts("body_parts", {32, 16});
        for (std::size_t i = 0; i < item.body_parts.size(); ++i) {
            if (!all_of(item.body_parts[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")) {
                entry.note("body_parts[" + std::to_string(i) + "]", "must be upper-case letters and digits");
            }
        }
        item.contrast = static_cast<Contrast>(entry.choice("contrast", contrasts, 3));
        if (item.category == Category::Imaging && item.modalities.empty()) {
            entry.note("modalities", "must name at least one modality for an imaging item");
        }
        if (item.category == Category::Laboratory) {
            if (!item.modalities.empty() || !item.companions.empty() || !item.body_parts.empty()) {
                entry.note("modalities",
                           "must be absent for a laboratory item, as must companions and body_parts");
            }
            if (item.requirement != Requirement::Report) {
                entry.note("requires", "must be report for a laboratory item");
            }
        }
    }

    void read_effect(ObjectReader& entry, Item& item) {
        item.effective_from = entry.day("effective_from");
        item.effective_to = entry.day_or("effective_to", last_day_of_all());
        if (item.effective_to < item.effective_from) {
            entry.note("effective_to", "lies before effective_from");
        }
        claim_period("item " + item.code, "code", item, entry);
    }

    void read_procedure_code(ObjectReader& entry, Item& item) {
        ItemCode code;
        code.code = entry.text("code");
        code.scheme = entry.text("scheme", {16});
        claim_period(code.scheme + text_border + code.code, "code", item, entry);
        item.procedure_codes.push_back(std::move(code));
    }

    void read_keywords(ObjectReader& entry, Item& item) {
        item.keywords.chinese = entry.texts("chinese", {max_keywords, 64});
        item.keywords.english = entry.texts("english", {max_keywords, 64});
        item.keywords.excluded = entry.texts("excluded", {max_keywords, 64});
        check_terms(item.keywords.chinese, entry, "chinese");
        check_terms(item.keywords.english, entry, "english");
        check_terms(item.keywords.excluded, entry, "excluded");
    }

    void check_modalities(const std::vector<std::string>& modalities, ObjectReader& entry,
                          std::string_view key) {
        for (std::size_t i = 0; i < modalities.size(); ++i) {
            if (!is_image_modality(modalities[i])) {
                entry.note(std::string(key) + "[" + std::to_string(i) + "]", "is not a modality of images");
            }
        }
    }

    void check_terms(const std::vector<std::string>& words, ObjectReader& entry, std::string_view key) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            const std::string place = std::string(key) + "[" + std::to_string(i) + "]";
            if (normal_form(words[i]).empty()) {
                entry.note(place, "holds no letter, digit or character to look for");
            }
            const auto blanks = static_cast<std::size_t>(std::count(words[i].begin(), words[i].end(), ' '));
            if (blanks >= max_terms_in_keyword) {
                entry.note(place, "has more than " + std::to_string(max_terms_in_keyword) + " terms");
            }
        }
    }

    /// The same code may come again only where the dates of effect do not overlap.
    void claim_period(const std::string& key, std::string_view at, const Item& item, ObjectReader& entry) {
        auto& periods = periods_[key];
        const bool taken = std::any_of(periods.begin(), periods.end(), [&item](const auto& period) {
            return period.first <= item.effective_to && item.effective_from <= period.second;
        });
        if (taken) {
            entry.note(at, "stands in the catalogue twice for the same dates of effect");
        }
        periods.emplace_back(item.effective_from, item.effective_to);
    }

    Problem problem_;
    CatalogueContent content_;
    std::map<std::string, Scope, std::less<>> scopes_;
    std::map<std::string, std::vector<std::pair<Day, Day>>> periods_;
};

} // namespace

Result<CatalogueContent> read_catalogue(std::string_view json, std::size_t max_bytes, std::size_t max_items) {
    const Result<nlohmann::json> document = parse_strict_json(json, max_bytes, "catalogue");
    if (!document) {
        return document.failure();
    }
    return CatalogueReader().read(*document, max_items);
}

} // namespace recog::recognition
