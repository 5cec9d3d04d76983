#include "core/index/schema.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace recog::index {

namespace {

// Version 3. Only SQL that SQLite and PostgreSQL share; WITHOUT ROWID stays out for that reason, so the link
// tables pay a rowid. Indexes have names of their own, also those that keep rows unique: a bulk load drops
// them and makes them anew, sorted.
constexpr std::array kTables{
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL)",

    "CREATE TABLE domain(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",

    // person_id 0: the identifier's records are in several persons; a question by it matches nobody.
    "CREATE TABLE identifier(id INTEGER PRIMARY KEY, value TEXT NOT NULL, domain_id INTEGER NOT NULL,"
    " weak INTEGER NOT NULL, person_id BIGINT NOT NULL)",

    "CREATE TABLE patient_record(id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL,"
    " person_id BIGINT NOT NULL, primary_identifier BIGINT NOT NULL, demographics TEXT NOT NULL,"
    " attributes BLOB NOT NULL)",

    "CREATE TABLE record_identifier(identifier_id BIGINT NOT NULL, record_id BIGINT NOT NULL)",

    "CREATE TABLE name_key(name TEXT NOT NULL, record_id BIGINT NOT NULL)",

    // copies: rows with this uid, of whatever patient; nearly always 1, and then nothing has to be united.
    "CREATE TABLE study(id INTEGER PRIMARY KEY, uid TEXT NOT NULL, patient_id TEXT NOT NULL,"
    " record_id BIGINT NOT NULL, person_id BIGINT NOT NULL, copies BIGINT NOT NULL DEFAULT 1,"
    " institution TEXT NOT NULL, study_date TEXT NOT NULL, accession TEXT NOT NULL, images INTEGER NOT NULL,"
    " series_count BIGINT NOT NULL, instance_count BIGINT NOT NULL, report_status INTEGER NOT NULL,"
    " report_ids TEXT NOT NULL, attributes BLOB NOT NULL, exam BLOB NOT NULL)",

    // One row for each modality of a study, with the study's date: "every PET of this week" is one range.
    "CREATE TABLE study_modality(modality TEXT NOT NULL, study_date TEXT NOT NULL, study_id BIGINT NOT NULL)",

    // What IndexReader would gather of a person, in one row (person_summary.hpp).
    "CREATE TABLE person_summary(person_id INTEGER PRIMARY KEY, content BLOB NOT NULL)",

    "CREATE TABLE study_header(id INTEGER PRIMARY KEY, study_id BIGINT NOT NULL, record_id BIGINT NOT NULL,"
    " fingerprint BLOB NOT NULL, institution TEXT NOT NULL, instance_count BIGINT NOT NULL,"
    " image_count BIGINT NOT NULL, attributes BLOB NOT NULL)",

    "CREATE TABLE series(id INTEGER PRIMARY KEY, study_id BIGINT NOT NULL, uid TEXT NOT NULL,"
    " instance_count BIGINT NOT NULL, attributes BLOB NOT NULL)",

    "CREATE TABLE series_header(id INTEGER PRIMARY KEY, series_id BIGINT NOT NULL,"
    " fingerprint BLOB NOT NULL, sop_class TEXT NOT NULL, images INTEGER NOT NULL,"
    " instance_count BIGINT NOT NULL, attributes BLOB NOT NULL)",

    "CREATE TABLE instance(id INTEGER PRIMARY KEY, orthanc_id BLOB NOT NULL,"
    " series_id BIGINT NOT NULL, study_header_id BIGINT NOT NULL, series_header_id BIGINT NOT NULL,"
    " uid TEXT NOT NULL, size BIGINT NOT NULL, fingerprint BLOB NOT NULL, attributes BLOB NOT NULL,"
    // Where the archive keeps the file: NULL as long as it has not been asked, empty when the file cannot be
    // read in place.
    " file_uuid BLOB)",

    // What was here and is not any more, for a time: a fingerprint of its path (removed_objects.hpp).
    "CREATE TABLE removed(id INTEGER PRIMARY KEY, path BLOB NOT NULL, day BIGINT NOT NULL)",

    // reason stands for the operator; such an instance is in the archive and in no answer.
    "CREATE TABLE unreadable(orthanc_id BLOB NOT NULL, reason TEXT NOT NULL)",

    "CREATE TABLE report(instance_id INTEGER PRIMARY KEY, study_id BIGINT NOT NULL, uid TEXT NOT NULL,"
    " status INTEGER NOT NULL, title TEXT NOT NULL, report_date TEXT NOT NULL, report_time TEXT NOT NULL,"
    " mime_type TEXT NOT NULL, content TEXT NOT NULL)",
};

struct SecondaryIndex {
    const char* name;
    const char* what; ///< of "CREATE [UNIQUE] INDEX name ON what"
    bool unique = false;
};

