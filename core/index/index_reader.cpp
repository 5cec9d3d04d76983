#include "core/index/index_reader.hpp"

#include "core/index/person_summary.hpp"
#include "core/index/stored_instance.hpp"
#include "core/matching/moment_range.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace recog::index {

using dicom::AttributeSet;
using dicom::Level;

namespace {

Result<AttributeSet> read_set(std::string_view stored) {
    return stored.empty() ? Result<AttributeSet>(AttributeSet()) : AttributeSet::decode(stored);
}

constexpr const char* kStudyColumns =
    "st.id, st.uid, st.person_id, st.institution, st.images, st.series_count, st.instance_count,"
    " st.report_status, st.report_ids, st.attributes, st.exam, r.attributes, st.copies";
constexpr int kStudyColumnCount = 13;

Status read_study(Rows& rows, StudyRow& study) {
    study.id = rows.integer(0);
    study.uid = rows.text(1);
    study.person = rows.integer(2);
    study.institution = rows.text(3);
    study.images = rows.integer(4) != 0;
    study.series_count = rows.integer(5);
    study.instance_count = rows.integer(6);
    study.report_status = static_cast<dicom::ReportStatus>(rows.integer(7));
    study.report_ids = rows.text(8);
    study.copies = rows.integer(12);
    AttributeSet* const targets[] = {&study.attributes, &study.exam, &study.patient};
    for (int i = 0; i < 3; ++i) {
        auto set = read_set(rows.blob(9 + i));
        if (!set) {
            return set.failure();
        }
        *targets[i] = *std::move(set);
    }
    return {};
}

Status read_series(Rows& rows, int column, SeriesRow& series) {
    series.id = rows.integer(column);
    series.uid = rows.text(column + 1);
    series.instance_count = rows.integer(column + 2);
    auto set = read_set(rows.blob(column + 3));
    if (!set) {
        return set.failure();
    }
    series.attributes = *std::move(set);
    return {};
}

Status read_instance(Rows& rows, int column, InstanceRow& instance) {
    instance.id = rows.integer(column);
    instance.orthanc_id = unpack_orthanc_id(rows.blob(column + 1));
    instance.uid = rows.text(column + 2);
    instance.size = static_cast<std::uint64_t>(rows.integer(column + 3));
    auto set = read_set(rows.blob(column + 4));
    if (!set) {
        return set.failure();
    }
    instance.attributes = *std::move(set);
    return {};
}

std::string columns_of(Level level) {
    std::string columns = kStudyColumns;
    if (level >= Level::Series) {
        columns += ", se.id, se.uid, se.instance_count, se.attributes";
    }
    if (level == Level::Instance) {
        columns += ", x.id, x.orthanc_id, x.uid, x.size, x.attributes";
    }
    return columns;
}

Status read_row(Rows& rows, Level level, Row& row) {
    Status read = read_study(rows, row.study);
    if (read && level >= Level::Series) {
        read = read_series(rows, kStudyColumnCount, row.series);
    }
    if (read && level == Level::Instance) {
        read = read_instance(rows, kStudyColumnCount + 4, row.instance);
    }
    return read;
}

int key_column(Level level) {
    return level == Level::Study ? 0 : level == Level::Series ? kStudyColumnCount : kStudyColumnCount + 4;
}

/// Rows can satisfy several conditions, or one of them twice.
bool may_repeat(const std::vector<Condition>& conditions) {
    return conditions.size() > 1 || conditions.front().may_repeat;
}

} // namespace

Result<bool> IndexReader::summarised(std::int64_t person, const std::function<bool(Row&)>& sink) {
    std::optional<PersonSummary> summary;
    {
        Rows found = connection_.query("SELECT content FROM person_summary WHERE person_id = ?", person);
        if (!found.next()) {
            const Status read = connection_.take_failure();
            return read ? Result<bool>(false) : read.failure();
        }
        auto decoded = decode_summary(found.blob(0), person);
        if (!decoded) {
            return decoded.failure();
        }
        summary = *std::move(decoded);
    }
    summarised_person_ = person;
    summarised_identifiers_ = &summary->identifiers;
    for (StudyRow& study : summary->studies) {
        Row row;
        row.study = std::move(study);
        if (!sink(row)) {
            break;
        }
    }
    summarised_identifiers_ = nullptr;
    return true;
}

Status IndexReader::rows(Level level, const Selection& selection, const std::function<bool(Row&)>& sink) {
    if (level == Level::Study && selection.person && selection.study_uids.empty()) {
        const auto given = summarised(*selection.person, sink);
        if (!given || *given) {
            return given ? Status() : Status(given.failure());
        }
    }
    if (selection.newest_first) {
        const OrderedConditions ordered = ordered_conditions_of(connection_, selection, level);
        return ordered.to_sort ? sorted_rows(level, ordered.conditions, sink)
                               : condition_rows(level, ordered.conditions, sink);
    }
    return condition_rows(level, conditions_of(connection_, selection, level), sink);
}

