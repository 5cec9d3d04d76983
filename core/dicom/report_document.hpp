// The document that a report object carries, or a page made from its words.
#pragma once

#include "core/dicom/instance_header.hpp"

namespace recog::dicom {

/// The bytes of Encapsulated Document (0042,0011), without the padding byte when Encapsulated Document Length
/// (0042,0015) tells of it. Errors: Malformed, NotFound (no such element).
Result<std::string> read_encapsulated_document(std::span<const std::byte> file);

/// A small page of HTML (UTF-8, no scripts, nothing fetched) with title, status, date and the words of an SR.
std::string report_page(const ReportHeader& report);

} // namespace recog::dicom
