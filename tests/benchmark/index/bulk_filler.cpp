#include "tests/benchmark/index/bulk_filler.hpp"

#include "core/dicom/person_name.hpp"
#include "core/index/fingerprint.hpp"
#include "core/index/schema.hpp"
#include "core/index/study_summary.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace recog::bench {

namespace tags = dicom::tags;
using index::Blob;
using index::StoredInstance;

namespace {

constexpr std::uint64_t kStudiesPerTransaction = 50'000;

/// Rows in the order in which IndexWriter would have numbered them.
class BulkFiller {
public:
    BulkFiller(index::Connection& connection, const Region& region)
        : connection_(connection), region_(region), persons_(region.persons) {}

    void add_study(std::uint64_t study) {
        const StoredInstance slice = slice_of(study, region_.persons, 1);
        const std::uint64_t report_count = region_.reports_of(study);
        const std::string record_fingerprint = index::record_fingerprint(slice);
        const Record record = place_record(study, slice, record_fingerprint);
        const std::string fingerprint = index::study_fingerprint(slice, record_fingerprint);
        ++studies_;
        write_study_header(slice, fingerprint, record, report_count);
        index::SeriesFacts facts;
        write_series(slice, 1, facts);
        write_instance(slice, fingerprint);
        std::set<std::string> report_uids;
        std::int64_t report_status = 0;
        for (std::uint64_t number = 1; number <= report_count; ++number) {
            const StoredInstance report = report_of(study, region_.persons, number);
            if (number == 1) {
                write_series(report, static_cast<std::int64_t>(report_count), facts);
            }
            write_instance(report, fingerprint);
            write_report(report);
            report_uids.emplace(report.header.instance.get(tags::SOPInstanceUID));
            report_status = std::max(report_status, static_cast<std::int64_t>(report.header.report->status));
        }
        write_study(slice, record, facts, report_count, report_status, index::join_values(report_uids));
    }

private:
    struct Record {
        std::int64_t id = 0;
        std::int64_t person = 0;
    };
    struct Person {
        std::int64_t id = 0;
        std::int64_t first_card = 0; ///< identifiers of the cards follow one another
    };

    Record place_record(std::uint64_t study, const StoredInstance& instance, const std::string& fingerprint) {
        const std::uint64_t number = person_of(study, region_.persons);
        Person& person = persons_[number];
        const auto [known, fresh] = record_of_.try_emplace(number * kHospitals + hospital_of(study), 0);
        if (fresh) {
            known->second = ++records_;
            person.id = person.id == 0 ? records_ : person.id;
            write_record(instance, fingerprint, person);
        }
        return {known->second, person.id};
    }

    void write_record(const StoredInstance& instance, const std::string& fingerprint, Person& person) {
        static const std::string sql =
            "INSERT INTO patient_record(id, fingerprint, person_id, primary_identifier, demographics,"
            " attributes) VALUES(?, ?, ?, ?, ?, ?)";
        const std::int64_t own = write_identifier(instance.identifiers.front(), person.id);
        if (person.first_card == 0) {
            person.first_card = own + 1;
            for (std::size_t i = 1; i < instance.identifiers.size(); ++i) {
                write_identifier(instance.identifiers[i], person.id);
            }
        }
        connection_.run(sql, records_, Blob{fingerprint}, person.id, own,
                        std::string_view(index::demographics_of(instance.header.patient)),
                        Blob{instance.header.patient.encode()});
        write_record_identifier(own);
        for (std::size_t i = 1; i < instance.identifiers.size(); ++i) {
            write_record_identifier(person.first_card + static_cast<std::int64_t>(i) - 1);
        }
        write_names(std::string(instance.header.patient.get(tags::PatientName)));
    }

    std::int64_t write_identifier(const identity::Identifier& identifier, std::int64_t person) {
        static const std::string sql =
            "INSERT INTO identifier(id, value, domain_id, weak, person_id) VALUES(?, ?, ?, ?, ?)";
        connection_.run(sql, ++identifiers_, std::string_view(identifier.value),
                        place_domain(identifier.domain), static_cast<std::int64_t>(identifier.weak ? 1 : 0),
                        person);
        return identifiers_;
    }

    std::int64_t place_domain(const std::string& name) {
        const auto [known, fresh] =
            domains_.try_emplace(name, static_cast<std::int64_t>(domains_.size()) + 1);
        if (fresh) {
            connection_.run("INSERT INTO domain(id, name) VALUES(?, ?)", known->second,
                            std::string_view(name));
        }
        return known->second;
    }

    void write_record_identifier(std::int64_t identifier) {
        static const std::string sql = "INSERT INTO record_identifier(identifier_id, record_id) VALUES(?, ?)";
        connection_.run(sql, identifier, records_);
    }

    void write_names(const std::string& name) {
        static const std::string sql = "INSERT INTO name_key(name, record_id) VALUES(?, ?)";
        auto& keys = name_keys_[name];
        if (keys.empty()) {
            keys = dicom::name_keys(name);
        }
        for (const std::string& key : keys) {
            connection_.run(sql, std::string_view(key), records_);
        }
    }

    void write_study_header(const StoredInstance& slice, const std::string& fingerprint, const Record& record,
                            std::uint64_t reports) {
        static const std::string sql =
            "INSERT INTO study_header(id, study_id, record_id, fingerprint, institution, instance_count,"
            " image_count, attributes) VALUES(?, ?, ?, ?, ?, ?, 1, ?)";
        connection_.run(sql, studies_, studies_, record.id, Blob{fingerprint},
                        std::string_view(slice.institution), static_cast<std::int64_t>(1 + reports),
                        Blob{slice.header.study.encode()});
    }

