// Person names (PS3.5 6.2.1): groups alphabetic=ideographic=phonetic, each of the components
// family^given^middle^prefix^suffix; how they are compared, and the keys under which an index files them.
// All functions are pure and safe from any thread; text is UTF-8.
#pragma once

#include "core/dicom/pinyin.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// One value of VR PN. Views into the text it was read from.
struct PersonName {
    static constexpr std::size_t kGroups = 3;
    static constexpr std::size_t kComponents = 5;
    using Group = std::array<std::string_view, kComponents>;

    std::array<std::string_view, kGroups> groups; ///< padding stripped; further groups are ignored
    std::array<Group, kGroups> components;        ///< padding stripped; further components are ignored

    static PersonName parse(std::string_view value);
    bool empty() const;
};

/// For comparison: NFKC, width and case folded, Latin letters without diacritics (also ł ø đ ß æ œ), runs of
/// spaces to one, padding and trailing empty components dropped. '^', '*' and '?' stay.
std::string fold_name_group(std::string_view group);

/// Folded, and without what separates: '^', spaces, hyphens, apostrophes, dots and commas.
/// "Wang^Xiao-Dong" -> "wangxiaodong", "王^小东" -> "王小东".
std::string compact_name(std::string_view group);

/// Whether the text holds a Han ideograph.
bool has_ideographs(std::string_view text);

/// The family, given and middle name as spoken, folded and split at all that separates them: the group's own
/// letters, or pinyin for a group with ideographs, "王小东" -> {"wang", "xiaodong"}; at most kMaxReadings
/// ways. A family name with a reading of its own (曾 zeng, 单 shan, 尉迟 yuchi) is read so. Empty for an
/// empty group.
std::vector<SpokenParts> spoken_parts(std::string_view group);

/// Spelling folded for fuzzy comparison, of compact text: zh ch sh -> z c s, ng -> n, lv lyu -> lu, nv nyu ->
/// nu.
std::string fuzzy_spelling(std::string_view compact);

inline constexpr std::size_t kMaxNameKeyBytes = 256;
inline constexpr std::size_t kMaxNameValues = 16;

/// At most kMaxNameKeyBytes, between characters: keys and what is looked up among them are cut the same way.
std::string cut_name_key(std::string_view key);

/// A look-up among name keys.
struct NameLookup {
    std::string text;
    bool prefix = false; ///< keys that begin with `text`, else keys equal to it
    friend bool operator==(const NameLookup&, const NameLookup&) = default;
};

/// The keys under which an index files one PN element (several values by '\'), sorted, each once:
///   plain keys   compact_name() of every group: "wangxiaodong", "王小东"
///   fuzzy keys   '~', then fuzzy_spelling() of every group in Latin letters and of the pinyin of every group
///                in ideographs, once for each rotation of its parts: "~wanxiaodon", "~xiaodonwan"
/// Bounded: at most 75 keys a value, and kMaxNameValues values; further ones are left out, here and
/// in matching.
std::vector<std::string> name_keys(std::string_view value);

} // namespace recog::dicom