Status IndexReader::condition_rows(Level level, const std::vector<Condition>& conditions,
                                   const std::function<bool(Row&)>& sink) {
    const std::string columns = columns_of(level);
    const bool repeating = may_repeat(conditions);
    std::unordered_set<std::int64_t> seen;
    for (const Condition& condition : conditions) {
        Rows found = run_condition(connection_, select_text(columns, condition, level, true), condition);
        while (found.next()) {
            if (repeating && !seen.insert(found.integer(key_column(level))).second) {
                continue;
            }
            Row row;
            if (const Status read = read_row(found, level, row); !read) {
                return read;
            }
            if (!sink(row)) {
                return {};
            }
        }
    }
    return connection_.take_failure();
}

// Places first, which cost a page each, then rows as far as the sink wants them.
Status IndexReader::sorted_rows(Level level, const std::vector<Condition>& conditions,
                                const std::function<bool(Row&)>& sink) {
    std::set<std::pair<std::string, std::int64_t>, std::greater<>> places;
    for (Condition condition : conditions) {
        condition.order.clear();
        Rows found = run_condition(
            connection_, select_text("st.study_date, st.id", condition, Level::Study, false), condition);
        while (found.next()) {
            places.emplace(found.text(0), found.integer(1));
        }
    }
    if (const Status read = connection_.take_failure(); !read) {
        return read;
    }
    bool go_on = true;
    for (auto place = places.begin(); place != places.end() && go_on; ++place) {
        const Status read = condition_rows(level, {study_condition(place->second, level)},
                                           [&](Row& row) { return go_on = sink(row); });
        if (!read) {
            return read;
        }
    }
    return {};
}

Result<PassedOver> IndexReader::pass_over(
    const Selection& selection, std::uint64_t most, std::int64_t newest,
    const std::function<bool(std::int64_t person, const std::string& uid)>& is_repetition) {
    std::unordered_map<std::int64_t, std::pair<std::int64_t, std::string>> copies;
    {
        Rows rows = connection_.query("SELECT id, person_id, uid FROM study WHERE copies > 1 LIMIT ?",
                                      kMostCopiesKnown + 1);
        while (rows.next()) {
            copies.emplace(rows.integer(0), std::pair(rows.integer(1), std::string(rows.text(2))));
        }
    }
    if (copies.size() > static_cast<std::size_t>(kMostCopiesKnown)) {
        return error(ErrorKind::Unavailable, "too many studies are held more than once");
    }
    const bool by_date = selection.study_dates.has_value();
    PassedOver passed;
    std::int64_t last = 0;
    std::string date;
    Rows rows = walk(connection_, selection);
    while (passed.count < most && rows.next()) {
        const std::int64_t id = rows.integer(1);
        if (id > newest || (by_date && !matching::parse_date(rows.text(0)))) {
            continue;
        }
        const auto copy = copies.find(id);
        if (copy != copies.end() && is_repetition(copy->second.first, copy->second.second)) {
            continue;
        }
        ++passed.count;
        last = id;
        date = rows.text(0);
    }
    if (const Status read = connection_.take_failure(); !read) {
        return read.failure();
    }
    if (passed.count > 0) {
        passed.last = StudyPlace{std::move(date), last};
    }
    return passed;
}

std::int64_t IndexReader::newest_id(Level level) {
    const char* table = level == Level::Instance ? "instance" : level == Level::Series ? "series" : "study";
    return connection_.integer(0, std::string("SELECT max(id) FROM ") + table);
}

Status IndexReader::studies(const Selection& selection, const std::function<bool(Row&)>& sink) {
    return rows(Level::Study, selection, sink);
}

Status IndexReader::series(const Selection& selection, const std::function<bool(Row&)>& sink) {
    return rows(Level::Series, selection, sink);
}

Status IndexReader::instances(const Selection& selection, const std::function<bool(Row&)>& sink) {
    return rows(Level::Instance, selection, sink);
}

Status IndexReader::selected_instances(const Selection& selection,
                                       const std::function<bool(const SelectedInstance&)>& sink) {
    static const std::string columns =
        "x.orthanc_id, x.uid, x.size, x.attributes, se.uid, se.attributes, st.uid, st.person_id,"
        " st.institution, st.accession, x.file_uuid";
    for (Condition& condition : conditions_of(connection_, selection, Level::Instance)) {
        condition.order.clear();
        Rows found =
            run_condition(connection_, select_text(columns, condition, Level::Instance, false), condition);
        while (found.next()) {
            SelectedInstance one;
            one.orthanc_id = found.blob(0);
            one.sop_instance_uid = found.text(1);
            one.size = static_cast<std::uint64_t>(found.integer(2));
            const std::string_view attributes = found.blob(3);
            one.sop_class_uid = AttributeSet::find_stored(attributes, dicom::tags::SOPClassUID);
            one.transfer_syntax =
                AttributeSet::find_stored(attributes, dicom::tags::AvailableTransferSyntaxUID);
            one.instance_number = AttributeSet::find_stored(attributes, dicom::tags::InstanceNumber);
            one.series_uid = found.text(4);
            one.series_number = AttributeSet::find_stored(found.blob(5), dicom::tags::SeriesNumber);
            one.study_uid = found.text(6);
            one.person = found.integer(7);
            one.institution = found.text(8);
            one.accession = found.text(9);
            one.file = unpack_uuid(found.blob(10));
            if (!sink(one)) {
                return {};
            }
        }
    }
    return connection_.take_failure();
}

