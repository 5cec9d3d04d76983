// What the node wants to know of one stored instance, read from everything before its pixel data, in UTF-8.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/attribute_set.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace recog::dicom {

/// One identifier of the patient as it stands in the data set: Patient ID with its issuer, or an item of
/// Other Patient IDs Sequence (PS3.3 C.7.1.1, table 10-18 for the qualifiers).
struct PatientIdentifier {
    std::string value;
    std::string issuer;              ///< Issuer of Patient ID (0010,0021)
    std::string universal_entity_id; ///< (0040,0032) of the Issuer of Patient ID Qualifiers Sequence
    std::string type_code;           ///< Identifier Type Code (0040,0035), HL7 table 0203
    bool operator==(const PatientIdentifier&) const = default;
};

enum class ReportStatus { None, Preliminary, Final, Amended };

/// PS3.3 C.17.2 (SR Document General) and C.24.2 (Encapsulated Document).
struct ReportHeader {
    ReportStatus status = ReportStatus::None;
    std::string title;
    std::string date;      ///< Content Date, DA
    std::string time;      ///< Content Time, TM
    std::string mime_type; ///< application/dicom for an SR
    std::string text;      ///< the words of an SR, a line an item; empty for an encapsulated document
};

struct InstanceHeader {
    AttributeSet patient;
    AttributeSet study;
    AttributeSet series;
    AttributeSet instance; ///< with the transfer syntax as Available Transfer Syntax UID (0008,3002)
    std::vector<PatientIdentifier> identifiers; ///< Patient ID first when it is not empty
    bool has_patient_id = false;                ///< identifiers[0] is Patient ID
    bool image = false;                         ///< has rows and columns of pixels
    std::optional<ReportHeader> report;
};

/// Chooses the character set of data sets that declare none or a wrong one, by Issuer of Patient ID.
using DefaultCharacterSet = std::function<std::string(std::string_view issuer)>;

inline constexpr std::size_t kMaxIdentifiersPerInstance = 64;
inline constexpr std::size_t kMaxValueBytes = 16 * 1024; ///< of one attribute; the rest is cut off
inline constexpr std::size_t kMaxReportTextBytes = 64 * 1024;

/// `file` is a Part 10 file; it is not kept. Fails with Malformed when it cannot be parsed up to its pixel
/// data or has no Study, Series or SOP Instance UID.
Result<InstanceHeader> read_instance_header(std::span<const std::byte> file,
                                            const DefaultCharacterSet& default_character_set);

} // namespace recog::dicom
