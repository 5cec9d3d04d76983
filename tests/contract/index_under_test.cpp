#include "tests/contract/index_under_test.hpp"

#include "core/index/schema.hpp"

#include <algorithm>
#include <map>

namespace recog::test {

namespace {

std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

std::string text_of(const dicom::AttributeSet& set) {
    std::string text;
    for (const auto& entry : set.entries()) {
        char tag[16];
        std::snprintf(tag, sizeof tag, "%04x,%04x=", unsigned{entry.tag.group}, unsigned{entry.tag.element});
        text += tag + hex(entry.value) + ";";
    }
    return text;
}

class Dump {
public:
    explicit Dump(index::Connection& connection) : connection_(connection), reader_(connection) {}

    std::string text() {
        name_persons();
        identifiers();
        headers();
        names();
        rows();
        summaries();
        reports();
        counts();
        expect_ok(connection_.take_failure());
        std::sort(lines_.begin(), lines_.end());
        std::string all;
        for (const std::string& line : lines_) {
            all += line + '\n';
        }
        return all;
    }

private:
    /// A person is called by the smallest fingerprint among its records.
    void name_persons() {
        index::Rows rows = connection_.query(
            "SELECT person_id, id, fingerprint, attributes, demographics FROM patient_record");
        while (rows.next()) {
            const std::string fingerprint = hex(rows.blob(2)).substr(0, 12);
            records_[rows.integer(1)] = fingerprint;
            std::string& name = persons_[rows.integer(0)];
            name = name.empty() ? fingerprint : std::min(name, fingerprint);
            record_person_[rows.integer(1)] = rows.integer(0);
            record_text_[rows.integer(1)] = hex(rows.blob(3)) + " " + std::string(rows.text(4));
        }
        for (const auto& [record, person] : record_person_) {
            line("record " + records_[record] + " of " + persons_[person] + " " + record_text_[record]);
        }
    }

    std::string person(std::int64_t id) { return id == 0 ? "nobody" : persons_.at(id); }

    void identifiers() {
        index::Rows rows = connection_.query("SELECT d.name, i.value, i.weak, i.person_id, ri.record_id"
                                             " FROM identifier i LEFT JOIN domain d ON d.id = i.domain_id"
                                             " LEFT JOIN record_identifier ri ON ri.identifier_id = i.id");
        while (rows.next()) {
            line("identifier " + std::string(rows.text(0)) + " " + std::string(rows.text(1)) + " weak " +
                 std::to_string(rows.integer(2)) + " of " + person(rows.integer(3)) + " in " +
                 records_[rows.integer(4)]);
        }
        index::Rows primary =
            connection_.query("SELECT p.id, i.value FROM patient_record p LEFT JOIN identifier i"
                              " ON i.id = p.primary_identifier");
        while (primary.next()) {
            line("primary " + records_[primary.integer(0)] + " " + std::string(primary.text(1)));
        }
        for (const auto& conflict : reader_.conflicts(0, 1000000)) {
            line("conflict " + conflict.domain + " " + conflict.value + " persons " +
                 std::to_string(conflict.persons) + " records " + std::to_string(conflict.records));
        }
    }

    void headers() {
        index::Rows study = connection_.query("SELECT s.uid, s.patient_id, h.record_id, h.fingerprint,"
                                              " h.institution, h.instance_count, h.image_count, h.attributes"
                                              " FROM study_header h LEFT JOIN study s ON s.id = h.study_id");
        while (study.next()) {
            line("study header " + std::string(study.text(0)) + "|" + std::string(study.text(1)) + " " +
                 records_[study.integer(2)] + " " + hex(study.blob(3)) + " at " + std::string(study.text(4)) +
                 " count " + std::to_string(study.integer(5)) + " images " +
                 std::to_string(study.integer(6)) + " " + hex(study.blob(7)));
        }
        index::Rows series = connection_.query("SELECT s.uid, s.patient_id, e.uid, h.sop_class, h.images,"
                                               " h.instance_count, h.attributes FROM series_header h"
                                               " LEFT JOIN series e ON e.id = h.series_id"
                                               " LEFT JOIN study s ON s.id = e.study_id");
        while (series.next()) {
            line("series header " + std::string(series.text(0)) + "|" + std::string(series.text(1)) + " " +
                 std::string(series.text(2)) + " " + std::string(series.text(3)) + " images " +
                 std::to_string(series.integer(4)) + " count " + std::to_string(series.integer(5)) + " " +
                 hex(series.blob(6)));
        }
    }

    void names() {
        index::Rows rows = connection_.query("SELECT name, record_id FROM name_key");
        while (rows.next()) {
            line("name " + std::string(rows.text(0)) + " " + records_[rows.integer(1)]);
        }
        index::Rows bad = connection_.query("SELECT orthanc_id, reason FROM unreadable");
        while (bad.next()) {
            line("unreadable " + hex(bad.blob(0)) + " " + std::string(bad.text(1)));
        }
    }

    std::string study_text(const index::StudyRow& study) {
        return study.uid + " of " + person(study.person) + " at " + study.institution + " images " +
               std::to_string(study.images ? 1 : 0) + " series " + std::to_string(study.series_count) +
               " instances " + std::to_string(study.instance_count) + " report " +
               std::to_string(static_cast<int>(study.report_status)) + " " + study.report_ids + " " +
               text_of(study.patient) + " " + text_of(study.attributes) + " " + text_of(study.exam);
    }

