#include "core/recognition/institutions.hpp"

#include "core/recognition/json_place.hpp"

#include <algorithm>
#include <array>

namespace recog::recognition {

namespace {

constexpr std::size_t max_quality_periods = 500;
constexpr std::size_t max_quality_items = 5000;
constexpr std::size_t max_aets = 500;
constexpr std::size_t max_issuers = 50;

/// Ascending. S is 特等, a bare digit a level without sub-level (未定等), 0 not graded at all.
constexpr std::array<std::string_view, 14> tiers = {"0",  "1",  "1C", "1B", "1A", "2",  "2C",
                                                    "2B", "2A", "3",  "3C", "3B", "3A", "3S"};

/// Terms of PS3.3 C.12.1.1.2 that a data set in this region can sensibly be read with.
constexpr std::array<std::string_view, 6> character_sets = {"",           "GB18030",    "GBK",
                                                            "ISO_IR 192", "ISO_IR 100", "ISO 2022 IR 58"};

bool names(const QualityPeriod& period, std::string_view kind) {
    return std::find(period.items.begin(), period.items.end(), kind) != period.items.end();
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

bool six_digits(std::string_view text) {
    return text.size() == 6 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

QualityPeriod read_period(ObjectReader& reader) {
    QualityPeriod period;
    period.items = reader.texts("items", {max_quality_items, 64});
    if (period.items.empty()) {
        reader.note("items", "must name at least one item, a category or \"*\"");
    }
    period.from = reader.day("from");
    period.to = reader.day("to");
    period.assessor = reader.text_or("assessor", "");
    if (period.to < period.from) {
        reader.note("to", "lies before from");
    }
    return period;
}

Institution read_institution(ObjectReader& reader) {
    Institution read;
    read.code = reader.text("code");
    read.name = reader.text("name");
    read.tier_rank = static_cast<unsigned>(reader.choice("tier", tiers));
    read.tier = tiers[read.tier_rank];
    read.union_code = reader.text_or("union", "");
    read.area = reader.text_or("area", "");
    if (!read.area.empty() && !six_digits(read.area)) {
        reader.note("area", "must be the six digits of an administrative division");
    }
    read.aets = reader.texts("aets", {max_aets, 16});
    read.issuers = reader.texts("issuers", {max_issuers, 64});
    read.default_character_set = character_sets[reader.choice("default_character_set", character_sets, 0)];
    reader.objects("quality", max_quality_periods, false,
                   [&read](ObjectReader& period) { read.quality.push_back(read_period(period)); });
    return read;
}

} // namespace

static_assert(tiers[second_class_a_rank] == "2A");

bool Institution::quality_passed(const Item& item, Day day) const {
    const std::string_view category = item.category == Category::Imaging ? "imaging" : "laboratory";
    for (const std::string_view kind : {std::string_view(item.code), category, std::string_view("*")}) {
        bool named = false;
        for (const QualityPeriod& period : quality) {
            if (!names(period, kind)) {
                continue;
            }
            if (period.from <= day && day <= period.to) {
                return true;
            }
            named = true;
        }
        if (named) {
            return false;
        }
    }
    return false;
}

Result<Institutions> Institutions::parse(std::string_view text) {
    const Result<nlohmann::json> document = parse_strict_json(text, max_bytes, "institutions");
    if (!document) {
        return document.failure();
    }
    Problem problem("institutions");
    ObjectReader reader(*document, "", problem);
    Institutions result;
    const auto add = [](Index& index, const std::string& key, std::size_t position, const std::string& place,
                        std::string_view what, Problem& noted) {
        if (!index.try_emplace(key, position).second) {
            noted.note(place,
                       std::string("has ") + std::string(what) + " that stands in the file twice: " + key);
        }
    };
    reader.objects("institutions", max_institutions, true, [&](ObjectReader& entry) {
        Institution read = read_institution(entry);
        const std::size_t position = result.institutions_.size();
        add(result.codes_, read.code, position, entry.place(), "a code", problem);
        for (const std::string& aet : read.aets) {
            add(result.aets_, aet, position, entry.place(), "an AE title", problem);
        }
        for (const std::string& issuer : read.issuers) {
            add(result.issuers_, issuer, position, entry.place(), "an issuer", problem);
        }
        result.institutions_.push_back(std::move(read));
    });
    reader.finish();
    if (problem.any()) {
        return problem.to_error();
    }
    return result;
}

const Institution* Institutions::look_up(const Index& index, std::string_view key) const {
    const auto found = index.find(key);
    return found == index.end() ? nullptr : &institutions_[found->second];
}

const Institution* Institutions::find(std::string_view code) const {
    return look_up(codes_, code);
}

const Institution* Institutions::by_aet(std::string_view aet) const {
    return look_up(aets_, trim(aet));
}

const Institution* Institutions::by_issuer(std::string_view issuer) const {
    return look_up(issuers_, trim(issuer));
}

} // namespace recog::recognition
