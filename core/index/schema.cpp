#include "core/index/schema.hpp"

#include <array>

namespace recog::index {

namespace {

// Version 1. Only SQL that SQLite and PostgreSQL share; WITHOUT ROWID stays out for that reason, so the two
// link tables pay a rowid.
constexpr std::array kVersion1{
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL)",

    "CREATE TABLE domain(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",

    // person_id 0: the identifier's records are in several persons; a question by it matches nobody.
    "CREATE TABLE identifier(id INTEGER PRIMARY KEY, value TEXT NOT NULL, domain_id INTEGER NOT NULL,"
    " weak INTEGER NOT NULL, person_id BIGINT NOT NULL)",
    "CREATE UNIQUE INDEX identifier_value ON identifier(value, domain_id)",
    "CREATE INDEX identifier_conflict ON identifier(id) WHERE person_id = 0 AND weak = 0",

    "CREATE TABLE patient_record(id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE,"
    " person_id BIGINT NOT NULL, primary_identifier BIGINT NOT NULL, demographics TEXT NOT NULL,"
    " attributes BLOB NOT NULL)",
    "CREATE INDEX patient_record_person ON patient_record(person_id)",
    "CREATE INDEX patient_record_demographics ON patient_record(demographics)",

    "CREATE TABLE record_identifier(identifier_id BIGINT NOT NULL, record_id BIGINT NOT NULL)",
    "CREATE UNIQUE INDEX record_identifier_both ON record_identifier(identifier_id, record_id)",
    "CREATE INDEX record_identifier_record ON record_identifier(record_id)",

    "CREATE TABLE name_key(name TEXT NOT NULL, record_id BIGINT NOT NULL)",
    "CREATE UNIQUE INDEX name_key_name ON name_key(name, record_id)",
    "CREATE INDEX name_key_record ON name_key(record_id)",

    "CREATE TABLE study(id INTEGER PRIMARY KEY, uid TEXT NOT NULL, patient_id TEXT NOT NULL,"
    " record_id BIGINT NOT NULL, person_id BIGINT NOT NULL, institution TEXT NOT NULL,"
    " study_date TEXT NOT NULL, accession TEXT NOT NULL, images INTEGER NOT NULL,"
    " series_count BIGINT NOT NULL, instance_count BIGINT NOT NULL, report_status INTEGER NOT NULL,"
    " report_ids TEXT NOT NULL, attributes BLOB NOT NULL, exam BLOB NOT NULL)",
    "CREATE UNIQUE INDEX study_uid ON study(uid, patient_id)",
    "CREATE INDEX study_person ON study(person_id, study_date)",
    "CREATE INDEX study_patient_id ON study(patient_id)",
    "CREATE INDEX study_record ON study(record_id)",
    "CREATE INDEX study_date ON study(study_date)",
    "CREATE INDEX study_accession ON study(accession)",

    "CREATE TABLE study_header(id INTEGER PRIMARY KEY, study_id BIGINT NOT NULL, record_id BIGINT NOT NULL,"
    " fingerprint BLOB NOT NULL UNIQUE, institution TEXT NOT NULL, instance_count BIGINT NOT NULL,"
    " image_count BIGINT NOT NULL, attributes BLOB NOT NULL)",
    "CREATE INDEX study_header_study ON study_header(study_id)",
    "CREATE INDEX study_header_record ON study_header(record_id)",

    "CREATE TABLE series(id INTEGER PRIMARY KEY, study_id BIGINT NOT NULL, uid TEXT NOT NULL,"
    " instance_count BIGINT NOT NULL, attributes BLOB NOT NULL)",
    "CREATE UNIQUE INDEX series_study ON series(study_id, uid)",
    "CREATE INDEX series_uid ON series(uid)",

    "CREATE TABLE series_header(id INTEGER PRIMARY KEY, series_id BIGINT NOT NULL,"
    " fingerprint BLOB NOT NULL UNIQUE, sop_class TEXT NOT NULL, images INTEGER NOT NULL,"
    " instance_count BIGINT NOT NULL, attributes BLOB NOT NULL)",
    "CREATE INDEX series_header_series ON series_header(series_id)",

    "CREATE TABLE instance(id INTEGER PRIMARY KEY, orthanc_id BLOB NOT NULL UNIQUE,"
    " series_id BIGINT NOT NULL, study_header_id BIGINT NOT NULL, series_header_id BIGINT NOT NULL,"
    " uid TEXT NOT NULL, size BIGINT NOT NULL, fingerprint BLOB NOT NULL, attributes BLOB NOT NULL)",
    "CREATE INDEX instance_series ON instance(series_id)",
    "CREATE INDEX instance_uid ON instance(uid)",

    // reason stands for the operator; such an instance is in the archive and in no answer.
    "CREATE TABLE unreadable(orthanc_id BLOB NOT NULL UNIQUE, reason TEXT NOT NULL)",

    "CREATE TABLE report(instance_id INTEGER PRIMARY KEY, study_id BIGINT NOT NULL, uid TEXT NOT NULL,"
    " status INTEGER NOT NULL, title TEXT NOT NULL, report_date TEXT NOT NULL, report_time TEXT NOT NULL,"
    " mime_type TEXT NOT NULL, content TEXT NOT NULL)",
    "CREATE INDEX report_study ON report(study_id)",
    "CREATE INDEX report_uid ON report(uid)",
};

constexpr std::array kContentTables{
    "identifier", "patient_record", "record_identifier", "name_key",   "study",  "study_header",
    "series",     "series_header",  "instance",          "unreadable", "report", "domain"};

constexpr std::int64_t kCurrentVersion = 1;

bool has_tables(Connection& connection) {
    const bool found = connection.integer(0, "SELECT count(*) FROM meta") >= 0 && connection.take_failure();
    static_cast<void>(connection.take_failure());
    return found;
}

} // namespace

std::string read_meta(Connection& connection, std::string_view key) {
    Rows rows = connection.query("SELECT value FROM meta WHERE key = ?", key);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

void write_meta(Connection& connection, std::string_view key, std::string_view value) {
    connection.run("INSERT INTO meta(key, value) VALUES(?, ?)"
                   " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                   key, value);
}

Status prepare_schema(Connection& connection) {
    if (has_tables(connection)) {
        const std::string version = read_meta(connection, "schema");
        if (version != std::to_string(kCurrentVersion)) {
            return error(ErrorKind::Configuration, "the index has schema version '" + version +
                                                       "' and this plugin knows version " +
                                                       std::to_string(kCurrentVersion));
        }
        return connection.take_failure();
    }
    Transaction transaction(connection);
    for (const char* statement : kVersion1) {
        connection.run(statement);
    }
    write_meta(connection, "schema", std::to_string(kCurrentVersion));
    return transaction.commit();
}

Status clear_index(Connection& connection) {
    Transaction transaction(connection);
    for (const char* table : kContentTables) {
        connection.run(std::string("DELETE FROM ") + table);
    }
    connection.run("DELETE FROM meta WHERE key <> 'schema'");
    return transaction.commit();
}

} // namespace recog::index
