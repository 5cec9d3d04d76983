#include "core/index/index_reader.hpp"

#include "core/index/stored_instance.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace recog::index {

using dicom::AttributeSet;
using dicom::Level;

namespace {

/// SQL text from a bounded set, and the values bound to it.
struct Condition {
    std::string join; ///< further tables
    std::string where;
    std::string order;
    std::vector<std::string> texts;
    std::optional<std::int64_t> number;
};

/// The first text after all that begin with `prefix`, in byte order; empty when there is none.
std::string after_prefix(std::string prefix) {
    while (!prefix.empty()) {
        const auto last = static_cast<unsigned char>(prefix.back());
        if (last < 0xFF) {
            prefix.back() = static_cast<char>(last + 1);
            return prefix;
        }
        prefix.pop_back();
    }
    return prefix;
}

std::string range_of(const std::string& column, bool bounded) {
    return bounded ? column + " >= ? AND " + column + " < ?" : column + " >= ?";
}

Condition list_condition(const std::string& column, const std::string& value) {
    return Condition{"", column + " = ?", "", {value}, std::nullopt};
}

Condition name_condition(const dicom::NameLookup& name) {
    Condition condition{" JOIN name_key n ON n.record_id = r.id", "", "", {name.text}, std::nullopt};
    const std::string end = name.prefix ? after_prefix(name.text) : std::string();
    condition.where = name.prefix ? range_of("n.name", !end.empty()) : "n.name = ?";
    if (!end.empty()) {
        condition.texts.push_back(end);
    }
    return condition;
}

/// Patient ID as received, not the identifier: that one is in a normal form, or was dropped as a placeholder.
Condition patient_id_condition(const std::string& prefix) {
    const std::string end = after_prefix(prefix);
    Condition condition{"", range_of("st.patient_id", !end.empty()), "", {prefix}, std::nullopt};
    if (!end.empty()) {
        condition.texts.push_back(end);
    }
    return condition;
}

Condition date_condition(const matching::DateRange& dates) {
    Condition condition{"", "", " ORDER BY st.study_date DESC, st.id DESC", {}, std::nullopt};
    condition.where = dates.first.empty() ? "st.study_date <= ?" : "st.study_date >= ?";
    condition.texts.push_back(dates.first.empty() ? dates.last : dates.first);
    if (!dates.first.empty() && !dates.last.empty()) {
        condition.where += " AND st.study_date <= ?";
        condition.texts.push_back(dates.last);
    }
    return condition;
}

/// One condition for each value of a list: each is looked up by itself, so that the SQL text stays one of
/// few.
std::vector<Condition> conditions_of(const Selection& selection, Level level) {
    std::vector<Condition> all;
    const auto add_list = [&all](const std::string& column, const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            all.push_back(list_condition(column, value));
        }
    };
    if (level == Level::Instance && !selection.sop_uids.empty()) {
        add_list("x.uid", selection.sop_uids);
    } else if (level >= Level::Series && level != Level::Patient && !selection.series_uids.empty()) {
        add_list("se.uid", selection.series_uids);
    } else if (!selection.study_uids.empty()) {
        add_list("st.uid", selection.study_uids);
    } else if (selection.person) {
        all.push_back(Condition{"",
                                "st.person_id = ?",
                                " ORDER BY st.study_date DESC, st.uid, st.patient_id",
                                {},
                                selection.person});
    } else if (!selection.accession.empty()) {
        add_list("st.accession", {selection.accession});
    } else if (!selection.names.empty()) {
        for (const auto& name : selection.names) {
            all.push_back(name_condition(name));
        }
    } else if (!selection.patient_id_prefix.empty()) {
        all.push_back(patient_id_condition(selection.patient_id_prefix));
    } else if (selection.study_dates) {
        all.push_back(date_condition(*selection.study_dates));
    } else {
        all.push_back(Condition{"", "1 = 1", " ORDER BY st.id", {}, std::nullopt});
    }
    return all;
}

void bind_all(Statement& statement, const Condition& condition) {
    int position = 0;
    if (condition.number) {
        statement.bind(++position, *condition.number);
    }
    for (const std::string& text : condition.texts) {
        statement.bind(++position, std::string_view(text));
    }
}

Result<AttributeSet> read_set(std::string_view stored) {
    return stored.empty() ? Result<AttributeSet>(AttributeSet()) : AttributeSet::decode(stored);
}

constexpr const char* kStudyColumns =
    "st.id, st.uid, st.person_id, st.institution, st.images, st.series_count, st.instance_count,"
    " st.report_status, st.report_ids, st.attributes, st.exam, r.attributes";
