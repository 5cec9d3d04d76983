#include "core/index/study_summary.hpp"

#include "core/dicom/attribute_set.hpp"
#include "core/dicom/instance_header.hpp"

#include <set>
#include <string>

namespace recog::index {

namespace tags = dicom::tags;
using dicom::AttributeSet;

namespace {

constexpr std::size_t kMaxListBytes = 16 * 1024;

void merge_filled(AttributeSet& into, std::string_view stored) {
    const auto said = AttributeSet::decode(stored);
    if (!said) {
        return;
    }
    for (const auto& entry : said->entries()) {
        const std::string* present = into.find(entry.tag);
        if (present == nullptr || present->empty()) {
            into.set(entry.tag, entry.value);
        }
    }
}

std::string join(const std::set<std::string>& values) {
    std::string text;
    for (const std::string& value : values) {
        if (text.size() + value.size() + 1 > kMaxListBytes) {
            break;
        }
        text += text.empty() ? value : '\\' + value;
    }
    return text;
}

/// As ranges of days are looked up. ACR-NEMA wrote 1996.08.27, which matching reads too.
std::string date_column(std::string_view date) {
    std::string digits(date);
    if (digits.size() == 10 && digits[4] == '.' && digits[7] == '.') {
        digits.erase(7, 1).erase(4, 1);
    }
    return digits;
}

/// Facts about all series of a study, as lists under the tags they come from.
struct SeriesFacts {
    std::set<std::string> modalities;
    std::set<std::string> body_parts;
    std::set<std::string> descriptions;
    std::set<std::string> contrast_agents;
    std::set<std::string> sop_classes;
    bool images = false;
    std::int64_t series_count = 0;

    void add(const AttributeSet& series) {
        const auto keep = [&series](std::set<std::string>& values, dicom::Tag tag) {
            if (const auto value = series.get(tag); !value.empty()) {
                values.emplace(value);
            }
        };
        keep(modalities, tags::Modality);
        keep(body_parts, tags::BodyPartExamined);
        keep(descriptions, tags::SeriesDescription);
        keep(descriptions, tags::ProtocolName);
        keep(contrast_agents, tags::ContrastBolusAgent);
    }

    AttributeSet as_attributes() const {
        AttributeSet exam;
        exam.set(tags::ModalitiesInStudy, join(modalities));
        exam.set(tags::BodyPartExamined, join(body_parts));
        exam.set(tags::SeriesDescription, join(descriptions));
        exam.set(tags::ContrastBolusAgent, join(contrast_agents));
        exam.set(tags::SOPClassesInStudy, join(sop_classes));
        return exam;
    }
};

SeriesFacts series_facts(Connection& connection, std::int64_t study) {
    SeriesFacts facts;
    Rows series = connection.query("SELECT attributes FROM series WHERE study_id = ?", study);
    while (series.next()) {
        ++facts.series_count;
        if (const auto attributes = AttributeSet::decode(series.blob(0))) {
            facts.add(*attributes);
        }
    }
    Rows headers = connection.query("SELECT h.sop_class, h.images FROM series_header h"
                                    " JOIN series s ON s.id = h.series_id WHERE s.study_id = ?",
                                    study);
    while (headers.next()) {
        facts.sop_classes.emplace(headers.text(0));
        facts.images = facts.images || headers.integer(1) != 0;
    }
    return facts;
}

struct Reports {
    std::int64_t status = 0;
    std::string ids;
};

/// ReportStatus is ordered so that the greater one says more: an amended report stands for the final one.
Reports reports_of(Connection& connection, std::int64_t study) {
    Reports reports;
    std::set<std::string> ids;
    Rows rows = connection.query("SELECT status, uid FROM report WHERE study_id = ?", study);
    while (rows.next()) {
        reports.status = std::max(reports.status, rows.integer(0));
        ids.emplace(rows.text(1));
    }
    reports.ids = join(ids);
    return reports;
}

} // namespace

void summarise_series(Connection& connection, std::int64_t series) {
    AttributeSet merged;
    Rows headers = connection.query("SELECT attributes FROM series_header WHERE series_id = ?"
                                    " ORDER BY images DESC, fingerprint",
                                    series);
    while (headers.next()) {
        merge_filled(merged, headers.blob(0));
    }
    connection.run("UPDATE series SET attributes = ? WHERE id = ?", Blob{merged.encode()}, series);
}

void summarise_study(Connection& connection, std::int64_t study) {
    AttributeSet merged;
    std::string institution;
    std::int64_t record = 0;
    {
        Rows headers = connection.query("SELECT attributes, institution, record_id FROM study_header"
                                        " WHERE study_id = ?"
                                        " ORDER BY CASE WHEN image_count > 0 THEN 0 ELSE 1 END, fingerprint",
                                        study);
        while (headers.next()) {
            merge_filled(merged, headers.blob(0));
            if (institution.empty()) {
                institution = headers.text(1);
            }
            if (record == 0) {
                record = headers.integer(2);
            }
        }
    }
    if (record == 0) {
        return;
    }
    const SeriesFacts facts = series_facts(connection, study);
    const Reports reports = reports_of(connection, study);
    const std::int64_t person =
        connection.integer(0, "SELECT person_id FROM patient_record WHERE id = ?", record);
    connection.run("UPDATE study SET record_id = ?, person_id = ?, institution = ?, study_date = ?,"
                   " accession = ?, images = ?, series_count = ?, report_status = ?, report_ids = ?,"
                   " attributes = ?, exam = ? WHERE id = ?",
                   record, person, std::string_view(institution),
                   std::string_view(date_column(merged.get(tags::StudyDate))),
                   merged.get(tags::AccessionNumber), static_cast<std::int64_t>(facts.images ? 1 : 0),
                   facts.series_count, reports.status, std::string_view(reports.ids), Blob{merged.encode()},
                   Blob{facts.as_attributes().encode()}, study);
}

} // namespace recog::index
