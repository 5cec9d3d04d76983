// The institutions of the region. dicom-conf/README.md documents the JSON form.
// Immutable after parse: any thread may call any const function.
#pragma once

#include "core/base/date.hpp"
#include "core/base/result.hpp"
#include "core/recognition/item.hpp"

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace recog::recognition {

/// A period in which the institution holds passed quality control for some items, both days included.
struct QualityPeriod {
    std::vector<std::string> items; ///< codes of items, or "imaging", "laboratory", or "*"
    Day from{};
    Day to{};
    std::string assessor; ///< for a person to read
};

struct Institution {
    std::string code;
    std::string name;
    std::string tier;       ///< as in the file: 3A, 2B, 1, ...
    unsigned tier_rank = 0; ///< greater is higher; compare with second_class_a_rank
    std::string union_code; ///< 医共体; empty: none
    std::string area;       ///< administrative division (GB/T 2260), six digits; empty: not stated
    std::vector<std::string> aets;
    std::vector<std::string> issuers; ///< Issuer of Patient ID strings and universal entity IDs
    /// Term of Specific Character Set for data sets that declare none or a wrong one; empty: as they say.
    std::string default_character_set;
    std::vector<QualityPeriod> quality;

    /// Periods naming the item's code decide; without any, those of its category; without any, those of "*".
    bool quality_passed(const Item& item, Day day) const;
};

/// tier_rank of 二级甲等 (2A): from here up institutions recognise each other.
inline constexpr unsigned second_class_a_rank = 8;

class Institutions {
public:
    static constexpr std::size_t max_bytes = 8U << 20U;
    static constexpr std::size_t max_institutions = 5000;

    /// Error kind Configuration, naming the place in the file, such as institutions[2].quality[0].from.
    static Result<Institutions> parse(std::string_view json);

    const Institution* find(std::string_view code) const;
    /// AE titles match exactly, without leading and trailing blanks (PS3.5 6.2, VR AE).
    const Institution* by_aet(std::string_view aet) const;
    const Institution* by_issuer(std::string_view issuer) const;
    std::span<const Institution> all() const { return institutions_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;

    const Institution* look_up(const Index& index, std::string_view key) const;

    std::vector<Institution> institutions_;
    Index codes_;
    Index aets_;
    Index issuers_;
};

} // namespace recog::recognition
