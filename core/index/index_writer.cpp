#include "core/index/index_writer.hpp"

#include "core/dicom/person_name.hpp"
#include "core/identity/linking.hpp"
#include "core/index/fingerprint.hpp"
#include "core/index/person_linking.hpp"
#include "core/index/person_summary.hpp"
#include "core/index/removed_objects.hpp"
#include "core/index/schema.hpp"
#include "core/index/study_summary.hpp"

namespace recog::index {

namespace tags = dicom::tags;

namespace {

constexpr std::size_t kMaxRememberedPlaces = 4096;

std::string patient_id_of(const StoredInstance& instance) {
    return std::string(instance.header.patient.get(tags::PatientID));
}

std::string fingerprint_of(const StoredInstance& instance) {
    return instance_fingerprint(instance, study_fingerprint(instance, record_fingerprint(instance)));
}

template <typename Map>
void remember(Map& map, const std::string& key, const typename Map::mapped_type& value) {
    if (map.size() >= kMaxRememberedPlaces) {
        map.clear();
    }
    map.insert_or_assign(key, value);
}

} // namespace

IndexWriter::IndexWriter(std::unique_ptr<Connection> connection, ReadAgain read_again)
    : connection_(std::move(connection)), read_again_(std::move(read_again)) {}

Result<ApplyOutcome> IndexWriter::apply(std::span<const IndexEvent> events, Day today) {
    outcome_ = ApplyOutcome();
    Transaction transaction(*connection_);
    for (const IndexEvent& event : events) {
        if (const auto* stored = std::get_if<StoredInstance>(&event)) {
            store(*stored);
        } else if (const auto* unreadable = std::get_if<UnreadableInstance>(&event)) {
            store_unreadable(*unreadable);
        } else if (const auto* deleted = std::get_if<DeletedInstance>(&event)) {
            delete_instance(pack_orthanc_id(deleted->orthanc_id), today);
        } else if (const auto* position = std::get_if<LogPosition>(&event)) {
            write_meta(*connection_, "log_sequence", std::to_string(position->sequence));
            write_meta(*connection_, "log_resource", position->resource);
        } else if (const auto* located = std::get_if<LocatedFile>(&event)) {
            locate(pack_orthanc_id(located->orthanc_id), located->file);
        }
    }
    settle();
    if (std::exchange(removed_any_, false)) {
        forget_long_removed(*connection_, today);
    }
    const Status committed = transaction.commit();
    if (!committed) {
        study_places_.clear();
        series_places_.clear();
        domains_.clear();
        return committed.failure();
    }
    return std::move(outcome_);
}

void IndexWriter::store(const StoredInstance& instance) {
    const std::string packed = pack_orthanc_id(instance.orthanc_id);
    if (packed.empty()) {
        return;
    }
    const std::string fingerprint = fingerprint_of(instance);
    std::string known;
    {
        Rows rows = connection_->query("SELECT fingerprint FROM instance WHERE orthanc_id = ?", Blob{packed});
        if (rows.next()) {
            known = rows.blob(0);
        }
    }
    if (known == fingerprint) {
        // Perhaps it has been overwritten by the same header with other pixels: then it is in another file.
        relocate(packed, instance.file);
        return;
    }
    if (!known.empty() && read_again_) {
        store_again(instance, known);
    } else {
        insert(instance, packed, fingerprint);
    }
}

// The archive keeps the first of two: what it holds decides, not what came last.
void IndexWriter::store_again(const StoredInstance& instance, const std::string& known_fingerprint) {
    const auto held = read_again_(instance.orthanc_id);
    const auto* stored = held ? std::get_if<StoredInstance>(&*held) : nullptr;
    if (stored == nullptr) {
        return; // deleted, which will be told, or not to be had now: the next start looks again
    }
    const std::string fingerprint = fingerprint_of(*stored);
    if (fingerprint != known_fingerprint) {
        insert(*stored, pack_orthanc_id(stored->orthanc_id), fingerprint);
    }
}

void IndexWriter::insert(const StoredInstance& instance, const std::string& packed,
                         const std::string& fingerprint) {
    remove(packed);
    const StudyPlace study = place_study(instance);
    const StudyPlace series = place_series(instance, study.study);
    connection_->run(
        "INSERT INTO instance(orthanc_id, series_id, study_header_id, series_header_id, uid, size,"
        " fingerprint, attributes) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        Blob{packed}, series.study, study.header, series.header,
        instance.header.instance.get(tags::SOPInstanceUID), static_cast<std::int64_t>(instance.file_size),
        Blob{fingerprint}, Blob{instance.header.instance.encode()});
    if (instance.file.known()) {
        locate(packed, instance.file);
    }
    if (instance.header.report) {
        insert_report(connection_->last_insert_id(), study.study, instance.header);
    }
    ++outcome_.stored;
}

void IndexWriter::store_unreadable(const UnreadableInstance& instance) {
    const std::string packed = pack_orthanc_id(instance.orthanc_id);
    if (!packed.empty()) {
        remove(packed);
        connection_->run("INSERT INTO unreadable(orthanc_id, reason) VALUES(?, ?)", Blob{packed},
                         std::string_view(instance.reason));
    }
}

void IndexWriter::insert_report(std::int64_t instance, std::int64_t study,
                                const dicom::InstanceHeader& header) {
    const dicom::ReportHeader& report = *header.report;
    connection_->run("INSERT INTO report(instance_id, study_id, uid, status, title, report_date, report_time,"
                     " mime_type, content) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     instance, study, header.instance.get(tags::SOPInstanceUID),
                     static_cast<std::int64_t>(report.status), std::string_view(report.title),
                     std::string_view(report.date), std::string_view(report.time),
                     std::string_view(report.mime_type), std::string_view(report.text));
    changed_studies_.insert(study);
}

IndexWriter::StudyPlace IndexWriter::place_study(const StoredInstance& instance) {
    const std::string fingerprint = study_fingerprint(instance, record_fingerprint(instance));
    StudyPlace place;
    if (const auto known = study_places_.find(fingerprint); known != study_places_.end()) {
        place = known->second;
    } else {
        Rows rows = connection_->query("SELECT study_id, id FROM study_header WHERE fingerprint = ?",
                                       Blob{fingerprint});
        if (rows.next()) {
            place = StudyPlace{rows.integer(0), rows.integer(1)};
        }
    }
    if (place.header == 0) {
        place = insert_study_header(instance, fingerprint, place_record(instance));
    }
    const std::int64_t image = instance.header.image ? 1 : 0;
    connection_->run("UPDATE study_header SET instance_count = instance_count + 1,"
                     " image_count = image_count + ? WHERE id = ?",
                     image, place.header);
    connection_->run("UPDATE study SET instance_count = instance_count + 1 WHERE id = ?", place.study);
    touched_studies_.insert(place.study);
    // The first image of a header moves it in front of those without images (study_summary.cpp).
    if (image == 1 &&
        connection_->integer(0, "SELECT image_count FROM study_header WHERE id = ?", place.header) == 1) {
        changed_studies_.insert(place.study);
    }
    remember(study_places_, fingerprint, place);
    return place;
}

IndexWriter::StudyPlace IndexWriter::insert_study_header(const StoredInstance& instance,
                                                         const std::string& fingerprint,
                                                         std::int64_t record) {
    const std::string_view uid = instance.header.study.get(tags::StudyInstanceUID);
    const std::string patient_id = patient_id_of(instance);
    std::int64_t study = connection_->integer(0, "SELECT id FROM study WHERE uid = ? AND patient_id = ?", uid,
                                              std::string_view(patient_id));
    if (study == 0) {
        connection_->run("INSERT INTO study(uid, patient_id, record_id, person_id, copies, institution,"
                         " study_date, accession, images, series_count, instance_count, report_status,"
                         " report_ids, attributes, exam)"
                         " VALUES(?, ?, ?, 0, 1, '', '', '', 0, 0, 0, 0, '', ?, ?)",
                         uid, std::string_view(patient_id), record, Blob{""}, Blob{""});
        study = connection_->last_insert_id();
        count_copies(*connection_, uid, touched_studies_);
    }
    connection_->run("INSERT INTO study_header(study_id, record_id, fingerprint, institution, instance_count,"
                     " image_count, attributes) VALUES(?, ?, ?, ?, 0, 0, ?)",
                     study, record, Blob{fingerprint}, std::string_view(instance.institution),
                     Blob{instance.header.study.encode()});
    const std::int64_t header = connection_->last_insert_id();
    changed_records_.insert(record);
    changed_studies_.insert(study);
    return StudyPlace{study, header};
}

std::int64_t IndexWriter::place_record(const StoredInstance& instance) {
    const std::string fingerprint = record_fingerprint(instance);
    const std::int64_t known =
        connection_->integer(0, "SELECT id FROM patient_record WHERE fingerprint = ?", Blob{fingerprint});
    return known != 0 ? known : insert_record(instance, fingerprint);
}

std::int64_t IndexWriter::insert_record(const StoredInstance& instance, const std::string& fingerprint) {
    connection_->run("INSERT INTO patient_record(fingerprint, person_id, primary_identifier, demographics,"
                     " attributes) VALUES(?, 0, 0, ?, ?)",
                     Blob{fingerprint}, std::string_view(demographics_of(instance.header.patient)),
                     Blob{instance.header.patient.encode()});
    const std::int64_t record = connection_->last_insert_id();
    insert_record_identifiers(record, instance);
    for (const std::string& key : dicom::name_keys(instance.header.patient.get(tags::PatientName))) {
        connection_->run("INSERT INTO name_key(name, record_id) VALUES(?, ?) ON CONFLICT DO NOTHING",
                         std::string_view(key), record);
    }
    changed_records_.insert(record);
    return record;
}

void IndexWriter::insert_record_identifiers(std::int64_t record, const StoredInstance& instance) {
    for (std::size_t i = 0; i < instance.identifiers.size(); ++i) {
        const std::int64_t identifier = place_identifier(instance.identifiers[i]);
        connection_->run("INSERT INTO record_identifier(identifier_id, record_id) VALUES(?, ?)"
                         " ON CONFLICT DO NOTHING",
                         identifier, record);
        if (i == 0 && instance.header.has_patient_id) {
            connection_->run("UPDATE patient_record SET primary_identifier = ? WHERE id = ?", identifier,
                             record);
        }
    }
}

std::int64_t IndexWriter::place_identifier(const identity::Identifier& identifier) {
    const std::int64_t domain = place_domain(identifier.domain);
    const std::int64_t known =
        connection_->integer(0, "SELECT id FROM identifier WHERE value = ? AND domain_id = ?",
                             std::string_view(identifier.value), domain);
    if (known != 0) {
        // A placeholder and a real number never share domain and value, so `weak` cannot differ.
        return known;
    }
    // -1: no person yet; the linking that follows in this transaction decides.
    connection_->run("INSERT INTO identifier(value, domain_id, weak, person_id) VALUES(?, ?, ?, -1)",
                     std::string_view(identifier.value), domain,
                     static_cast<std::int64_t>(identifier.weak ? 1 : 0));
    return connection_->last_insert_id();
}

std::int64_t IndexWriter::place_domain(const std::string& name) {
    if (const auto known = domains_.find(name); known != domains_.end()) {
        return known->second;
    }
    std::int64_t domain =
        connection_->integer(0, "SELECT id FROM domain WHERE name = ?", std::string_view(name));
    if (domain == 0) {
        connection_->run("INSERT INTO domain(name) VALUES(?)", std::string_view(name));
        domain = connection_->last_insert_id();
    }
    remember(domains_, name, domain);
    return domain;
}

IndexWriter::StudyPlace IndexWriter::place_series(const StoredInstance& instance, std::int64_t study) {
    const std::string fingerprint = series_fingerprint(instance);
    StudyPlace place;
    if (const auto known = series_places_.find(fingerprint); known != series_places_.end()) {
        place = known->second;
    } else {
        Rows rows = connection_->query("SELECT series_id, id FROM series_header WHERE fingerprint = ?",
                                       Blob{fingerprint});
        if (rows.next()) {
            place = StudyPlace{rows.integer(0), rows.integer(1)};
        }
    }
    if (place.header == 0) {
        const std::string_view uid = instance.header.series.get(tags::SeriesInstanceUID);
        place.study =
            connection_->integer(0, "SELECT id FROM series WHERE study_id = ? AND uid = ?", study, uid);
        if (place.study == 0) {
            connection_->run("INSERT INTO series(study_id, uid, instance_count, attributes)"
                             " VALUES(?, ?, 0, ?)",
                             study, uid, Blob{""});
            place.study = connection_->last_insert_id();
        }
        connection_->run(
            "INSERT INTO series_header(series_id, fingerprint, sop_class, images, instance_count,"
            " attributes) VALUES(?, ?, ?, ?, 0, ?)",
            place.study, Blob{fingerprint}, instance.header.instance.get(tags::SOPClassUID),
            static_cast<std::int64_t>(instance.header.image ? 1 : 0), Blob{instance.header.series.encode()});
        place.header = connection_->last_insert_id();
        changed_series_.insert(place.study);
        changed_studies_.insert(study);
    }
    connection_->run("UPDATE series_header SET instance_count = instance_count + 1 WHERE id = ?",
                     place.header);
    connection_->run("UPDATE series SET instance_count = instance_count + 1 WHERE id = ?", place.study);
    remember(series_places_, fingerprint, place);
    return place;
}

void IndexWriter::locate(std::string_view packed_id, const Uuid& file) {
    connection_->run("UPDATE instance SET file_uuid = ? WHERE orthanc_id = ?",
                     Blob{file.known() ? file.packed() : std::string_view("")}, Blob{packed_id});
}

void IndexWriter::relocate(std::string_view packed_id, const Uuid& file) {
    if (file.known()) {
        locate(packed_id, file);
    } else {
        connection_->run(
            "UPDATE instance SET file_uuid = NULL WHERE orthanc_id = ? AND file_uuid IS NOT NULL",
            Blob{packed_id});
    }
}

Result<std::vector<IndexWriter::NotLocated>> IndexWriter::not_located(std::int64_t row, std::size_t limit) {
    std::vector<NotLocated> found;
    Rows rows = connection_->query("SELECT x.id, x.orthanc_id, st.institution FROM instance x"
                                   " JOIN series se ON se.id = x.series_id"
                                   " JOIN study st ON st.id = se.study_id"
                                   " WHERE x.file_uuid IS NULL AND x.id > ? ORDER BY x.id LIMIT ?",
                                   row, static_cast<std::int64_t>(limit));
    while (rows.next()) {
        found.push_back({rows.integer(0), unpack_orthanc_id(rows.blob(1)), std::string(rows.text(2))});
    }
    const Status read = connection_->take_failure();
    return read ? Result<std::vector<NotLocated>>(std::move(found)) : read.failure();
}

void IndexWriter::delete_instance(std::string_view packed_id, Day today) {
    ObjectPath path;
    {
        Rows rows = connection_->query("SELECT st.uid, se.uid, x.uid FROM instance x"
                                       " JOIN series se ON se.id = x.series_id"
                                       " JOIN study st ON st.id = se.study_id WHERE x.orthanc_id = ?",
                                       Blob{packed_id});
        if (rows.next()) {
            path = {std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2))};
        }
    }
    remove(packed_id);
    if (path.instance.empty()) {
        return;
    }
    remember_removed(*connection_, path, today);
    if (connection_->integer(0,
                             "SELECT 1 FROM series se JOIN study st ON st.id = se.study_id"
                             " WHERE se.uid = ? AND st.uid = ?",
                             std::string_view(path.series), std::string_view(path.study)) == 0) {
        remember_removed(*connection_, {path.study, path.series, {}}, today);
    }
    if (connection_->integer(0, "SELECT 1 FROM study WHERE uid = ?", std::string_view(path.study)) == 0) {
        remember_removed(*connection_, {path.study, {}, {}}, today);
    }
    removed_any_ = true;
}

