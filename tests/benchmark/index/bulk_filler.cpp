#include "tests/benchmark/index/bulk_filler.hpp"

#include "core/dicom/person_name.hpp"
#include "core/index/fingerprint.hpp"
#include "core/index/person_summary.hpp"
#include "core/index/schema.hpp"
#include "core/index/study_summary.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace recog::bench {

namespace tags = dicom::tags;
using index::Blob;
using index::StoredInstance;

namespace {

constexpr std::uint64_t kStudiesPerBlock = 5'000;
constexpr std::uint64_t kBlocksPerReport = 20;

/// Rows in the order in which IndexWriter would have numbered them. Studies come in blocks, and the rows of a
/// block are put down table by table: so each table lies in the file in pieces that are read in one go.
class BulkFiller {
public:
    BulkFiller(index::Connection& connection, const Region& region)
        : connection_(connection), region_(region), persons_(region.persons) {}

    void add_block(std::uint64_t begin, std::uint64_t end) {
        block_.clear();
        for (std::uint64_t study = begin; study < end; ++study) {
            block_.push_back(make_study(study));
        }
        for (Study& study : block_) {
            place_record(study);
        }
        for (const NewRecord& record : new_records_) {
            write_names(record);
        }
        new_records_.clear();
        for (const auto write :
             {&BulkFiller::write_study, &BulkFiller::write_modalities, &BulkFiller::write_study_header,
              &BulkFiller::write_series, &BulkFiller::write_series_headers, &BulkFiller::write_instances,
              &BulkFiller::write_reports}) {
            for (const Study& study : block_) {
                (this->*write)(study);
            }
        }
    }

private:
    struct Study {
        std::uint64_t number = 0;
        std::int64_t id = 0;
        std::int64_t record = 0;
        std::int64_t person = 0;
        std::int64_t first_series = 0;
        std::int64_t first_instance = 0;
        StoredInstance slice;
        std::vector<StoredInstance> reports;
        std::string record_fingerprint;
        std::string fingerprint;
        index::SeriesFacts facts;

        std::int64_t instance_count() const { return 1 + static_cast<std::int64_t>(reports.size()); }
    };
    struct Person {
        std::int64_t id = 0;
        std::int64_t first_card = 0; ///< identifiers of the cards follow one another
    };
    struct NewRecord {
        std::int64_t id = 0;
        std::string name;
    };

    Study make_study(std::uint64_t number) {
        Study study;
        study.number = number;
        study.id = ++studies_;
        study.slice = slice_of(number, region_.persons, 1);
        for (std::uint64_t report = 1; report <= region_.reports_of(number); ++report) {
            study.reports.push_back(report_of(number, region_.persons, report));
        }
        study.record_fingerprint = index::record_fingerprint(study.slice);
        study.fingerprint = index::study_fingerprint(study.slice, study.record_fingerprint);
        study.first_series = series_ + 1;
        study.first_instance = instances_ + 1;
        series_ += study.reports.empty() ? 1 : 2;
        instances_ += study.instance_count();
        add_series(study, study.slice);
        if (!study.reports.empty()) {
            add_series(study, study.reports.front());
        }
        return study;
    }

    static void add_series(Study& study, const StoredInstance& instance) {
        study.facts.add_series(instance.header.series);
        study.facts.add_header(instance.header.instance.get(tags::SOPClassUID), instance.header.image);
    }

    void place_record(Study& study) {
        const std::uint64_t number = person_of(study.number, region_.persons);
        Person& person = persons_[number];
        const auto [known, fresh] =
            record_of_.try_emplace(number * kHospitals + hospital_of(study.number), 0);
        if (fresh) {
            known->second = ++records_;
            person.id = person.id == 0 ? records_ : person.id;
            write_record(study, person);
        }
        study.record = known->second;
        study.person = person.id;
    }

