// Reports as Basic Text SR and as Encapsulated PDF.
#pragma once

#include "testdata/generator/module_writers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace recog::generator {

/// One report of a study. `number` counts the reports of the study from 1.
struct Report {
    PlannedReport plan;
    int number = 1;
    /// What the report was made from; empty when it has no images.
    std::vector<ObjectReference> evidence;
    /// The report that this one amends.
    std::optional<ObjectReference> predecessor;
};

/// Basic Text SR: findings and impression. COMPLETE, VERIFIED and FINAL with a verifying observer, or
/// PARTIAL, UNVERIFIED and PRELIMINARY.
ObjectReference write_text_report(DcmFileFormat& file, const Study& study, const Report& report);
/// Encapsulated PDF of one A4 page.
ObjectReference write_pdf_report(DcmFileFormat& file, const Study& study, const Report& report);

} // namespace recog::generator
