// What a reader of reports sees of a Structured Report or an Encapsulated Document.
#pragma once

#include "core/dicom/instance_header.hpp"

#include <functional>
#include <optional>

class DcmItem;

namespace recog::dicom {

using TextDecoder = std::function<std::string(std::string_view raw, std::string_view vr)>;

/// True for the storage classes whose objects are reports for people: Basic Text, Enhanced, Comprehensive and
/// Comprehensive 3D SR, Encapsulated PDF and CDA (PS3.4 B.5). Dose reports, key objects, measurements and CAD
/// results are not.
bool is_report_class(std::string_view sop_class_uid);

/// nullopt for objects that are no report. Never fails: what is missing stays empty.
std::optional<ReportHeader> read_report(DcmItem& dataset, const TextDecoder& decode);

/// The same for any Structured Report, measurements and dose reports too: title, date and words. Never fails.
ReportHeader read_structured_report(DcmItem& dataset, const TextDecoder& decode);

} // namespace recog::dicom