void IndexWriter::remove(std::string_view packed_id) {
    connection_->run("DELETE FROM unreadable WHERE orthanc_id = ?", Blob{packed_id});
    std::int64_t id = 0;
    std::int64_t series = 0;
    std::int64_t study_header = 0;
    std::int64_t series_header = 0;
    {
        Rows rows = connection_->query("SELECT id, series_id, study_header_id, series_header_id FROM instance"
                                       " WHERE orthanc_id = ?",
                                       Blob{packed_id});
        if (!rows.next()) {
            return;
        }
        id = rows.integer(0);
        series = rows.integer(1);
        study_header = rows.integer(2);
        series_header = rows.integer(3);
    }
    study_places_.clear();
    series_places_.clear();
    const bool image =
        connection_->integer(0, "SELECT images FROM series_header WHERE id = ?", series_header) != 0;
    const std::int64_t study =
        connection_->integer(0, "SELECT study_id FROM study_header WHERE id = ?", study_header);
    connection_->run("DELETE FROM report WHERE instance_id = ?", id);
    if (connection_->changes() > 0) {
        changed_studies_.insert(study);
    }
    connection_->run("DELETE FROM instance WHERE id = ?", id);
    connection_->run("UPDATE series SET instance_count = instance_count - 1 WHERE id = ?", series);
    connection_->run("UPDATE study SET instance_count = instance_count - 1 WHERE id = ?", study);
    // Asked now: the study may be gone at the end.
    changed_persons_.insert(connection_->integer(0, "SELECT person_id FROM study WHERE id = ?", study));
    touched_studies_.insert(study);
    release_series_header(series_header);
    release_study_header(study_header, image);
    ++outcome_.deleted;
}