    void write_series(const StoredInstance& instance, std::int64_t count, index::SeriesFacts& facts) {
        static const std::string series_sql =
            "INSERT INTO series(id, study_id, uid, instance_count, attributes) VALUES(?, ?, ?, ?, ?)";
        static const std::string header_sql =
            "INSERT INTO series_header(id, series_id, fingerprint, sop_class, images, instance_count,"
            " attributes) VALUES(?, ?, ?, ?, ?, ?, ?)";
        ++series_;
        const dicom::AttributeSet& attributes = instance.header.series;
        const std::string encoded = attributes.encode();
        const std::string_view sop_class = instance.header.instance.get(tags::SOPClassUID);
        connection_.run(series_sql, series_, studies_, attributes.get(tags::SeriesInstanceUID), count,
                        Blob{encoded});
        connection_.run(header_sql, series_, series_, Blob{index::series_fingerprint(instance)}, sop_class,
                        static_cast<std::int64_t>(instance.header.image ? 1 : 0), count, Blob{encoded});
        facts.add_series(attributes);
        facts.add_header(sop_class, instance.header.image);
    }

    void write_instance(const StoredInstance& instance, const std::string& study_fingerprint) {
        static const std::string sql =
            "INSERT INTO instance(id, orthanc_id, series_id, study_header_id, series_header_id, uid, size,"
            " fingerprint, attributes) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
        connection_.run(sql, ++instances_, Blob{index::pack_orthanc_id(instance.orthanc_id)}, series_,
                        studies_, series_, instance.header.instance.get(tags::SOPInstanceUID),
                        static_cast<std::int64_t>(instance.file_size),
                        Blob{index::instance_fingerprint(instance, study_fingerprint)},
                        Blob{instance.header.instance.encode()});
    }

    void write_report(const StoredInstance& instance) {
        static const std::string sql =
            "INSERT INTO report(instance_id, study_id, uid, status, title, report_date, report_time,"
            " mime_type, content) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
        const dicom::ReportHeader& report = *instance.header.report;
        connection_.run(sql, instances_, studies_, instance.header.instance.get(tags::SOPInstanceUID),
                        static_cast<std::int64_t>(report.status), std::string_view(report.title),
                        std::string_view(report.date), std::string_view(report.time),
                        std::string_view(report.mime_type), std::string_view(report.text));
    }

    void write_study(const StoredInstance& slice, const Record& record, const index::SeriesFacts& facts,
                     std::uint64_t reports, std::int64_t report_status, const std::string& report_uids) {
        static const std::string sql =
            "INSERT INTO study(id, uid, patient_id, record_id, person_id, copies, institution, study_date,"
            " accession, images, series_count, instance_count, report_status, report_ids, attributes, exam)"
            " VALUES(?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        static const std::string modality_sql =
            "INSERT INTO study_modality(modality, study_date, study_id) VALUES(?, ?, ?)";
        const dicom::AttributeSet& attributes = slice.header.study;
        const std::string date = index::date_column(attributes.get(tags::StudyDate));
        connection_.run(
            sql, studies_, attributes.get(tags::StudyInstanceUID), slice.header.patient.get(tags::PatientID),
            record.id, record.person, std::string_view(slice.institution), std::string_view(date),
            attributes.get(tags::AccessionNumber), static_cast<std::int64_t>(facts.images() ? 1 : 0),
            facts.series_count(), static_cast<std::int64_t>(1 + reports), report_status,
            std::string_view(report_uids), Blob{attributes.encode()}, Blob{facts.as_attributes().encode()});
        for (const std::string& modality : facts.modality_keys()) {
            connection_.run(modality_sql, std::string_view(modality), std::string_view(date), studies_);
        }
    }

    index::Connection& connection_;
    const Region& region_;
    std::vector<Person> persons_;
    std::unordered_map<std::uint64_t, std::int64_t> record_of_;
    std::unordered_map<std::string, std::int64_t> domains_;
    std::unordered_map<std::string, std::vector<std::string>> name_keys_;
    std::int64_t records_ = 0;
    std::int64_t identifiers_ = 0;
    std::int64_t studies_ = 0;
    std::int64_t series_ = 0;
    std::int64_t instances_ = 0;
};

Status fill_tables(index::Connection& connection, const Region& region, const Progress& progress) {
    BulkFiller filler(connection, region);
    for (std::uint64_t study = 0; study < region.studies;) {
        const std::uint64_t end = std::min(region.studies, study + kStudiesPerTransaction);
        index::Transaction transaction(connection);
        for (; study < end; ++study) {
            filler.add_study(study);
        }
        if (const Status written = transaction.commit(); !written) {
            return written;
        }
        progress(std::to_string(study) + " of " + std::to_string(region.studies) + " studies");
    }
    return {};
}

} // namespace

Status fill_index(index::Connection& connection, const Region& region, const Progress& progress) {
    if (const Status dropped = index::drop_secondary_indexes(connection); !dropped) {
        return dropped;
    }
    if (const Status filled = fill_tables(connection, region, progress); !filled) {
        return filled;
    }
    return index::create_secondary_indexes(
        connection, [&progress](std::string_view name) { progress("index " + std::string(name)); });
}

} // namespace recog::bench
