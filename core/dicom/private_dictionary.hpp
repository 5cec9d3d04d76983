// The private elements of this project (PS3.5 7.8): creator "RECOGNITION 1.0", group 0B01. dicom-conf holds
// the same table for people and for DCMTK's tools.
#pragma once

#include "core/dicom/tag.hpp"

#include <array>
#include <string_view>

namespace recog::dicom::recognition_dictionary {

inline constexpr std::string_view creator = "RECOGNITION 1.0";
inline constexpr std::uint16_t group = 0x0B01;
/// The block that answers reserve: (0B01,0010) holds the creator.
inline constexpr Tag creator_tag{group, 0x0010};

struct Element {
    std::uint16_t number; ///< xx in (0B01,10xx)
    std::string_view vr;
    std::string_view keyword;
    unsigned most_values;

    constexpr Tag tag() const { return Tag{group, static_cast<std::uint16_t>(0x1000 | number)}; }
};

inline constexpr std::array elements{
    Element{0x01, "CS", "RecognitionVerdict", 1},     Element{0x02, "LO", "RecognitionItemCode", 1},
    Element{0x03, "LO", "RecognitionItemName", 1},    Element{0x04, "LO", "RecognitionMark", 1},
    Element{0x05, "DA", "RecognitionLastDay", 1},     Element{0x06, "LO", "IssuingInstitutionCode", 1},
    Element{0x07, "LO", "IssuingInstitutionName", 1}, Element{0x08, "LT", "RecognitionReason", 1},
    Element{0x09, "DS", "RecognitionFeeSaved", 1},    Element{0x0A, "LO", "ReportIdentifiers", 0},
    Element{0x0B, "CS", "ReportStatus", 1},           Element{0x0C, "IS", "RecognitionCount", 1}};

} // namespace recog::dicom::recognition_dictionary
