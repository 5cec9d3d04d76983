#include "core/recognition/item_matcher.hpp"

#include "core/recognition/description_text.hpp"

#include <algorithm>

namespace recog::recognition {

namespace {

/// Which contents of contrast an exam can be, as bits.
using Contents = unsigned;
constexpr Contents plain = 1U;
constexpr Contents enhanced = 2U;
constexpr Contents both = 4U;
constexpr Contents any_content = plain | enhanced | both;

Contents contents_of(Contrast contrast) {
    switch (contrast) {
    case Contrast::Plain:
        return plain;
    case Contrast::Enhanced:
        return enhanced;
    case Contrast::PlainAndEnhanced:
        return both;
    case Contrast::Either:
        break;
    }
    return any_content;
}

/// Joins two keys of an index without touching the heap in the usual case.
std::string joined(std::string_view first, std::string_view second) {
    std::string key;
    key.reserve(first.size() + 1 + second.size());
    return key.append(first).append(1, text_border).append(second);
}

std::string body_part_key(std::string_view body_part) {
    std::string key;
    for (const char c : body_part) {
        if (c >= 'a' && c <= 'z') {
            key += static_cast<char>(c - 'a' + 'A');
        } else if (c != ' ' && c != '\0' && c != '_') {
            key += c;
        }
    }
    return key;
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

std::string quoted(const std::string& name) {
    return "“" + name + "”";
}

} // namespace

/// What is known of the study before any item is looked at.
struct ItemMatcher::Study {
    std::vector<std::string_view> modalities; ///< of images
    std::vector<std::string> body_parts;
    Reading description; ///< of the study description; what it leaves open, of the code meanings
    std::optional<Reading> series;
    Machines machines = 0;            ///< named in words; asked only when there are no modalities
    bool machine_contradicts = false; ///< words name other machines than the modalities
    bool unknown_images = false;      ///< there are images, of no modality that says what made them
    Contents contents = plain;        ///< 0: the description says plain, the images hold an agent
    Contents contents_by_code = any_content;

    bool modality_agrees(const Item& item) const;
};

/// Items that fit at one step, and what kept others from it.
struct ItemMatcher::Fits {
    std::vector<const Item*> items;
    const Item* out_of_effect = nullptr;
    bool other_contrast = false;
    bool excluded = false;
    bool other_content = false;