constexpr int kStudyColumnCount = 12;

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
    instance.orthanc_id = unpack_orthanc_id(rows.blob(column));
    instance.uid = rows.text(column + 1);
    instance.size = static_cast<std::uint64_t>(rows.integer(column + 2));
    auto set = read_set(rows.blob(column + 3));
    if (!set) {
        return set.failure();
    }
    instance.attributes = *std::move(set);
    return {};
}

std::string select_of(Level level) {
    std::string columns = kStudyColumns;
    std::string from = " FROM study st JOIN patient_record r ON r.id = st.record_id";
    if (level >= Level::Series) {
        columns += ", se.id, se.uid, se.instance_count, se.attributes";
        from += " JOIN series se ON se.study_id = st.id";
    }
    if (level == Level::Instance) {
        columns += ", x.orthanc_id, x.uid, x.size, x.attributes";
        from += " JOIN instance x ON x.series_id = se.id";
    }
    return "SELECT " + columns + from;
}

std::int64_t key_of(const Row& row, Level level) {
    return level == Level::Study ? row.study.id : row.series.id;
}

} // namespace

Status IndexReader::rows(Level level, const Selection& selection, const std::function<bool(Row&)>& sink) {
    const std::vector<Condition> conditions = conditions_of(selection, level);
    const std::string select = select_of(level);
    // A row can satisfy several conditions, or one of them twice (two names of one person).
    const bool may_repeat = conditions.size() > 1 || !conditions.front().join.empty();
    std::set<std::int64_t> seen;
    std::set<std::string> seen_instances;
    for (const Condition& condition : conditions) {
        Statement* statement =
            connection_.prepare(select + condition.join + " WHERE " + condition.where + condition.order);
        if (statement != nullptr) {
            bind_all(*statement, condition);
        }
        Rows found(statement);
        while (found.next()) {
            Row row;
            Status read = read_study(found, row.study);
            if (read && level >= Level::Series) {
                read = read_series(found, kStudyColumnCount, row.series);
            }
            if (read && level == Level::Instance) {
                read = read_instance(found, kStudyColumnCount + 4, row.instance);
            }
            if (!read) {
                return read;
            }
            const bool fresh = !may_repeat || (level == Level::Instance
                                                   ? seen_instances.insert(row.instance.orthanc_id).second
                                                   : seen.insert(key_of(row, level)).second);
            if (fresh && !sink(row)) {
                return {};
            }
        }
    }
    return connection_.take_failure();
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

Status IndexReader::persons(const Selection& selection, const std::function<bool(PersonRow&)>& sink) {
    // Whole persons, even when one of their records alone satisfies the condition.
    std::string sql = "SELECT p.person_id, p.id, p.attributes, d.name FROM patient_record p"
                      " LEFT JOIN identifier pi ON pi.id = p.primary_identifier"
                      " LEFT JOIN domain d ON d.id = pi.domain_id";
    std::vector<Condition> conditions;
    if (selection.person) {
        conditions.push_back(Condition{"", "p.person_id = ?", "", {}, selection.person});
    } else if (!selection.names.empty()) {
        for (const auto& name : selection.names) {
            Condition condition = name_condition(name);
            condition.where = "p.person_id IN (SELECT r.person_id FROM patient_record r" + condition.join +
                              " WHERE " + condition.where + ")";
            conditions.push_back(condition);
        }
    } else if (!selection.patient_id_prefix.empty()) {
        Condition condition = patient_id_condition(selection.patient_id_prefix);
        condition.where = "p.person_id IN (SELECT st.person_id FROM study st WHERE " + condition.where + ")";
        conditions.push_back(condition);
    } else {
        conditions.push_back(Condition{"", "1 = 1", "", {}, std::nullopt});
    }
    std::set<std::int64_t> seen;
    for (const Condition& condition : conditions) {
        Statement* statement =
            connection_.prepare(sql + " WHERE " + condition.where + " ORDER BY p.person_id, p.id");
        if (statement != nullptr) {
            bind_all(*statement, condition);
        }
        Rows found(statement);
        while (found.next()) {
            auto patient = read_set(found.blob(2));
            if (!patient) {
                return patient.failure();
            }
            PersonRow row{found.integer(0), found.integer(1), std::string(found.text(3)),
                          *std::move(patient)};
            if (conditions.size() > 1 && !seen.insert(row.record).second) {
                continue;
            }
            if (!sink(row)) {
                return {};
            }
        }
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