Result<bool> IndexReader::was_removed(const ObjectPath& path) {
    const bool removed = index::was_removed(connection_, path);
    const Status read = connection_.take_failure();
    return read ? Result<bool>(removed) : read.failure();
}

Status IndexReader::persons(const Selection& selection, const std::function<bool(PersonRow&)>& sink) {
    bool go_on = true;
    if (selection.person) {
        return person(*selection.person, sink, go_on);
    }
    // Whole persons, even when one of their records alone satisfies the condition; one by one, so that the
    // first is given before the last is found.
    std::unordered_set<std::int64_t> seen;
    std::int64_t last = 0;
    for (const Condition& condition : person_conditions_of(connection_, selection)) {
        const bool sorted = condition.where.empty();
        Rows found = run_condition(connection_, select_persons_text(condition), condition);
        while (go_on && found.next()) {
            const std::int64_t id = found.integer(0);
            if (id == std::exchange(last, id) || (!sorted && !seen.insert(id).second)) {
                continue;
            }
            if (const Status read = person(id, sink, go_on); !read) {
                return read;
            }
        }
    }
    return connection_.take_failure();
}

Status IndexReader::person(std::int64_t id, const std::function<bool(PersonRow&)>& sink, bool& go_on) {
    Rows found = connection_.query("SELECT p.person_id, p.id, p.attributes, d.name FROM patient_record p"
                                   " LEFT JOIN identifier pi ON pi.id = p.primary_identifier"
                                   " LEFT JOIN domain d ON d.id = pi.domain_id"
                                   " WHERE p.person_id = ? ORDER BY p.id",
                                   id);
    while (go_on && found.next()) {
        auto patient = read_set(found.blob(2));
        if (!patient) {
            return patient.failure();
        }
        PersonRow row{found.integer(0), found.integer(1), std::string(found.text(3)), *std::move(patient)};
        go_on = sink(row);
    }
    return connection_.take_failure();
}

std::vector<std::int64_t> IndexReader::same_studies(std::int64_t person, std::string_view uid) {
    std::vector<std::int64_t> ids;
    Rows rows =
        connection_.query("SELECT id FROM study WHERE uid = ? AND person_id = ? ORDER BY id", uid, person);
    while (rows.next()) {
        ids.push_back(rows.integer(0));
    }
    return ids;
}

IndexCounts IndexReader::union_counts(const std::vector<std::int64_t>& studies) {
    std::set<std::string> series;
    std::set<std::string> instances;
    for (const std::int64_t study : studies) {
        Rows rows =
            connection_.query("SELECT se.uid, x.uid FROM series se JOIN instance x ON x.series_id = se.id"
                              " WHERE se.study_id = ?",
                              study);
        while (rows.next()) {
            series.emplace(rows.text(0));
            instances.emplace(rows.text(1));
        }
    }
    IndexCounts counts;
    counts.series = static_cast<std::int64_t>(series.size());
    counts.instances = static_cast<std::int64_t>(instances.size());
    return counts;
}

std::int64_t IndexReader::union_instances(const std::vector<std::int64_t>& studies,
                                          std::string_view series_uid) {
    std::set<std::string> instances;
    for (const std::int64_t study : studies) {
        Rows rows = connection_.query("SELECT x.uid FROM series se JOIN instance x ON x.series_id = se.id"
                                      " WHERE se.study_id = ? AND se.uid = ?",
                                      study, series_uid);
        while (rows.next()) {
            instances.emplace(rows.text(0));
        }
    }
    return static_cast<std::int64_t>(instances.size());
}

IndexCounts IndexReader::person_counts(std::int64_t person) {
    struct Study {
        std::vector<std::int64_t> ids;
        std::int64_t series = 0;
        std::int64_t instances = 0;
    };
    std::map<std::string, Study, std::less<>> studies;
    {
        Rows rows = connection_.query(
            "SELECT uid, id, series_count, instance_count FROM study WHERE person_id = ?", person);
        while (rows.next()) {
            Study& study = studies[std::string(rows.text(0))];
            study.ids.push_back(rows.integer(1));
            study.series = rows.integer(2);
            study.instances = rows.integer(3);
        }
    }
    IndexCounts counts;
    counts.studies = static_cast<std::int64_t>(studies.size());
    for (const auto& [uid, study] : studies) {
        const IndexCounts both = study.ids.size() > 1 ? union_counts(study.ids) : IndexCounts();
        counts.series += study.ids.size() > 1 ? both.series : study.series;
        counts.instances += study.ids.size() > 1 ? both.instances : study.instances;
    }
    return counts;
}

} // namespace recog::index