void IndexWriter::release_series_header(std::int64_t header) {
    connection_->run("UPDATE series_header SET instance_count = instance_count - 1 WHERE id = ?", header);
    const std::int64_t series = connection_->integer(
        0, "SELECT series_id FROM series_header WHERE id = ? AND instance_count = 0", header);
    if (series == 0) {
        return;
    }
    connection_->run("DELETE FROM series_header WHERE id = ?", header);
    const std::int64_t study = connection_->integer(0, "SELECT study_id FROM series WHERE id = ?", series);
    changed_studies_.insert(study);
    connection_->run("DELETE FROM series WHERE id = ? AND instance_count = 0", series);
    if (connection_->changes() == 0) {
        changed_series_.insert(series);
    }
}

void IndexWriter::release_study_header(std::int64_t header, bool image) {
    connection_->run("UPDATE study_header SET instance_count = instance_count - 1,"
                     " image_count = image_count - ? WHERE id = ?",
                     static_cast<std::int64_t>(image ? 1 : 0), header);
    std::int64_t study = 0;
    std::int64_t record = 0;
    std::int64_t left = 0;
    {
        Rows rows = connection_->query("SELECT study_id, record_id, instance_count, image_count"
                                       " FROM study_header WHERE id = ?",
                                       header);
        if (!rows.next()) {
            return;
        }
        study = rows.integer(0);
        record = rows.integer(1);
        left = rows.integer(2);
        if (left > 0 && image && rows.integer(3) == 0) {
            changed_studies_.insert(study);
        }
    }
    if (left > 0) {
        return;
    }
    // Whoever shared this study with the record may be somebody else now.
    Rows sharing = connection_->query("SELECT record_id FROM study_header WHERE study_id = ?", study);
    while (sharing.next()) {
        changed_records_.insert(sharing.integer(0));
    }
    connection_->run("DELETE FROM study_header WHERE id = ?", header);
    if (!remove_empty_study(*connection_, study, touched_studies_)) {
        changed_studies_.insert(study);
    }
    release_record(record);
}

