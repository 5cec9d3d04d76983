// The part of IndexReader that reads identifiers, reports and counts.
#include "core/index/index_reader.hpp"

#include "core/index/person_summary.hpp"
#include "core/index/stored_instance.hpp"

#include <algorithm>
#include <set>

namespace recog::index {

namespace {

/// Persons that hold a number; 0 among them says that an identifier is in conflict.
using Candidates = std::set<std::int64_t>;

bool is_card_domain(const identity::ReadingOrder& order, std::string_view domain) {
    for (const identity::ReadingStage& stage : order) {
        for (const identity::Identifier& identifier : stage.identifiers) {
            if (identifier.domain == domain) {
                return true;
            }
        }
    }
    return false;
}

} // namespace

Result<PersonFound> IndexReader::find_person(const identity::ReadingOrder& order,
                                             std::string_view own_institution) {
    const std::string own_domain =
        own_institution.empty() ? std::string() : identity::local_domain(own_institution);
    for (const identity::ReadingStage& stage : order) {
        Candidates found;
        std::string domain_found;
        for (const identity::Identifier& identifier : stage.identifiers) {
            Rows rows =
                connection_.query("SELECT i.person_id FROM identifier i JOIN domain d"
                                  " ON d.id = i.domain_id WHERE i.value = ? AND d.name = ?",
                                  std::string_view(identifier.value), std::string_view(identifier.domain));
            if (rows.next()) {
                found.insert(rows.integer(0));
                domain_found = identifier.domain;
            }
        }
        if (stage.elsewhere) {
            Rows rows = connection_.query("SELECT i.person_id, d.name FROM identifier i JOIN domain d"
                                          " ON d.id = i.domain_id WHERE i.value = ?",
                                          std::string_view(stage.value));
            while (rows.next()) {
                const std::string_view domain = rows.text(1);
                if (domain != own_domain && !is_card_domain(order, domain)) {
                    found.insert(rows.integer(0));
                    domain_found = domain;
                }
            }
        }
        if (const Status read = connection_.take_failure(); !read) {
            return read.failure();
        }
        if (found.size() == 1 && *found.begin() != 0) {
            return PersonFound{PersonFound::Outcome::One, *found.begin(), domain_found};
        }
        if (!found.empty()) {
            return PersonFound{PersonFound::Outcome::Ambiguous, 0, {}};
        }
    }
    return PersonFound{};
}

std::vector<IdentifierRow> IndexReader::identifiers_of(std::int64_t person, std::size_t limit) {
    if (summarised_identifiers_ != nullptr && summarised_person_ == person &&
        limit <= kMostSummarisedIdentifiers) {
        const auto end = std::min(limit, summarised_identifiers_->size());
        return {summarised_identifiers_->begin(),
                summarised_identifiers_->begin() + static_cast<std::ptrdiff_t>(end)};
    }
    std::vector<IdentifierRow> identifiers;
    // The records of a person share most of their identifiers: each of these is read once.
    Rows rows = connection_.query("SELECT d.name, i.value, i.weak FROM identifier i CROSS JOIN domain d"
                                  " WHERE i.id IN (SELECT ri.identifier_id FROM patient_record p"
                                  "  CROSS JOIN record_identifier ri"
                                  "  WHERE p.person_id = ? AND ri.record_id = p.id)"
                                  " AND d.id = i.domain_id ORDER BY d.name, i.value LIMIT ?",
                                  person, static_cast<std::int64_t>(limit));
    while (rows.next()) {
        identifiers.push_back(
            IdentifierRow{std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2) != 0});
    }
    return identifiers;
}

std::vector<ConflictRow> IndexReader::conflicts(std::int64_t after, std::size_t limit) {
    std::vector<ConflictRow> conflicts;
    Rows rows =
        connection_.query("SELECT i.id, d.name, i.value,"
                          " (SELECT count(DISTINCT p.person_id) FROM record_identifier ri"
                          "  JOIN patient_record p ON p.id = ri.record_id WHERE ri.identifier_id = i.id),"
                          " (SELECT count(*) FROM record_identifier ri WHERE ri.identifier_id = i.id)"
                          " FROM identifier i JOIN domain d ON d.id = i.domain_id"
                          " WHERE i.person_id = 0 AND i.weak = 0 AND i.id > ? ORDER BY i.id LIMIT ?",
                          after, static_cast<std::int64_t>(limit));
    while (rows.next()) {
        conflicts.push_back(ConflictRow{rows.integer(0), std::string(rows.text(1)), std::string(rows.text(2)),
                                        rows.integer(3), rows.integer(4)});
    }
    return conflicts;
}