    void write_record(const Study& study, Person& person) {
        static const std::string sql =
            "INSERT INTO patient_record(id, fingerprint, person_id, primary_identifier, demographics,"
            " attributes) VALUES(?, ?, ?, ?, ?, ?)";
        const StoredInstance& instance = study.slice;
        const std::int64_t own = write_identifier(instance.identifiers.front(), person.id);
        if (person.first_card == 0) {
            person.first_card = own + 1;
            for (std::size_t i = 1; i < instance.identifiers.size(); ++i) {
                write_identifier(instance.identifiers[i], person.id);
            }
        }
        connection_.run(sql, records_, Blob{study.record_fingerprint}, person.id, own,
                        std::string_view(index::demographics_of(instance.header.patient)),
                        Blob{instance.header.patient.encode()});
        write_record_identifier(own);
        for (std::size_t i = 1; i < instance.identifiers.size(); ++i) {
            write_record_identifier(person.first_card + static_cast<std::int64_t>(i) - 1);
        }
        new_records_.push_back({records_, std::string(instance.header.patient.get(tags::PatientName))});
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

    void write_names(const NewRecord& record) {
        static const std::string sql = "INSERT INTO name_key(name, record_id) VALUES(?, ?)";
        auto& keys = name_keys_[record.name];
        if (keys.empty()) {
            keys = dicom::name_keys(record.name);
        }
        for (const std::string& key : keys) {
            connection_.run(sql, std::string_view(key), record.id);
        }
    }

    void write_study(const Study& study) {
        static const std::string sql =
            "INSERT INTO study(id, uid, patient_id, record_id, person_id, copies, institution, study_date,"
            " accession, images, series_count, instance_count, report_status, report_ids, attributes, exam)"
            " VALUES(?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        const dicom::AttributeSet& attributes = study.slice.header.study;
        std::set<std::string> report_uids;
        std::int64_t status = 0;
        for (const StoredInstance& report : study.reports) {
            report_uids.emplace(report.header.instance.get(tags::SOPInstanceUID));
            status = std::max(status, static_cast<std::int64_t>(report.header.report->status));
        }
        connection_.run(sql, study.id, attributes.get(tags::StudyInstanceUID),
                        study.slice.header.patient.get(tags::PatientID), study.record, study.person,
                        std::string_view(study.slice.institution),
                        std::string_view(index::date_column(attributes.get(tags::StudyDate))),
                        attributes.get(tags::AccessionNumber),
                        static_cast<std::int64_t>(study.facts.images() ? 1 : 0), study.facts.series_count(),
                        study.instance_count(), status, std::string_view(index::join_values(report_uids)),
                        Blob{attributes.encode()}, Blob{study.facts.as_attributes().encode()});
    }

    void write_modalities(const Study& study) {
        static const std::string sql =
            "INSERT INTO study_modality(modality, study_date, study_id) VALUES(?, ?, ?)";
        const std::string date = index::date_column(study.slice.header.study.get(tags::StudyDate));
        for (const std::string& modality : study.facts.modality_keys()) {
            connection_.run(sql, std::string_view(modality), std::string_view(date), study.id);
        }
    }

    void write_study_header(const Study& study) {
        static const std::string sql =
            "INSERT INTO study_header(id, study_id, record_id, fingerprint, institution, instance_count,"
            " image_count, attributes) VALUES(?, ?, ?, ?, ?, ?, 1, ?)";
        connection_.run(sql, study.id, study.id, study.record, Blob{study.fingerprint},
                        std::string_view(study.slice.institution), study.instance_count(),
                        Blob{study.slice.header.study.encode()});
    }

    void write_series(const Study& study) {
        static const std::string sql =
            "INSERT INTO series(id, study_id, uid, instance_count, attributes) VALUES(?, ?, ?, ?, ?)";
        const auto write = [&](std::int64_t id, const StoredInstance& instance, std::int64_t count) {
            const dicom::AttributeSet& attributes = instance.header.series;
            connection_.run(sql, id, study.id, attributes.get(tags::SeriesInstanceUID), count,
                            Blob{attributes.encode()});
        };
        each_series(study, write);
    }

    void write_series_headers(const Study& study) {
        static const std::string sql =
            "INSERT INTO series_header(id, series_id, fingerprint, sop_class, images, instance_count,"
            " attributes) VALUES(?, ?, ?, ?, ?, ?, ?)";
        const auto write = [&](std::int64_t id, const StoredInstance& instance, std::int64_t count) {
            connection_.run(sql, id, id, Blob{index::series_fingerprint(instance)},
                            instance.header.instance.get(tags::SOPClassUID),
                            static_cast<std::int64_t>(instance.header.image ? 1 : 0), count,
                            Blob{instance.header.series.encode()});
        };
        each_series(study, write);
    }

    template <typename Write> static void each_series(const Study& study, const Write& write) {
        write(study.first_series, study.slice, 1);
        if (!study.reports.empty()) {
            write(study.first_series + 1, study.reports.front(), study.instance_count() - 1);
        }
    }

    void write_instances(const Study& study) {
        std::int64_t id = study.first_instance;
        write_instance(id, study.first_series, study, study.slice);
        for (const StoredInstance& report : study.reports) {
            write_instance(++id, study.first_series + 1, study, report);
        }
    }

    void write_instance(std::int64_t id, std::int64_t series, const Study& study,
                        const StoredInstance& instance) {
        static const std::string sql =
            "INSERT INTO instance(id, orthanc_id, series_id, study_header_id, series_header_id, uid, size,"
            " fingerprint, attributes) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
        connection_.run(sql, id, Blob{index::pack_orthanc_id(instance.orthanc_id)}, series, study.id, series,
                        instance.header.instance.get(tags::SOPInstanceUID),
                        static_cast<std::int64_t>(instance.file_size),
                        Blob{index::instance_fingerprint(instance, study.fingerprint)},
                        Blob{instance.header.instance.encode()});
    }

    void write_reports(const Study& study) {
        static const std::string sql =
            "INSERT INTO report(instance_id, study_id, uid, status, title, report_date, report_time,"
            " mime_type, content) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
        std::int64_t id = study.first_instance;
        for (const StoredInstance& instance : study.reports) {
            const dicom::ReportHeader& report = *instance.header.report;
            connection_.run(sql, ++id, study.id, instance.header.instance.get(tags::SOPInstanceUID),
                            static_cast<std::int64_t>(report.status), std::string_view(report.title),
                            std::string_view(report.date), std::string_view(report.time),
                            std::string_view(report.mime_type), std::string_view(report.text));
        }
    }

    index::Connection& connection_;
    const Region& region_;
    std::vector<Study> block_;
    std::vector<NewRecord> new_records_;
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

/// Rows of person_summary, from the region again: what has been written is not read.
class SummaryFiller {
public:
    SummaryFiller(index::Connection& connection, const Region& region)
        : connection_(connection), region_(region), studies_of_(region.persons), id_of_(region.persons) {
        std::unordered_set<std::uint64_t> records;
        for (std::uint64_t study = 0; study < region.studies; ++study) {
            const std::uint64_t person = person_of(study, region.persons);
            studies_of_[person].push_back(study);
            records.insert(person * kHospitals + hospital_of(study));
            if (id_of_[person] == 0) {
                id_of_[person] = static_cast<std::int64_t>(records.size()); // a person is its first record
                in_order_.push_back(person);
            }
        }
    }

    Status fill(const Progress& progress) {
        for (std::size_t begin = 0; begin < in_order_.size(); begin += kPersonsPerTransaction) {
            const std::size_t end = std::min(in_order_.size(), begin + kPersonsPerTransaction);
            index::Transaction transaction(connection_);
            for (std::size_t i = begin; i < end; ++i) {
                write(in_order_[i]);
            }
            if (const Status written = transaction.commit(); !written) {
                return written;
            }
            progress(std::to_string(end) + " of " + std::to_string(in_order_.size()) + " summaries");
        }
        return {};
    }

private:
    static constexpr std::size_t kPersonsPerTransaction = 50'000;

    void write(std::uint64_t person) {
        static const std::string sql = "INSERT INTO person_summary(person_id, content) VALUES(?, ?)";
        const std::vector<std::uint64_t>& studies = studies_of_[person];
        if (studies.size() > index::kMostSummarisedStudies) {
            return;
        }
        // Newest first, then by UID.
        std::map<std::pair<std::string, std::string>, std::uint64_t> sorted;
        for (const std::uint64_t study : studies) {
            std::string backwards = study_date(study);
            for (char& digit : backwards) {
                digit = static_cast<char>('0' + '9' - digit);
            }
            sorted.emplace(std::pair(std::move(backwards), study_uid(study)), study);
        }
        index::SummaryEncoder encoder;
        std::set<identity::Identifier> identifiers;
        for (const auto& [key, study] : sorted) {
            const StoredInstance slice = slice_of(study, region_.persons, 1);
            identifiers.insert(slice.identifiers.begin(), slice.identifiers.end());
            add_study(encoder, study, slice);
        }
        for (const identity::Identifier& one : identifiers) {
            encoder.add_identifier(one.domain, one.value, one.weak);
        }
        connection_.run(sql, id_of_[person], Blob{encoder.finish()});
    }

    void add_study(index::SummaryEncoder& encoder, std::uint64_t study, const StoredInstance& slice) const {
        const std::uint64_t reports = region_.reports_of(study);
        index::SeriesFacts facts;
        facts.add_series(slice.header.series);
        facts.add_header(slice.header.instance.get(tags::SOPClassUID), true);
        std::set<std::string> report_uids;
        for (std::uint64_t number = 1; number <= reports; ++number) {
            report_uids.insert(report_uid(study, number));
        }
        if (reports > 0) {
            facts.add_series(report_.header.series);
            facts.add_header(report_.header.instance.get(tags::SOPClassUID), false);
        }
        const std::string report_ids = index::join_values(report_uids);
        const std::string attributes = slice.header.study.encode();
        const std::string exam = facts.as_attributes().encode();
        const std::string patient = slice.header.patient.encode();
        index::StudyColumns columns;
        columns.id = static_cast<std::int64_t>(study) + 1;
        columns.series_count = facts.series_count();
        columns.instance_count = static_cast<std::int64_t>(1 + reports);
        columns.report_status = reports == 0 ? 0 : static_cast<std::int64_t>(report_.header.report->status);
        columns.images = true;
        columns.uid = slice.header.study.get(tags::StudyInstanceUID);
        columns.institution = slice.institution;
        columns.report_ids = report_ids;
        columns.attributes = attributes;
        columns.exam = exam;
        columns.patient = patient;
        encoder.add_study(columns);
    }

    index::Connection& connection_;
    const Region& region_;
    std::vector<std::vector<std::uint64_t>> studies_of_;
    std::vector<std::int64_t> id_of_;
    std::vector<std::uint64_t> in_order_; ///< of their ids
    /// All of them say the same of their series, but for its UID; and the first of a study says the most.
    const StoredInstance report_ = report_of(0, region_.persons, 1);
};

Status fill_tables(index::Connection& connection, const Region& region, const Progress& progress) {
    BulkFiller filler(connection, region);
    std::uint64_t blocks = 0;
    for (std::uint64_t study = 0; study < region.studies;) {
        const std::uint64_t end = std::min(region.studies, study + kStudiesPerBlock);
        index::Transaction transaction(connection);
        filler.add_block(study, end);
        if (const Status written = transaction.commit(); !written) {
            return written;
        }
        study = end;
        if (++blocks % kBlocksPerReport == 0 || study == region.studies) {
            progress(std::to_string(study) + " of " + std::to_string(region.studies) + " studies");
        }
    }
    return {};
}

} // namespace

Status fill_summaries(index::Connection& connection, const Region& region, const Progress& progress) {
    return SummaryFiller(connection, region).fill(progress);
}

Status fill_index(index::Connection& connection, const Region& region, const Progress& progress) {
    if (const Status dropped = index::drop_secondary_indexes(connection); !dropped) {
        return dropped;
    }
    if (const Status filled = fill_tables(connection, region, progress); !filled) {
        return filled;
    }
    if (const Status filled = fill_summaries(connection, region, progress); !filled) {
        return filled;
    }
    return index::create_secondary_indexes(
        connection, [&progress](std::string_view name) { progress("index " + std::string(name)); });
}

} // namespace recog::bench
