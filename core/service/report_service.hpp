// Reports by any card of their patient, and their documents.
#pragma once

#include "core/service/archive.hpp"
#include "core/service/prior_service.hpp"

namespace recog::service {

struct Report {
    std::string id; ///< SOP Instance UID
    std::string study_uid;
    std::string study_description;
    std::string study_date;
    std::string institution_code;
    std::string institution_name;
    recognition::Verdict verdict; ///< with the study's item
    dicom::ReportHeader header;
};

struct ReportDocument {
    std::string mime_type;
    std::string bytes;
};

/// Any thread may call any function.
class ReportService {
public:
    ReportService(const PriorService& priors, Archive& archive) : priors_(priors), archive_(archive) {}

    /// Newest study first. Empty when nobody has the number. Errors: BadRequest (no card), Ambiguous,
    /// Unavailable, Storage.
    Result<std::vector<Report>> by_card(const std::string& card, const std::string& issuer,
                                        const Asker& asker) const;

    /// The PDF or CDA of an encapsulated document; an SR as a page of HTML. Errors: NotFound, Ambiguous (the
    /// identifier is held by several persons), Unavailable, Storage, Malformed.
    Result<ReportDocument> document(const std::string& id) const;

private:
    const PriorService& priors_;
    Archive& archive_;
};

} // namespace recog::service
