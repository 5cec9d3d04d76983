#include "core/service/prior_selection.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>

namespace recog::service {

namespace {

enum class Fit { Other, NotKnown, Same };

std::string letters_and_digits(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool lower = c >= 'a' && c <= 'z';
        if (lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            out += lower ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    return out;
}

/// Projection radiography has three modalities, by the age of the equipment.
std::string modality_key(std::string_view modality) {
    constexpr std::array<std::string_view, 4> kProjection{"CR", "DX", "RG", "DR"};
    std::string key = letters_and_digits(modality);
    return std::find(kProjection.begin(), kProjection.end(), key) == kProjection.end() ? key : "DX";
}

bool same_modality(const std::string& left, const std::string& right) {
    return left == right;
}

/// CHEST and CHESTABDOMEN, SPINE and LSPINE belong together. Short words are parts of too many others.
bool same_body_part(const std::string& left, const std::string& right) {
    constexpr std::size_t kShortest = 4;
    if (left == right || left == "WHOLEBODY" || right == "WHOLEBODY") {
        return true;
    }
    return (left.size() >= kShortest && right.find(left) != std::string::npos) ||
           (right.size() >= kShortest && left.find(right) != std::string::npos);
}

template <typename Key, typename Same>
Fit fit(const std::string& announced, const std::vector<std::string>& stated, const Key& key,
        const Same& same) {
    const std::string wanted = key(announced);
    if (wanted.empty()) {
        return Fit::Same; // nothing announced: everything fits
    }
    bool known = false;
    for (const std::string& one : stated) {
        const std::string text = key(one);
        known = known || !text.empty();
        if (!text.empty() && same(wanted, text)) {
            return Fit::Same;
        }
    }
    return known ? Fit::Other : Fit::NotKnown;
}

struct Ranked {
    const CandidateStudy* study = nullptr;
    bool fits = false; ///< in all that is announced
    std::optional<Day> day;
};

std::optional<Ranked> rank(const CandidateStudy& study, const Announcement& announcement,
                           const PrefetchSettings& settings, Day today) {
    const auto& excluded = announcement.excluded_studies;
    Ranked ranked{&study, true, parse_day(study.study_date)};
    const bool too_old = ranked.day && today - *ranked.day > std::chrono::days(settings.maximum_age_days);
    if (too_old || std::find(excluded.begin(), excluded.end(), study.study_uid) != excluded.end()) {
        return std::nullopt;
    }
    const Fit fits[] = {
        settings.same_modality ? fit(announcement.modality, study.modalities, modality_key, same_modality)
                               : Fit::Same,
        settings.same_body_part
            ? fit(announcement.body_part, study.body_parts, letters_and_digits, same_body_part)
            : Fit::Same};
    for (const Fit one : fits) {
        if (one == Fit::Other) {
            return std::nullopt;
        }
        ranked.fits = ranked.fits && one == Fit::Same;
    }
    return ranked;
}

/// Rows of one study joined: it is the institution's own when any of them is.
std::vector<CandidateStudy> joined(const std::vector<CandidateStudy>& candidates,
                                   const std::string& institution) {
    std::vector<CandidateStudy> studies;
    std::map<std::string, std::size_t> place;
    for (const CandidateStudy& candidate : candidates) {
        const auto [known, fresh] = place.emplace(candidate.study_uid, studies.size());
        if (fresh) {
            studies.push_back(candidate);
            continue;
        }
        CandidateStudy& study = studies[known->second];
        study.modalities.insert(study.modalities.end(), candidate.modalities.begin(),
                                candidate.modalities.end());
        study.body_parts.insert(study.body_parts.end(), candidate.body_parts.begin(),
                                candidate.body_parts.end());
        study.study_date = std::max(study.study_date, candidate.study_date);
        if (candidate.institution == institution) {
            study.institution = institution;
        }
    }
    return studies;
}

} // namespace

std::vector<ChosenPrior> choose_priors(const std::vector<CandidateStudy>& candidates,
                                       const Announcement& announcement, const PrefetchSettings& settings,
                                       Day today) {
    const std::vector<CandidateStudy> studies = joined(candidates, announcement.institution);
    std::vector<Ranked> ranked;
    for (const CandidateStudy& study : studies) {
        if (const auto one = rank(study, announcement, settings, today)) {
            ranked.push_back(*one);
        }
    }
    const auto order = [](const Ranked& one) {
        const auto days = one.day ? one.day->time_since_epoch().count() : 0;
        return std::tuple(!one.fits, !one.day, -days, one.study->study_uid);
    };
    std::sort(ranked.begin(), ranked.end(),
              [&](const Ranked& left, const Ranked& right) { return order(left) < order(right); });
    std::vector<ChosenPrior> chosen;
    for (const Ranked& one : ranked) {
        if (chosen.size() == settings.maximum_studies) {
            break;
        }
        chosen.push_back({one.study->study_uid, one.study->institution != announcement.institution});
    }
    return chosen;
}

} // namespace recog::service
