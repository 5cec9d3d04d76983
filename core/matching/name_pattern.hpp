// Matching of one value of VR PN (PS3.4 C.2.2.2.1, C.2.2.2.4, and fuzzy semantic matching).
//
// Literal: letters compare without case, width and diacritics; '^' and spaces are the same, and several are
// one.
//   Groups with ideographs compare without anything that separates: 王^小东 is 王小东. A key without '=' may
//   match any group. Of a key with several groups one must match, and none may contradict the group in the
//   same script.
// Fuzzy, besides: a group is read as spoken parts in fuzzy spelling (dicom::spoken_parts,
// dicom::fuzzy_spelling).
//   A key without wild cards matches when it sounds like parts that follow one another, going round from the
//   last to the first: "wang", "xiaodong wang", "Wang Xiao-Dong" for 王^小东. A key with wild cards is
//   matched against every rotation. Ideographs are compared by sound only with names that have none. Tones of
//   the key count for nothing, as marks and as digits ("wang2 xiao3dong1"), and "lu:" is lü; the parts of a
//   key may come in any rotation too, for names that are stored without separators.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/person_name.hpp"
#include "core/matching/text_pattern.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::matching {

/// Immutable; safe from any thread.
class NamePattern {
public:
    /// `key`: one value. BadRequest beyond TextPattern's limits.
    static Result<NamePattern> compile(std::string_view key, bool fuzzy);

    /// No group restricts anything.
    bool matches_all() const { return groups_.empty(); }
    /// `value`: one value of the attribute.
    bool matches(std::string_view value) const;
    /// Look-ups of which at least one finds each name that matches; empty when there are none such.
    std::vector<dicom::NameLookup> lookups() const;

private:
    struct Group {
        bool ideographs = false;
        bool wild = false;
        TextPattern literal;             ///< on literal_form() of a stored group
        TextPattern trailing;            ///< the same for a stored group whose components end early: "wang^*"
        std::vector<TextPattern> spoken; ///< fuzzy with wild cards: on rotations, in fuzzy spelling
        std::vector<std::string> sounds; ///< fuzzy without: compared with runs of parts
        std::vector<dicom::NameLookup> lookups;
    };
    static Result<Group> compile_group(std::string_view text, bool fuzzy);
    static Status add_sounds(Group& group, std::string_view text);
    static bool matches_group(const Group& group, std::string_view stored, bool name_has_ideographs,
                              bool fuzzy);
    static bool sounds_like(const Group& group, std::string_view stored);

    std::vector<Group> groups_;
    bool fuzzy_ = false;
};

} // namespace recog::matching
