#include "core/index/person_summary.hpp"

namespace recog::index {

namespace {

constexpr char kVersion = 1;

void put(std::string& out, std::uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
        out += static_cast<char>((number >> (8U * i)) & 0xFFU);
    }
}

void put(std::string& out, std::string_view text) {
    put(out, text.size(), 4);
    out += text;
}

/// Reads to the end or to the first thing that is wrong; after that everything is 0 and empty.
class Cursor {
public:
    explicit Cursor(std::string_view stored) : left_(stored) {}

    std::uint64_t number(unsigned bytes) {
        const std::string_view text = take(bytes);
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            number |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8U * i);
        }
        return number;
    }
    std::int64_t integer() { return static_cast<std::int64_t>(number(8)); }
    std::string_view text() { return take(static_cast<std::size_t>(number(4))); }
    bool at_end() const { return sound_ && left_.empty(); }
    bool sound() const { return sound_; }

private:
    std::string_view take(std::size_t size) {
        if (!sound_ || size > left_.size()) {
            sound_ = false;
            return {};
        }
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }

    std::string_view left_;
    bool sound_ = true;
};

bool read_set(Cursor& cursor, dicom::AttributeSet& set) {
    const std::string_view stored = cursor.text();
    if (stored.empty()) {
        return cursor.sound();
    }
    auto decoded = dicom::AttributeSet::decode(stored);
    if (!decoded) {
        return false;
    }
    set = *std::move(decoded);
    return true;
}

bool read_study(Cursor& cursor, StudyRow& study) {
    study.id = cursor.integer();
    study.copies = cursor.integer();
    study.series_count = cursor.integer();
    study.instance_count = cursor.integer();
    study.report_status = static_cast<dicom::ReportStatus>(cursor.number(1));
    study.images = cursor.number(1) != 0;
    study.uid = cursor.text();
    study.institution = cursor.text();
    study.report_ids = cursor.text();
    return read_set(cursor, study.attributes) && read_set(cursor, study.exam) &&
           read_set(cursor, study.patient);
}

} // namespace

void SummaryEncoder::add_study(const StudyColumns& study) {
    ++study_count_;
    for (const std::int64_t number : {study.id, study.copies, study.series_count, study.instance_count}) {
        put(studies_, static_cast<std::uint64_t>(number), 8);
    }
    put(studies_, static_cast<std::uint64_t>(study.report_status), 1);
    put(studies_, study.images ? 1 : 0, 1);
    for (const std::string_view text :
         {study.uid, study.institution, study.report_ids, study.attributes, study.exam, study.patient}) {
        put(studies_, text);
    }
}

void SummaryEncoder::add_identifier(std::string_view domain, std::string_view value, bool weak) {
    ++identifier_count_;
    put(identifiers_, weak ? 1 : 0, 1);
    put(identifiers_, domain);
    put(identifiers_, value);
}

std::string SummaryEncoder::finish() const {
    std::string out(1, kVersion);
    put(out, study_count_, 4);
    out += studies_;
    put(out, identifier_count_, 4);
    return out + identifiers_;
}

Result<PersonSummary> decode_summary(std::string_view stored, std::int64_t person) {
    Cursor cursor(stored);
    PersonSummary summary;
    bool sound = cursor.number(1) == std::uint64_t{kVersion};
    const auto studies = cursor.number(4);
    sound = sound && studies <= kMostSummarisedStudies;
    for (std::uint64_t i = 0; sound && i < studies; ++i) {
        StudyRow& study = summary.studies.emplace_back();
        study.person = person;
        sound = read_study(cursor, study);
    }
    const auto identifiers = cursor.number(4);
    sound = sound && identifiers <= kMostSummarisedIdentifiers;
    for (std::uint64_t i = 0; sound && i < identifiers; ++i) {
        IdentifierRow& identifier = summary.identifiers.emplace_back();
        identifier.weak = cursor.number(1) != 0;
        identifier.domain = cursor.text();
        identifier.value = cursor.text();
    }
    if (!sound || !cursor.at_end()) {
        return error(ErrorKind::Malformed, "a person's summary in the index is not of the form it should be");
    }
    return summary;
}

namespace {

/// False when there are too many.
bool add_studies(Connection& connection, std::int64_t person, SummaryEncoder& encoder) {
    Rows rows = connection.query(
        "SELECT st.id, st.copies, st.series_count, st.instance_count, st.report_status, st.images, st.uid,"
        " st.institution, st.report_ids, st.attributes, st.exam, r.attributes FROM study st"
        " CROSS JOIN patient_record r WHERE st.person_id = ? AND r.id = st.record_id"
        " ORDER BY st.study_date DESC, st.uid, st.patient_id LIMIT ?",
        person, static_cast<std::int64_t>(kMostSummarisedStudies + 1));
    while (rows.next()) {
        encoder.add_study({rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3),
                           rows.integer(4), rows.integer(5) != 0, rows.text(6), rows.text(7), rows.text(8),
                           rows.blob(9), rows.blob(10), rows.blob(11)});
    }
    return encoder.studies() <= kMostSummarisedStudies;
}

} // namespace

void summarise_person(Connection& connection, std::int64_t person) {
    SummaryEncoder encoder;
    if (!add_studies(connection, person, encoder) || encoder.studies() == 0) {
        connection.run("DELETE FROM person_summary WHERE person_id = ?", person);
        return;
    }
    for (const IdentifierRow& one :
         IndexReader(connection).identifiers_of(person, kMostSummarisedIdentifiers)) {
        encoder.add_identifier(one.domain, one.value, one.weak);
    }
    connection.run("INSERT INTO person_summary(person_id, content) VALUES(?, ?)"
                   " ON CONFLICT(person_id) DO UPDATE SET content = excluded.content",
                   person, Blob{encoder.finish()});
}

} // namespace recog::index
