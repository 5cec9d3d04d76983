// The versioned catalogue of items, and the way from a study to its item. dicom-conf/README.md documents the
// JSON form. Immutable after parse: any thread may call any const function.
#pragma once

#include "core/base/date.hpp"
#include "core/base/result.hpp"
#include "core/recognition/exam.hpp"
#include "core/recognition/item.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::recognition {

class ItemMatcher;

enum class MatchBasis { None, ProcedureCode, BodyPart, Keywords };

struct Match {
    const Item* item = nullptr; ///< lives as long as the catalogue
    MatchBasis basis = MatchBasis::None;
    std::string why_not; ///< one Chinese sentence when there is no item
};

class Catalogue {
public:
    static constexpr std::size_t max_bytes = 8U << 20U;
    static constexpr std::size_t max_items = 5000;

    /// Error kind Configuration, naming the place in the file, such as items[12].window_days.
    static Result<Catalogue> parse(std::string_view json);

    Catalogue(Catalogue&&) noexcept;
    Catalogue& operator=(Catalogue&&) noexcept;
    ~Catalogue();

    /// The version of the item that is in effect on `day`, or nullptr.
    const Item* find(std::string_view code, Day day) const;

    /// By procedure code, then modality and body part, then keywords of the descriptions, among the items in
    /// effect on `day`. Two items that fit equally well give none. The order of lists in `exam` is
    /// irrelevant.
    Match match(const Exam& exam, Day day) const;

    std::span<const Item> items() const { return items_; }
    const std::string& name() const { return name_; }
    const std::string& version() const { return version_; }

private:
    Catalogue();

    std::string name_;
    std::string version_;
    std::vector<Item> items_; ///< sorted by code and first day of effect
    std::unique_ptr<const ItemMatcher> matcher_;
};

} // namespace recog::recognition