    void rows() {
        expect_ok(reader_.studies({}, [&](index::Row& row) {
            line("study " + study_text(row.study));
            return true;
        }));
        expect_ok(reader_.series({}, [&](index::Row& row) {
            line("series " + row.study.uid + " " +
                 std::string(row.study.patient.get(dicom::tags::PatientID)) + " " + row.series.uid +
                 " count " + std::to_string(row.series.instance_count) + " " +
                 text_of(row.series.attributes));
            return true;
        }));
        expect_ok(reader_.instances({}, [&](index::Row& row) {
            line("instance " + row.instance.orthanc_id + " in " + row.series.uid + " in " + row.study.uid +
                 " of " + person(row.study.person) + " " + row.instance.uid + " size " +
                 std::to_string(row.instance.size) + " " + text_of(row.instance.attributes));
            return true;
        }));
        index::Rows columns =
            connection_.query("SELECT uid, patient_id, study_date, accession, copies FROM study");
        while (columns.next()) {
            line("columns " + std::string(columns.text(0)) + "|" + std::string(columns.text(1)) + " " +
                 std::string(columns.text(2)) + " " + std::string(columns.text(3)) + " copies " +
                 std::to_string(columns.integer(4)));
        }
        index::Rows modalities =
            connection_.query("SELECT m.modality, m.study_date, s.uid, s.patient_id FROM study_modality m"
                              " LEFT JOIN study s ON s.id = m.study_id");
        while (modalities.next()) {
            line("modality " + std::string(modalities.text(0)) + " " + std::string(modalities.text(1)) + " " +
                 std::string(modalities.text(2)) + "|" + std::string(modalities.text(3)));
        }
    }

    /// What is answered by number, from the person's row or, where there is none, from all tables.
    void summaries() {
        for (const auto& [id, name] : persons_) {
            index::Selection selection;
            selection.person = id;
            std::string all = "summary of " + name;
            expect_ok(reader_.studies(selection, [&, person_id = id](index::Row& row) {
                all += "\n  " + study_text(row.study) + " copies " + std::to_string(row.study.copies);
                for (const auto& one : reader_.identifiers_of(person_id, 256)) {
                    all += " " + one.domain + "=" + one.value + (one.weak ? " weak" : "");
                }
                return true;
            }));
            line(all);
        }
    }

    void reports() {
        for (const auto& [id, name] : persons_) {
            std::string all;
            expect_ok(reader_.reports_of(id, [&](index::ReportRow& row) {
                all += " " + row.id + " " + row.orthanc_id + " status " +
                       std::to_string(static_cast<int>(row.header.status)) + " " + row.header.title + " " +
                       row.header.date + row.header.time + row.header.mime_type + hex(row.header.text);
                return true;
            }));
            line("reports of " + name + all);
        }
    }

    void counts() {
        const auto counts = expect_ok(reader_.counts());
        line("counts persons " + std::to_string(counts.persons) + " records " +
             std::to_string(counts.records) + " identifiers " + std::to_string(counts.identifiers) +
             " conflicts " + std::to_string(counts.conflicts) + " studies " + std::to_string(counts.studies) +
             " series " + std::to_string(counts.series) + " instances " + std::to_string(counts.instances) +
             " unreadable " + std::to_string(counts.unreadable) + " reports " +
             std::to_string(counts.reports));
    }

    void line(std::string text) { lines_.push_back(std::move(text)); }

    index::Connection& connection_;
    index::IndexReader reader_;
    std::map<std::int64_t, std::string> records_;
    std::map<std::int64_t, std::int64_t> record_person_;
    std::map<std::int64_t, std::string> record_text_;
    std::map<std::int64_t, std::string> persons_;
    std::vector<std::string> lines_;
};

} // namespace

std::string dump(index::Connection& connection) {
    const index::Snapshot snapshot(connection);
    return Dump(connection).text();
}

std::string differences(const std::string& actual, const std::string& expected) {
    if (actual == expected) {
        return {};
    }
    const auto lines_of = [](const std::string& text) {
        std::multiset<std::string> lines;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            lines.insert(text.substr(begin, end - begin));
            begin = end + 1;
        }
        return lines;
    };
    const auto left = lines_of(actual);
    const auto right = lines_of(expected);
    std::vector<std::string> only;
    std::string text = "\n";
    std::set_difference(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(only));
    for (const std::string& line : only) {
        text += "is:     " + line + '\n';
    }
    only.clear();
    std::set_difference(right.begin(), right.end(), left.begin(), left.end(), std::back_inserter(only));
    for (const std::string& line : only) {
        text += "should: " + line + '\n';
    }
    return text;
}

IndexUnderTest::IndexUnderTest() : database_(make_database(folder_.path())) {
    auto writing = connect();
    expect_ok(index::prepare_schema(*writing));
    writer_ = std::make_unique<index::IndexWriter>(std::move(writing));
    reading_ = connect();
}

std::multiset<std::int64_t> IndexUnderTest::person_sizes() {
    std::multiset<std::int64_t> sizes;
    index::Rows rows = reading_->query("SELECT count(*) FROM patient_record GROUP BY person_id");
    while (rows.next()) {
        sizes.insert(rows.integer(0));
    }
    return sizes;
}

index::PersonFound IndexUnderTest::who(const std::string& domain, const std::string& value) {
    identity::ReadingStage stage;
    stage.identifiers.push_back({domain, value, false});
    stage.value = value;
    return expect_ok(reader().find_person({stage}, {}));
}

std::string dump_of(const std::vector<index::IndexEvent>& events) {
    IndexUnderTest fresh;
    fresh.apply(events);
    return fresh.dump();
}

} // namespace recog::test
