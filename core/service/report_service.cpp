#include "core/service/report_service.hpp"

#include "core/dicom/report_document.hpp"

#include <set>

namespace recog::service {

namespace tags = dicom::tags;

namespace {

Report report_of(const PriorService& priors, index::ReportRow& row, const Asker& asker) {
    Report report;
    report.id = row.id;
    report.study_uid = row.study.uid;
    report.study_description = row.study.attributes.get(tags::StudyDescription);
    report.study_date = row.study.attributes.get(tags::StudyDate);
    report.verdict = priors.judge(row.study, row.study.attributes, asker);
    report.institution_code = row.study.institution;
    report.institution_name = report.verdict.institution_name;
    report.header = std::move(row.header);
    return report;
}

} // namespace

Result<std::vector<Report>> ReportService::by_card(const std::string& card, const std::string& issuer,
                                                   const Asker& asker) const {
    if (card.empty() || card.find_first_of("*?") != std::string::npos) {
        return error(ErrorKind::BadRequest,
                     "one number of the patient, without wild cards, must be given as 'card'");
    }
    auto question = priors_.open({card, issuer}, asker, index::ReaderPool::Use::Short);
    if (!question) {
        return question.failure();
    }
    const index::PersonFound& found = (*question)->patient.found;
    if (found.outcome == index::PersonFound::Outcome::Ambiguous) {
        return error(ErrorKind::Ambiguous, "the number belongs to more than one person; name its issuer");
    }
    std::vector<Report> reports;
    if (found.outcome == index::PersonFound::Outcome::Nobody) {
        return reports;
    }
    std::set<std::string> seen;
    const Status read = (*question)->reader().reports_of(found.person, [&](index::ReportRow& row) {
        if (seen.insert(row.id).second) {
            reports.push_back(report_of(priors_, row, asker));
        }
        return reports.size() < 10'000;
    });
    if (!read) {
        return read.failure();
    }
    return reports;
}

Result<ReportDocument> ReportService::document(const std::string& id) const {
    std::vector<index::ReportRow> found;
    std::set<std::int64_t> persons;
    {
        auto question = priors_.open({}, {}, index::ReaderPool::Use::Short);
        if (!question) {
            return question.failure();
        }
        const Status read = (*question)->reader().report(id, [&](index::ReportRow& row) {
            persons.insert(row.study.person);
            found.push_back(std::move(row));
            return true;
        });
        if (!read) {
            return read.failure();
        }
    }
    if (found.empty()) {
        return error(ErrorKind::NotFound, "there is no report with this identifier");
    }
    if (persons.size() > 1) {
        return error(ErrorKind::Ambiguous, "the report's identifier is held by more than one person");
    }
    const auto file = archive_.open(found.front().orthanc_id);
    if (!file) {
        return file.failure();
    }
    if (found.front().header.mime_type == "application/dicom") {
        return ReportDocument{"text/html; charset=utf-8", dicom::report_page(found.front().header)};
    }
    auto bytes = dicom::read_encapsulated_document((*file)->bytes());
    if (!bytes) {
        return bytes.failure();
    }
    return ReportDocument{found.front().header.mime_type, *std::move(bytes)};
}

} // namespace recog::service
