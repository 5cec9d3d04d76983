// The one table of attributes that the node indexes, matches on and answers with, each at its level of the
// query/retrieve information model (PS3.4 C.6) and with its VR and keyword of PS3.6.
#pragma once

#include "core/dicom/tag.hpp"

#include <span>
#include <string_view>

namespace recog::dicom {

enum class Level { Patient, Study, Series, Instance };

struct IndexedAttribute {
    Tag tag;
    std::string_view vr;
    std::string_view keyword;
    Level level;
    /// Computed from the rows of the index (counts, modalities in study), never read from one instance.
    bool computed = false;
};

/// Sorted by tag.
std::span<const IndexedAttribute> indexed_attributes();

/// nullptr when the node does not index the attribute.
const IndexedAttribute* find_indexed(Tag tag);

} // namespace recog::dicom