namespace {

constexpr const char* kReportSelect =
    "SELECT p.uid, x.orthanc_id, p.status, p.title, p.report_date, p.report_time, p.mime_type, p.content,"
    " st.id FROM report p JOIN instance x ON x.id = p.instance_id JOIN study st ON st.id = p.study_id";

/// Newest first, and never by arrival.
constexpr const char* kReportOrder = " ORDER BY p.report_date DESC, p.report_time DESC, p.uid, x.orthanc_id";

ReportRow read_report(Rows& rows) {
    ReportRow row;
    row.id = rows.text(0);
    row.orthanc_id = unpack_orthanc_id(rows.blob(1));
    row.header.status = static_cast<dicom::ReportStatus>(rows.integer(2));
    row.header.title = rows.text(3);
    row.header.date = rows.text(4);
    row.header.time = rows.text(5);
    row.header.mime_type = rows.text(6);
    row.header.text = rows.text(7);
    row.study.id = rows.integer(8);
    return row;
}

} // namespace

Status IndexReader::reports_of(std::int64_t person, const std::function<bool(ReportRow&)>& sink) {
    Selection selection;
    selection.person = person;
    const Status read = studies(selection, [&](Row& study) {
        Rows rows = connection_.query(std::string(kReportSelect) + " WHERE p.study_id = ?" + kReportOrder,
                                      study.study.id);
        while (rows.next()) {
            ReportRow row = read_report(rows);
            row.study = study.study;
            if (!sink(row)) {
                return false;
            }
        }
        return true;
    });
    return read;
}

Status IndexReader::report(std::string_view id, const std::function<bool(ReportRow&)>& sink) {
    std::vector<ReportRow> found;
    {
        Rows rows = connection_.query(std::string(kReportSelect) + " WHERE p.uid = ?" + kReportOrder, id);
        while (rows.next()) {
            found.push_back(read_report(rows));
        }
    }
    for (ReportRow& row : found) {
        row.study.person = connection_.integer(0, "SELECT person_id FROM study WHERE id = ?", row.study.id);
        if (!sink(row)) {
            break;
        }
    }
    return connection_.take_failure();
}

Result<std::vector<std::string>> IndexReader::instance_ids(std::string_view after, std::size_t limit) {
    std::vector<std::string> ids;
    const std::string packed = pack_orthanc_id(after);
    Rows rows = connection_.query("SELECT orthanc_id FROM instance WHERE orthanc_id > ?"
                                  " UNION SELECT orthanc_id FROM unreadable WHERE orthanc_id > ?"
                                  " ORDER BY orthanc_id LIMIT ?",
                                  Blob{packed}, Blob{packed}, static_cast<std::int64_t>(limit));
    while (rows.next()) {
        ids.push_back(unpack_orthanc_id(rows.blob(0)));
    }
    if (const Status read = connection_.take_failure(); !read) {
        return read.failure();
    }
    return ids;
}

bool IndexReader::holds(std::string_view orthanc_id) {
    const std::string packed = pack_orthanc_id(orthanc_id);
    return connection_.integer(0, "SELECT 1 FROM instance WHERE orthanc_id = ?", Blob{packed}) != 0 ||
           connection_.integer(0, "SELECT 1 FROM unreadable WHERE orthanc_id = ?", Blob{packed}) != 0;
}

Result<IndexCounts> IndexReader::counts() {
    IndexCounts counts;
    const auto count = [this](const char* sql) { return connection_.integer(0, sql); };
    counts.persons = count("SELECT count(DISTINCT person_id) FROM patient_record");
    counts.records = count("SELECT count(*) FROM patient_record");
    counts.identifiers = count("SELECT count(*) FROM identifier");
    counts.conflicts = count("SELECT count(*) FROM identifier WHERE person_id = 0 AND weak = 0");
    counts.studies = count("SELECT count(*) FROM study");
    counts.series = count("SELECT count(*) FROM series");
    counts.instances = count("SELECT count(*) FROM instance");
    counts.unreadable = count("SELECT count(*) FROM unreadable");
    counts.reports = count("SELECT count(*) FROM report");
    if (const Status read = connection_.take_failure(); !read) {
        return read.failure();
    }
    return counts;
}

} // namespace recog::index
