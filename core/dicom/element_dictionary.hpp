// The data dictionary (PS3.6) and the private dictionaries that DCMTK holds, copied once into tables that any
// number of threads read without a lock: an implicit VR is looked up for every element of every file.
#pragma once

#include "core/dicom/tag.hpp"

#include <string_view>

namespace recog::dicom {

struct DictionaryElement {
    /// A VR of PS3.5 6.2, or "xs" for one that Pixel Representation decides (US or SS).
    std::string_view vr;
    std::string_view keyword; ///< of PS3.6; empty for private elements and what PS3.6 never had
};

/// nullptr for what PS3.6 does not list, and for private elements. Lives as long as the program.
const DictionaryElement* find_public_element(Tag tag);

/// The elements of one private creator. Safe from any thread.
class PrivateElements;

/// nullptr for creators nobody knows. `creator` without padding.
const PrivateElements* find_private_creator(std::string_view creator);

/// The VR of (gggg,xxee) in a block of this creator; "UN" when it is not known.
std::string_view private_vr(const PrivateElements* elements, Tag tag);

} // namespace recog::dicom