    std::string why_not(const Study& study) const {
        if (items.size() > 1) {
            return "检查同样符合" + quoted(items[0]->name) + "与" + quoted(items[1]->name) +
                   (items.size() > 2 ? "等" + std::to_string(items.size()) + "个项目"
                                     : std::string("两个项目")) +
                   "，无法确定是哪一项。";
        }
        if (study.machine_contradicts) {
            return "检查描述所写的设备类型与影像的设备类型不一致，无法确定互认项目。";
        }
        if (out_of_effect != nullptr) {
            return "项目" + quoted(out_of_effect->name) + "今日不在目录生效期内。";
        }
        if (study.contents == 0) {
            return "检查描述写明平扫，但影像记录使用了造影剂，内容不一致，不能对应互认项目。";
        }
        if (excluded) {
            return "检查描述含有互认项目明确除外的内容。";
        }
        if (other_contrast) {
            return "目录中有同部位的项目，但增强方式与本检查不同，不是同一项目。";
        }
        if (other_content) {
            return "检查描述含有互认项目以外的内容，不是同一项目。";
        }
        return "目录中没有与本检查相符的互认项目。";
    }
};

bool ItemMatcher::Study::modality_agrees(const Item& item) const {
    if (!modalities.empty()) {
        const bool one_is = std::any_of(modalities.begin(), modalities.end(), [&item](std::string_view one) {
            return contains(item.modalities, one);
        });
        return one_is && std::all_of(modalities.begin(), modalities.end(), [&item](std::string_view one) {
                   return contains(item.modalities, one) || contains(item.companions, one);
               });
    }
    return !unknown_images && (machines == 0 || std::any_of(item.modalities.begin(), item.modalities.end(),
                                                            [this](const std::string& one) {
                                                                return (machines_of(one) & machines) != 0;
                                                            }));
}

ItemMatcher::ItemMatcher(std::span<const Item> items, const std::vector<std::string>& distinguishing_words)
    : items_(items), reader_(items, distinguishing_words) {
    for (ItemIndex i = 0; i < items_.size(); ++i) {
        for (const ItemCode& code : items_[i].procedure_codes) {
            codes_[joined(code.scheme, code.code)].push_back(i);
        }
        for (const std::string& modality : items_[i].modalities) {
            for (const std::string& part : items_[i].body_parts) {
                std::vector<ItemIndex>& entry = body_parts_[joined(modality, body_part_key(part))];
                if (entry.empty() || entry.back() != i) {
                    entry.push_back(i);
                }
            }
        }
    }
}

Reading ItemMatcher::read_series(const Exam& exam) const {
    std::vector<std::string_view> texts(exam.series_descriptions.begin(), exam.series_descriptions.end());
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    std::string all;
    for (std::size_t i = 0; i < std::min(texts.size(), max_series_texts) && all.size() < max_description;
         ++i) {
        append_normal_form(all, texts[i]);
        all += text_border;
    }
    return reader_.read(all);
}

ItemMatcher::Study ItemMatcher::study_of(const Exam& exam) const {
    Study study;
    for (const std::string& modality : exam.modalities) {
        if (!is_accompanying_modality(modality)) {
            study.modalities.push_back(modality);
            study.machines |= machines_of(modality);
        }
    }
    study.unknown_images = exam.has_images && study.modalities.empty();
    for (std::size_t i = 0; i < std::min(exam.body_parts.size(), max_body_parts); ++i) {
        std::string part = body_part_key(exam.body_parts[i]);
        if (!part.empty()) {
            study.body_parts.push_back(std::move(part));
        }
    }
    study.description = read_description(exam);
    study.machine_contradicts = !study.modalities.empty() && study.description.machines != 0 &&
                                study.machines != 0 && (study.description.machines & study.machines) == 0;
    if (study.modalities.empty()) {
        study.machines = study.description.machines;
    }
    read_contents(exam, study);
    return study;
}

/// The study description; what it leaves open, the meanings of the procedure codes say.
Reading ItemMatcher::read_description(const Exam& exam) const {
    Reading said = reader_.read(normal_form(exam.study_description));
    if (!exam.procedure_codes.empty() && (said.words.none() || !said.says_contrast())) {
        std::string meanings;
        for (std::size_t i = 0; i < std::min(exam.procedure_codes.size(), max_procedure_codes); ++i) {
            append_normal_form(meanings, exam.procedure_codes[i].meaning);
            meanings += text_border;
        }
        Reading meant = reader_.read(meanings);
        if (!said.says_contrast()) {
            said.plain = meant.plain;
            said.enhanced = meant.enhanced;
        }
        if (said.words.none()) {
            said.words = meant.words;
            said.claims = std::move(meant.claims);
        }
        said.machines = said.machines == 0 ? meant.machines : said.machines;
        said.excluded.insert(said.excluded.end(), meant.excluded.begin(), meant.excluded.end());
    }
    return said;
}

/// Which contents of contrast the study can be: its words decide, then its series with the agent.
void ItemMatcher::read_contents(const Exam& exam, Study& study) const {
    const Reading& said = study.description;
    if (said.says_contrast()) {
        study.contents = said.plain ? (said.enhanced ? both : plain) : enhanced;
        // A plain exam with an agent in its images is neither.
        if (study.contents == plain && exam.contrast_agent) {
            study.contents = 0;
        }
        study.contents_by_code = study.contents;
        return;
    }
    if (!exam.series_descriptions.empty()) {
        study.series = read_series(exam);
    }
    const bool plain_series = study.series && study.series->plain;
    const bool with_agent = exam.contrast_agent || (study.series && study.series->enhanced);
    if (with_agent) {
        study.contents = plain_series ? both : enhanced | both;
        study.contents_by_code = study.contents;
    }
}

Match ItemMatcher::match(const Exam& exam, Day day) const {
    const Study study = study_of(exam);
    if (std::optional<Match> decided = by_code(exam, day, study)) {
        return *std::move(decided);
    }
    if (study.machine_contradicts) {
        return {nullptr, MatchBasis::None, Fits{}.why_not(study)};
    }
    Fits by_part;
    by_body_part(exam, day, study, by_part);
    if (by_part.items.size() == 1) {
        return {by_part.items.front(), MatchBasis::BodyPart, {}};
    }
    Fits by_word;
    if (study.description.words.any()) {
        by_words(study.description, day, study, by_word);
    } else if (!exam.series_descriptions.empty()) {
        const Reading series = study.series ? *study.series : read_series(exam);
        by_words(series, day, study, by_word);
        // Series are named loosely: they must not speak against the body part as well.
        std::erase_if(by_word.items, [&study](const Item* item) {
            return !item->body_parts.empty() &&
                   std::any_of(study.body_parts.begin(), study.body_parts.end(),
                               [item](const std::string& part) { return !contains(item->body_parts, part); });
        });
    }
    if (by_word.items.size() == 1) {
        return {by_word.items.front(), MatchBasis::Keywords, {}};
    }
    const bool by_part_says_more = by_word.items.empty() && by_part.items.size() > 1;
    if (!by_part_says_more) {
        by_word.out_of_effect =
            by_word.out_of_effect == nullptr ? by_part.out_of_effect : by_word.out_of_effect;
        by_word.other_contrast = by_word.other_contrast || by_part.other_contrast;
        by_word.other_content = by_word.other_content || by_part.other_content;
        by_word.excluded = by_word.excluded || by_part.excluded;
    }
    return {nullptr, MatchBasis::None, (by_part_says_more ? by_part : by_word).why_not(study)};
}

std::optional<Match> ItemMatcher::by_code(const Exam& exam, Day day, const Study& study) const {
    std::vector<ItemIndex> found;
    const Item* out_of_effect = nullptr;
    for (std::size_t i = 0; i < std::min(exam.procedure_codes.size(), max_procedure_codes); ++i) {
        const auto entry = codes_.find(joined(exam.procedure_codes[i].scheme, exam.procedure_codes[i].code));
        if (entry == codes_.end()) {
            continue;
        }
        for (const ItemIndex index : entry->second) {
            if (!items_[index].in_effect(day)) {
                out_of_effect = &items_[index];
            } else if (std::find(found.begin(), found.end(), index) == found.end()) {
                found.push_back(index);
            }
        }
    }
    if (found.empty() && out_of_effect == nullptr) {
        return std::nullopt;
    }
    Match none;
    if (found.size() != 1) {
        Fits fits;
        std::sort(found.begin(), found.end());
        std::transform(found.begin(), found.end(), std::back_inserter(fits.items),
                       [this](ItemIndex index) { return &items_[index]; });
        fits.out_of_effect = out_of_effect;
        none.why_not = fits.why_not(study);
        return none;
    }
    const Item& item = items_[found.front()];
    const std::string begin = "检查代码对应" + quoted(item.name);
    if (!study.modality_agrees(item)) {
        none.why_not = begin + "，但设备类型与该项目不符。";
    } else if ((contents_of(item.contrast) & study.contents_by_code) == 0 &&
               item.contrast != Contrast::Either) {
        none.why_not = begin + "，但增强方式与该项目不符。";
    } else if (study.description.excludes(found.front())) {
        none.why_not = begin + "，但检查描述含有该项目除外的内容。";
    } else {
        return Match{&item, MatchBasis::ProcedureCode, {}};
    }
    return none;
}

void ItemMatcher::by_body_part(const Exam& exam, Day day, const Study& study, Fits& fits) const {
    if (study.body_parts.empty() || exam.body_parts.size() > max_body_parts) {
        return;
    }
    std::vector<ItemIndex> candidates;
    for (const std::string_view modality : study.modalities) {
        const auto entry = body_parts_.find(joined(modality, study.body_parts.front()));
        if (entry != body_parts_.end()) {
            candidates.insert(candidates.end(), entry->second.begin(), entry->second.end());
        }
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const ItemIndex index : candidates) {
        const bool all_parts =
            std::all_of(study.body_parts.begin(), study.body_parts.end(),
                        [&](const std::string& part) { return contains(items_[index].body_parts, part); });
        if (all_parts) {
            consider(index, study.description, day, study, fits);
        }
    }
}

void ItemMatcher::by_words(const Reading& reading, Day day, const Study& study, Fits& fits) const {
    for (const ItemIndex item : reading.items()) {
        consider(item, reading, day, study, fits);
    }
}

void ItemMatcher::consider(ItemIndex index, const Reading& reading, Day day, const Study& study,
                           Fits& fits) const {
    const Item& item = items_[index];
    if (!study.modality_agrees(item)) {
        return;
    }
    if (item.contrast != Contrast::Either && (contents_of(item.contrast) & study.contents) == 0) {
        fits.other_contrast = true;
    } else if (reading.excludes(index)) {
        fits.excluded = true;
    } else if (!reading.agrees_with(index)) {
        fits.other_content = true;
    } else if (!item.in_effect(day)) {
        fits.out_of_effect = &item;
    } else {
        fits.items.push_back(&item);
    }
}

} // namespace recog::recognition
