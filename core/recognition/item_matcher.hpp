// From a study to its item, by indexes made once from the catalogue. Internal to this floor.
// Immutable after construction: any thread may call match().
//
// 1. A procedure code of the catalogue decides; modality, contrast and exclusions must not contradict it.
// 2. Modality and body part: every image modality and every body part of the study must be the item's, and
// what
//    the description says must agree (see Reading::agrees_with): 颈椎 is not 颈, 胸部 with 引导 no plain
//    chest CT.
// 3. Words of the study description, else of the code meanings, else of all series together.
// One item must be left over at the step that decides; two are none.
#pragma once

#include "core/recognition/catalogue.hpp"
#include "core/recognition/description_reader.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace recog::recognition {

class ItemMatcher {
public:
    /// What comes after these is not looked at.
    static constexpr std::size_t max_procedure_codes = 64;
    static constexpr std::size_t max_body_parts = 64;
    static constexpr std::size_t max_series_texts = 512;

    /// `items` must outlive this and stay where they are.
    ItemMatcher(std::span<const Item> items, const std::vector<std::string>& distinguishing_words);

    Match match(const Exam& exam, Day day) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Index = std::unordered_map<std::string, std::vector<ItemIndex>, Hash, std::equal_to<>>;
    struct Study;
    struct Fits;

    Reading read_series(const Exam& exam) const;
    Reading read_description(const Exam& exam) const;
    Study study_of(const Exam& exam) const;
    void read_contents(const Exam& exam, Study& study) const;
    std::optional<Match> by_code(const Exam& exam, Day day, const Study& study) const;
    void by_body_part(const Exam& exam, Day day, const Study& study, Fits& fits) const;
    void by_words(const Reading& reading, Day day, const Study& study, Fits& fits) const;
    void consider(ItemIndex index, const Reading& reading, Day day, const Study& study, Fits& fits) const;

    std::span<const Item> items_;
    DescriptionReader reader_;
    Index codes_;      ///< scheme, border, code
    Index body_parts_; ///< modality, border, body part
};

} // namespace recog::recognition
