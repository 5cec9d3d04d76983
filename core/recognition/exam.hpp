// What the rules need to know of one study, and who asks. All text is UTF-8. Plain data.
#pragma once

#include <string>
#include <vector>

namespace recog::recognition {

/// One item of Procedure Code Sequence (0008,1032): Code Value, Coding Scheme Designator, Code Meaning.
struct ProcedureCode {
    std::string code;
    std::string scheme;
    std::string meaning;
};

/// Of the best report that the study has, as in (0B01,xx0B) of the private dictionary.
enum class ReportStatus { None, Preliminary, Final, Amended };

struct Exam {
    std::vector<ProcedureCode> procedure_codes;
    /// Every modality of the study, as in Modalities in Study: SR, DOC and PR may stand among them.
    std::vector<std::string> modalities;
    /// Body Part Examined (0018,0015) of the series.
    std::vector<std::string> body_parts;
    std::string study_description;
    /// Series Description and Protocol Name of the series, in any order.
    std::vector<std::string> series_descriptions;
    /// Contrast/Bolus Agent (0018,0010) names an agent in at least one series. "NONE" and "NO" name none.
    bool contrast_agent = false;
    /// DA: eight digits; empty when the study states none.
    std::string study_date;
    /// Code of the issuing institution; empty when it is not known.
    std::string institution;
    bool has_images = false;
    ReportStatus report_status = ReportStatus::None;
    bool consent_missing = false;
    /// How often the study has been recognised so far; handed through to the verdict.
    unsigned recognised_count = 0;
};

struct Asker {
    /// Code of the institution that asks; empty when it is not known.
    std::string institution;
};

} // namespace recog::recognition
