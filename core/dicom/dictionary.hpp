// The data dictionary (PS3.6) as DCMTK holds it, behind the project's own table.
#pragma once

#include "core/dicom/tag.hpp"

#include <optional>
#include <string_view>

namespace recog::dicom {

/// VR of the data dictionary; "LO" for private creators, "UN" for unknown and private elements.
std::string_view vr_of(Tag tag);

/// The tag of a keyword, exactly as PS3.6 spells it; nullopt when there is none.
std::optional<Tag> tag_of_keyword(std::string_view keyword);

} // namespace recog::dicom
