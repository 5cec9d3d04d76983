#include "core/recognition/verdict.hpp"

namespace recog::recognition {

std::string_view to_string(VerdictCode code) {
    switch (code) {
    case VerdictCode::Recognised:
        return "RECOGNISED";
    case VerdictCode::Expired:
        return "EXPIRED";
    case VerdictCode::OutOfScope:
        return "OUT_OF_SCOPE";
    case VerdictCode::NotListed:
        return "NOT_LISTED";
    case VerdictCode::QualityLapsed:
        return "QUALITY_LAPSED";
    case VerdictCode::ReportPending:
        return "REPORT_PENDING";
    case VerdictCode::Incomplete:
        return "INCOMPLETE";
    case VerdictCode::ConsentNeeded:
        return "CONSENT_NEEDED";
    }
    return "NOT_LISTED";
}

std::string_view to_string(ReportStatus status) {
    switch (status) {
    case ReportStatus::None:
        return "NONE";
    case ReportStatus::Preliminary:
        return "PRELIMINARY";
    case ReportStatus::Final:
        return "FINAL";
    case ReportStatus::Amended:
        return "AMENDED";
    }
    return "NONE";
}

} // namespace recog::recognition
