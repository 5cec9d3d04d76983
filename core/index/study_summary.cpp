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

SeriesFacts series_facts(Connection& connection, std::int64_t study) {
    SeriesFacts facts;
    Rows series = connection.query("SELECT attributes FROM series WHERE study_id = ?", study);
    while (series.next()) {
        const auto attributes = AttributeSet::decode(series.blob(0));
        facts.add_series(attributes ? *attributes : AttributeSet());
    }
    Rows headers = connection.query("SELECT h.sop_class, h.images FROM series_header h"
                                    " JOIN series s ON s.id = h.series_id WHERE s.study_id = ?",
                                    study);
    while (headers.next()) {
        facts.add_header(headers.text(0), headers.integer(1) != 0);
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
    reports.ids = join_values(ids);
    return reports;
}

void write_modalities(Connection& connection, std::int64_t study, const std::set<std::string>& modalities,
                      const std::string& date) {
    std::set<std::string> same;
    bool outdated = false;
    {
        Rows rows =
            connection.query("SELECT modality, study_date FROM study_modality WHERE study_id = ?", study);
        while (rows.next()) {
            same.emplace(rows.text(0));
            outdated = outdated || rows.text(1) != date;
        }
    }
    if (!outdated && same == modalities) {
        return;
    }
    connection.run("DELETE FROM study_modality WHERE study_id = ?", study);
    for (const std::string& modality : modalities) {
        connection.run("INSERT INTO study_modality(modality, study_date, study_id) VALUES(?, ?, ?)",
                       std::string_view(modality), std::string_view(date), study);
    }
}

} // namespace

std::string join_values(const std::set<std::string>& values) {
    std::string text;
    for (const std::string& value : values) {
        if (text.size() + value.size() + 1 > kMaxListBytes) {
            break;
        }
        text += text.empty() ? value : '\\' + value;
    }
    return text;
}

// ACR-NEMA wrote 1996.08.27, which matching reads too.
std::string date_column(std::string_view date) {
    std::string digits(date);
    if (digits.size() == 10 && digits[4] == '.' && digits[7] == '.') {
        digits.erase(7, 1).erase(4, 1);
    }
    return digits;
}

void SeriesFacts::add_series(const AttributeSet& series) {
    ++series_count_;
    const auto keep = [&series](std::set<std::string>& values, dicom::Tag tag) {
        if (const auto value = series.get(tag); !value.empty()) {
            values.emplace(value);
        }
    };
    keep(modalities_, tags::Modality);
    keep(body_parts_, tags::BodyPartExamined);
    keep(descriptions_, tags::SeriesDescription);
    keep(descriptions_, tags::ProtocolName);
    keep(contrast_agents_, tags::ContrastBolusAgent);
}

void SeriesFacts::add_header(std::string_view sop_class, bool image) {
    sop_classes_.emplace(sop_class);
    images_ = images_ || image;
}

AttributeSet SeriesFacts::as_attributes() const {
    AttributeSet exam;
    exam.set(tags::ModalitiesInStudy, join_values(modalities_));
    exam.set(tags::BodyPartExamined, join_values(body_parts_));
    exam.set(tags::SeriesDescription, join_values(descriptions_));
    exam.set(tags::ContrastBolusAgent, join_values(contrast_agents_));
    exam.set(tags::SOPClassesInStudy, join_values(sop_classes_));
    return exam;
}

std::set<std::string> SeriesFacts::modality_keys() const {
    std::set<std::string> keys;
    for (const std::string& text : modalities_) {
        for (const std::string_view value : dicom::split_values(text)) {
            const std::size_t first = value.find_first_not_of(' ');
            if (first != std::string_view::npos) {
                keys.emplace(value.substr(first, value.find_last_not_of(' ') - first + 1));
            }
        }
    }
    return keys;
}

void count_copies(Connection& connection, std::string_view uid, std::set<std::int64_t>& changed) {
    connection.run("UPDATE study SET copies = (SELECT count(*) FROM study o WHERE o.uid = ?) WHERE uid = ?",
                   uid, uid);
    Rows rows = connection.query("SELECT id FROM study WHERE uid = ?", uid);
    while (rows.next()) {
        changed.insert(rows.integer(0));
    }
}

bool remove_empty_study(Connection& connection, std::int64_t study, std::set<std::int64_t>& changed) {
    std::string uid;
    {
        Rows rows = connection.query("SELECT uid FROM study WHERE id = ? AND instance_count = 0", study);
        if (!rows.next()) {
            return false;
        }
        uid = rows.text(0);
    }
    connection.run("DELETE FROM study WHERE id = ?", study);
    connection.run("DELETE FROM study_modality WHERE study_id = ?", study);
    count_copies(connection, uid, changed);
    return true;
}

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
    const std::string date = date_column(merged.get(tags::StudyDate));
    write_modalities(connection, study, facts.modality_keys(), date);
    connection.run("UPDATE study SET record_id = ?, person_id = ?, institution = ?, study_date = ?,"
                   " accession = ?, images = ?, series_count = ?, report_status = ?, report_ids = ?,"
                   " attributes = ?, exam = ? WHERE id = ?",
                   record, person, std::string_view(institution), std::string_view(date),
                   merged.get(tags::AccessionNumber), static_cast<std::int64_t>(facts.images() ? 1 : 0),
                   facts.series_count(), reports.status, std::string_view(reports.ids), Blob{merged.encode()},
                   Blob{facts.as_attributes().encode()}, study);
}

} // namespace recog::index