constexpr std::array kIndexes{
    SecondaryIndex{"domain_name", "domain(name)", true},
    SecondaryIndex{"identifier_value", "identifier(value, domain_id)", true},
    SecondaryIndex{"identifier_conflict", "identifier(id) WHERE person_id = 0 AND weak = 0"},
    SecondaryIndex{"patient_record_fingerprint", "patient_record(fingerprint)", true},
    SecondaryIndex{"patient_record_person", "patient_record(person_id)"},
    SecondaryIndex{"patient_record_demographics", "patient_record(demographics)"},
    SecondaryIndex{"record_identifier_both", "record_identifier(identifier_id, record_id)", true},
    SecondaryIndex{"record_identifier_record", "record_identifier(record_id, identifier_id)"},
    SecondaryIndex{"name_key_name", "name_key(name, record_id)", true},
    SecondaryIndex{"name_key_record", "name_key(record_id)"},
    SecondaryIndex{"study_uid", "study(uid, patient_id)", true},
    SecondaryIndex{"study_person", "study(person_id, study_date)"},
    SecondaryIndex{"study_patient_id", "study(patient_id)"},
    SecondaryIndex{"study_record", "study(record_id)"},
    SecondaryIndex{"study_date", "study(study_date)"},
    SecondaryIndex{"study_accession", "study(accession)"},
    SecondaryIndex{"study_copies", "study(uid) WHERE copies > 1"},
    SecondaryIndex{"study_modality_all", "study_modality(modality, study_date, study_id)", true},
    SecondaryIndex{"study_modality_study", "study_modality(study_id)"},
    SecondaryIndex{"study_header_fingerprint", "study_header(fingerprint)", true},
    SecondaryIndex{"study_header_study", "study_header(study_id)"},
    SecondaryIndex{"study_header_record", "study_header(record_id)"},
    SecondaryIndex{"series_study", "series(study_id, uid)", true},
    SecondaryIndex{"series_uid", "series(uid)"},
    SecondaryIndex{"series_header_fingerprint", "series_header(fingerprint)", true},
    SecondaryIndex{"series_header_series", "series_header(series_id)"},
    SecondaryIndex{"instance_orthanc_id", "instance(orthanc_id)", true},
    SecondaryIndex{"instance_series", "instance(series_id)"},
    SecondaryIndex{"instance_uid", "instance(uid)"},
    SecondaryIndex{"instance_not_located", "instance(id) WHERE file_uuid IS NULL"},
    SecondaryIndex{"removed_path", "removed(path)", true},
    SecondaryIndex{"removed_day", "removed(day)"},
    SecondaryIndex{"unreadable_orthanc_id", "unreadable(orthanc_id)", true},
    SecondaryIndex{"report_study", "report(study_id)"},
    SecondaryIndex{"report_uid", "report(uid)"},
};

constexpr std::array kContentTables{"identifier",     "patient_record", "record_identifier",
                                    "name_key",       "study",          "study_modality",
                                    "person_summary", "study_header",   "series",
                                    "series_header",  "instance",       "unreadable",
                                    "report",         "domain",         "removed"};

constexpr std::int64_t kCurrentVersion = 3;

bool has_tables(Connection& connection) {
    const bool found = connection.integer(0, "SELECT count(*) FROM meta") >= 0 && connection.take_failure();
    static_cast<void>(connection.take_failure());
    return found;
}

std::string create_statement(const SecondaryIndex& one) {
    return std::string(one.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ") + "IF NOT EXISTS " + one.name +
           " ON " + one.what;
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

namespace {

Status make_schema(Connection& connection) {
    Transaction transaction(connection);
    for (const char* statement : kTables) {
        connection.run(statement);
    }
    for (const SecondaryIndex& one : kIndexes) {
        connection.run(create_statement(one));
    }
    write_meta(connection, "schema", std::to_string(kCurrentVersion));
    return transaction.commit();
}

/// Indexes go with their tables.
Status drop_schema(Connection& connection) {
    Transaction transaction(connection);
    for (const char* table : kContentTables) {
        connection.run(std::string("DROP TABLE IF EXISTS ") + table);
    }
    connection.run("DROP TABLE IF EXISTS meta");
    return transaction.commit();
}

std::optional<std::int64_t> parse_version(const std::string& text) {
    std::int64_t version = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), version);
    const bool whole = failed == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(version) : std::nullopt;
}

} // namespace

Result<SchemaState> prepare_schema(Connection& connection) {
    if (!has_tables(connection)) {
        const Status made = make_schema(connection);
        return made ? Result<SchemaState>(SchemaState::Made) : made.failure();
    }
    const std::string text = read_meta(connection, "schema");
    if (const Status read = connection.take_failure(); !read) {
        return read.failure();
    }
    const auto version = parse_version(text);
    if (!version || *version > kCurrentVersion) {
        return error(ErrorKind::Configuration, "the index has schema version '" + text +
                                                   "' and this plugin knows version " +
                                                   std::to_string(kCurrentVersion));
    }
    if (*version == kCurrentVersion) {
        // What an older plugin made may lack indexes that were added since.
        const Status made = create_secondary_indexes(connection, [](std::string_view) {});
        return made ? Result<SchemaState>(SchemaState::Kept) : made.failure();
    }
    Status done = drop_schema(connection);
    done = done ? make_schema(connection) : done;
    return done ? Result<SchemaState>(SchemaState::MadeAnew) : done.failure();
}

Status drop_secondary_indexes(Connection& connection) {
    Transaction transaction(connection);
    for (const SecondaryIndex& one : kIndexes) {
        connection.run(std::string("DROP INDEX IF EXISTS ") + one.name);
    }
    return transaction.commit();
}

Status create_secondary_indexes(Connection& connection,
                                const std::function<void(std::string_view name)>& before_each) {
    for (const SecondaryIndex& one : kIndexes) {
        before_each(one.name);
        Transaction transaction(connection);
        connection.run(create_statement(one));
        if (const Status made = transaction.commit(); !made) {
            return made;
        }
    }
    return {};
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
