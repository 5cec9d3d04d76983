// One item of mutual recognition (互认项目) as the catalogue defines it, and the scope it is recognised in.
#pragma once

#include "core/base/date.hpp"

#include <string>
#include <vector>

namespace recog::recognition {

enum class Category { Imaging, Laboratory };

/// 平扫, 增强 and 平扫+增强 are three contents: one is never recognised as another.
enum class Contrast { Plain, Enhanced, PlainAndEnhanced, Either };

enum class Requirement { Images, Report, Both };

/// Which institutions recognise a result: every one; those of the area by their tiers; those of the union.
enum class ScopeRule { National, Region, Union };

struct Scope {
    std::string code;
    std::string mark; ///< printed on the result: 全国HR, 浙HR, ...
    ScopeRule rule = ScopeRule::Region;
    /// Administrative division (GB/T 2260) that both institutions must lie in, by prefix; empty: anywhere.
    std::string area;
};

struct ItemCode {
    std::string code;
    std::string scheme;
};

/// Each keyword is one or more terms with blanks between; every term must occur, in any order.
struct Keywords {
    std::vector<std::string> chinese;
    std::vector<std::string> english;
    std::vector<std::string> excluded; ///< one of these in a description, and the study is not this item
};

struct Item {
    std::string code;
    std::string name;
    std::string english_name;
    Category category = Category::Imaging;
    std::vector<std::string> modalities; ///< alternatives, such as DX and CR; empty for laboratory items
    std::vector<std::string> companions; ///< may stand beside them: CT beside PT
    std::vector<std::string> body_parts; ///< alternatives; empty: never found by body part
    Contrast contrast = Contrast::Either;
    unsigned window_days = 0; ///< 0: recognised on the day of the study only
    Scope scope;
    std::string fee; ///< DS, in yuan
    Requirement requirement = Requirement::Both;
    Day effective_from{};
    Day effective_to{}; ///< last day of effect
    std::vector<ItemCode> procedure_codes;
    Keywords keywords;
    std::string exceptions; ///< for a person to read

    bool in_effect(Day day) const { return effective_from <= day && day <= effective_to; }
};

} // namespace recog::recognition
