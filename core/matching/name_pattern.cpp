#include "core/matching/name_pattern.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

namespace recog::matching {

namespace {

constexpr std::string_view kWild = "*?";

/// What literal comparison sees of a group, stored or asked.
std::string literal_form(std::string_view group, bool ideographs) {
    if (ideographs) {
        return dicom::compact_name(group);
    }
    std::string out;
    for (const char c : dicom::fold_name_group(group)) {
        const bool separator = c == ' ' || c == '^';
        if (!separator) {
            out += c;
        } else if (!out.empty() && out.back() != '^') {
            out += '^';
        }
    }
    return out;
}

std::string joined(const dicom::SpokenParts& parts, std::size_t first, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += parts[(first + i) % parts.size()];
    }
    return out;
}

std::string without_separators(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c != '^'; });
    return out;
}

/// What every name that sounds like this begins with. A run of parts that ends in "ly" may go on as "lyu",
/// which is spelt "lu" in the key of the whole name.
std::string stable_prefix(std::string_view spoken, bool wild) {
    std::string prefix(spoken.substr(0, spoken.find_first_of(kWild)));
    if (!wild && prefix.ends_with('y')) {
        prefix.pop_back();
    }
    return prefix;
}

/// Pinyin with tones as digits: "wang2", "xiao3dong1". A digit behind a letter in which no syllable ends is
/// no tone.
dicom::SpokenParts without_tones(dicom::SpokenParts parts) {
    static constexpr std::string_view kTones = "12345";
    static constexpr std::string_view kEndings = "aeiouvngr";
    for (std::string& part : parts) {
        std::string out;
        for (const char c : part) {
            const bool tone = kTones.find(c) != std::string_view::npos && !out.empty() &&
                              kEndings.find(out.back()) != std::string_view::npos;
            if (!tone) {
                out += c;
            }
        }
        part = std::move(out);
    }
    return parts;
}

/// "u:", as lists of pinyin write ü.
std::string with_umlauts(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ':' && !out.empty() && (out.back() == 'u' || out.back() == 'U')) {
            out.back() = 'v';
        } else {
            out += c;
        }
    }
    return out;
}

bool is_universal(std::string_view group) {
    return group.find_first_not_of("*^ ") == std::string_view::npos;
}

} // namespace

Result<NamePattern> NamePattern::compile(std::string_view key, bool fuzzy) {
    NamePattern pattern;
    pattern.fuzzy_ = fuzzy;
    const dicom::PersonName name = dicom::PersonName::parse(key);
    for (const std::string_view text : name.groups) {
        if (is_universal(text)) {
            continue;
        }
        auto group = compile_group(text, fuzzy);
        if (!group) {
            return group.failure();
        }
        pattern.groups_.push_back(std::move(*group));
    }
    return pattern;
}

Result<NamePattern::Group> NamePattern::compile_group(std::string_view text, bool fuzzy) {
    const bool ideographs = dicom::has_ideographs(text);
    const std::string form = literal_form(text, ideographs);
    auto literal = TextPattern::compile(form);
    if (!literal) {
        return literal.failure();
    }
    const bool early = !ideographs && form.ends_with("^*");
    auto trailing = TextPattern::compile(early ? std::string_view(form).substr(0, form.size() - 2) : form);
    if (!trailing) {
        return trailing.failure();
    }
    Group group{ideographs, literal->has_wild_cards(), std::move(*literal), std::move(*trailing), {}, {}, {}};
    // A stored "wang" is found by "wang^*" as well.
    std::string prefix = dicom::cut_name_key(without_separators(group.literal.literal_prefix()));
    prefix = ideographs ? prefix : dicom::cut_name_key(dicom::compact_name(prefix));
    const bool open = group.wild || prefix.size() + 4 > dicom::kMaxNameKeyBytes;
    group.lookups.push_back({prefix, open});
    if (fuzzy) {
        if (auto added = add_sounds(group, text); !added) {
            return added.failure();
        }
    }
    return group;
}

Status NamePattern::add_sounds(Group& group, std::string_view text) {
    std::set<std::string> sounds;
    const std::string marked = with_umlauts(text);
    for (const dicom::SpokenParts& parts : dicom::spoken_parts(marked)) {
        const dicom::SpokenParts toneless = without_tones(parts);
        for (const dicom::SpokenParts* const way : {&parts, &toneless}) {
            // A stored name without separators has one order only: the key is turned instead.
            for (std::size_t first = 0; first < (group.wild ? 1 : way->size()); ++first) {
                sounds.insert(dicom::fuzzy_spelling(joined(*way, first, way->size())));
            }
        }
    }
    for (const std::string& sound : sounds) {
        if (group.wild) {
            auto pattern = TextPattern::compile(sound);
            if (!pattern) {
                return pattern.failure();
            }
            group.spoken.push_back(std::move(*pattern));
        } else {
            group.sounds.push_back(sound);
        }
        group.lookups.push_back({dicom::cut_name_key("~" + stable_prefix(sound, group.wild)), true});
    }
    return {};
}

bool NamePattern::sounds_like(const Group& group, std::string_view stored) {
    for (const dicom::SpokenParts& parts : dicom::spoken_parts(stored)) {
        for (std::size_t first = 0; first < parts.size(); ++first) {
            const std::string whole = dicom::fuzzy_spelling(joined(parts, first, parts.size()));
            for (const TextPattern& pattern : group.spoken) {
                if (pattern.matches(whole)) {
                    return true;
                }
            }
            for (std::size_t count = 1; count <= parts.size() && !group.sounds.empty(); ++count) {
                const std::string run = dicom::fuzzy_spelling(joined(parts, first, count));
                if (std::find(group.sounds.begin(), group.sounds.end(), run) != group.sounds.end()) {
                    return true;
                }
            }
        }
    }
    return false;
}

bool NamePattern::matches_group(const Group& group, std::string_view stored, bool name_has_ideographs,
                                bool fuzzy) {
    if (stored.empty()) {
        return false;
    }
    const std::string form = literal_form(stored, group.ideographs);
    if (group.literal.matches(form) || group.trailing.matches(form)) {
        return true;
    }
    return fuzzy && !(group.ideographs && name_has_ideographs) && sounds_like(group, stored);
}

bool NamePattern::matches(std::string_view value) const {
    const dicom::PersonName name = dicom::PersonName::parse(value);
    if (matches_all()) {
        return true;
    }
    std::array<bool, dicom::PersonName::kGroups> ideographs{};
    std::transform(name.groups.begin(), name.groups.end(), ideographs.begin(), dicom::has_ideographs);
    const bool any_ideographs =
        std::any_of(ideographs.begin(), ideographs.end(), [](bool has) { return has; });
    bool matched = false;
    for (const Group& group : groups_) {
        bool this_matched = false;
        bool same_script = false;
        for (std::size_t i = 0; i < name.groups.size(); ++i) {
            this_matched = this_matched || matches_group(group, name.groups[i], any_ideographs, fuzzy_);
            same_script = same_script || (!name.groups[i].empty() && ideographs[i] == group.ideographs);
        }
        if (!this_matched && same_script) {
            return false;
        }
        matched = matched || this_matched;
    }
    return matched;
}

std::vector<dicom::NameLookup> NamePattern::lookups() const {
    std::vector<dicom::NameLookup> all;
    for (const Group& group : groups_) {
        for (const dicom::NameLookup& lookup : group.lookups) {
            if (lookup.prefix && (lookup.text.empty() || lookup.text == "~")) {
                return {}; // begins with a wild card: any key may do
            }
            all.push_back(lookup);
        }
    }
    return all;
}

} // namespace recog::matching