void IndexWriter::release_record(std::int64_t record) {
    if (connection_->integer(0, "SELECT 1 FROM study_header WHERE record_id = ?", record) != 0) {
        return;
    }
    std::vector<Held> identifiers;
    std::string demographics;
    {
        Rows rows =
            connection_->query("SELECT r.identifier_id, i.weak, p.demographics FROM record_identifier r"
                               " JOIN identifier i ON i.id = r.identifier_id"
                               " JOIN patient_record p ON p.id = r.record_id WHERE r.record_id = ?",
                               record);
        while (rows.next()) {
            identifiers.push_back({rows.integer(0), rows.integer(1) != 0});
            demographics = rows.text(2);
        }
    }
    changed_persons_.insert(
        connection_->integer(0, "SELECT person_id FROM patient_record WHERE id = ?", record));
    connection_->run("DELETE FROM record_identifier WHERE record_id = ?", record);
    connection_->run("DELETE FROM name_key WHERE record_id = ?", record);
    connection_->run("DELETE FROM patient_record WHERE id = ?", record);
    changed_records_.erase(record);
    for (const Held& held : identifiers) {
        release_identifier(held, demographics);
    }
}

// Records that were linked by way of the one that is gone are linked anew. An identifier that is overused
// linked nothing before and links nothing now, so its thousands of records are left in peace.
void IndexWriter::release_identifier(const Held& held, const std::string& demographics) {
    if (connection_->integer(0, "SELECT 1 FROM record_identifier WHERE identifier_id = ? LIMIT 1",
                             held.identifier) == 0) {
        connection_->run("DELETE FROM identifier WHERE id = ?", held.identifier);
        changed_identifiers_.erase(held.identifier);
        return;
    }
    changed_identifiers_.insert(held.identifier);
    const std::vector<std::int64_t> others =
        held.weak ? records_sharing_weak(*connection_, held.identifier, demographics,
                                         identity::kMaxRecordsPerIdentifier + 1)
                  : records_sharing(*connection_, held.identifier, identity::kMaxRecordsPerIdentifier + 1);
    if (others.size() <= identity::kMaxRecordsPerIdentifier) {
        changed_records_.insert(others.begin(), others.end());
    }
}

void IndexWriter::settle() {
    for (const std::int64_t series : changed_series_) {
        summarise_series(*connection_, series);
    }
    link_persons(*connection_, changed_records_, changed_identifiers_, changed_persons_,
                 outcome_.new_conflicts);
    for (const std::int64_t study : changed_studies_) {
        // It may go to another person, when another of its headers comes first.
        changed_persons_.insert(connection_->integer(0, "SELECT person_id FROM study WHERE id = ?", study));
        summarise_study(*connection_, study);
    }
    touched_studies_.insert(changed_studies_.begin(), changed_studies_.end());
    for (const std::int64_t study : touched_studies_) {
        changed_persons_.insert(connection_->integer(0, "SELECT person_id FROM study WHERE id = ?", study));
    }
    changed_persons_.erase(0);
    for (const std::int64_t person : changed_persons_) {
        summarise_person(*connection_, person);
    }
    changed_records_.clear();
    changed_identifiers_.clear();
    changed_studies_.clear();
    touched_studies_.clear();
    changed_persons_.clear();
    changed_series_.clear();
}

} // namespace recog::index
