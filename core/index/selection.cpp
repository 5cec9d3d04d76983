#include "core/index/selection.hpp"

#include <algorithm>

namespace recog::index {

using dicom::Level;
using Table = Condition::Table;

namespace {

/// Values of a list that one run takes; a shorter list is filled up with its last value.
constexpr std::size_t kListPiece = 32;
/// Index entries that are counted to see which condition stands for fewer.
constexpr std::int64_t kEntriesCounted = 10'000;

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

Condition prefix_condition(Table table, const std::string& column, const std::string& prefix) {
    Condition condition;
    condition.table = table;
    condition.where = column + " >= ?";
    condition.texts.push_back(prefix);
    if (const std::string end = after_prefix(prefix); !end.empty()) {
        condition.where += " AND " + column + " < ?";
        condition.texts.push_back(end);
    }
    return condition;
}

Condition list_condition(Table table, const std::string& column, std::vector<std::string> values) {
    Condition condition;
    condition.table = table;
    condition.where = column + " = ?";
    if (values.size() > 1) {
        values.resize(kListPiece, values.back());
        condition.where = column + " IN (?";
        for (std::size_t i = 1; i < kListPiece; ++i) {
            condition.where += ", ?";
        }
        condition.where += ")";
    }
    condition.texts = std::move(values);
    return condition;
}

std::vector<Condition> list_conditions(Table table, const std::string& column,
                                       const std::vector<std::string>& values) {
    std::vector<Condition> all;
    for (auto begin = values.begin(); begin != values.end();) {
        const auto left = static_cast<std::size_t>(values.end() - begin);
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, kListPiece));
        all.push_back(list_condition(table, column, {begin, end}));
        begin = end;
    }
    return all;
}

std::vector<Condition> name_conditions(const std::vector<dicom::NameLookup>& names) {
    std::vector<Condition> all;
    for (const dicom::NameLookup& name : names) {
        all.push_back(name.prefix ? prefix_condition(Table::NameKey, "n.name", name.text)
                                  : list_condition(Table::NameKey, "n.name", {name.text}));
        all.back().may_repeat = true; // two names of one patient
    }
    return all;
}

void add_dates(Condition& condition, const std::string& column, const matching::DateRange& dates) {
    const auto add = [&](const char* sign, const std::string& day) {
        if (!day.empty()) {
            condition.where += (condition.where.empty() ? "" : " AND ") + column + sign;
            condition.texts.push_back(day);
        }
    };
    add(" >= ?", dates.first);
    add(" <= ?", dates.last);
}

std::vector<Condition> modality_conditions(const std::vector<std::string>& modalities,
                                           const std::optional<matching::DateRange>& dates) {
    std::vector<Condition> all;
    for (const std::string& modality : modalities) {
        Condition condition;
        condition.table = Table::StudyModality;
        condition.where = "m.modality = ?";
        condition.texts.push_back(modality);
        if (dates) {
            add_dates(condition, "m.study_date", *dates);
        }
        condition.order = " ORDER BY m.study_date DESC, m.study_id DESC";
        all.push_back(std::move(condition));
    }
    return all;
}

Condition date_condition(const matching::DateRange& dates) {
    Condition condition;
    add_dates(condition, "st.study_date", dates);
    condition.order = " ORDER BY st.study_date DESC, st.id DESC";
    return condition;
}

const char* table_text(Table table) {
    switch (table) {
    case Table::NameKey:
        return "name_key n";
    case Table::StudyModality:
        return "study_modality m";
    case Table::Series:
        return "series se";
    case Table::Instance:
        return "instance x";
    case Table::Study:
        break;
    }
    return "study st";
}

std::int64_t count_some(Connection& connection, const std::vector<Condition>& conditions) {
    std::int64_t count = 0;
    for (const Condition& condition : conditions) {
        if (condition.where.empty()) {
            return kEntriesCounted;
        }
        const std::int64_t left = kEntriesCounted - count;
        Rows rows = run_condition(connection,
                                  std::string("SELECT count(*) FROM (SELECT 1 FROM ") +
                                      table_text(condition.table) + " WHERE " + condition.where + " LIMIT " +
                                      std::to_string(kEntriesCounted) + ") few",
                                  condition);
        count += rows.next() ? std::min(left, rows.integer(0)) : 0;
    }
    return count;
}

/// The candidate that stands for the fewest rows; the first of equals.
std::vector<Condition> fewest(Connection& connection, std::vector<std::vector<Condition>> candidates) {
    std::erase_if(candidates, [](const auto& candidate) { return candidate.empty(); });
    if (candidates.empty()) {
        return {};
    }
    std::size_t best = 0;
    std::int64_t best_count = candidates.size() > 1 ? count_some(connection, candidates[0]) : 0;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
        const std::int64_t count = count_some(connection, candidates[i]);
        if (count < best_count) {
            best = i;
            best_count = count;
        }
    }
    return std::move(candidates[best]);
}

bool has_dates(const Selection& selection) {
    return selection.study_dates && *selection.study_dates != matching::DateRange();
}

/// Names and numbers, whose indexes have an order of their own.
std::vector<std::vector<Condition>> patient_candidates(const Selection& selection) {
    std::vector<std::vector<Condition>> candidates;
    candidates.push_back(name_conditions(selection.names));
    if (!selection.patient_id_prefix.empty()) {
        // As received, not the identifier: that one is in a normal form, or was dropped as a placeholder.
        candidates.push_back({prefix_condition(Table::Study, "st.patient_id", selection.patient_id_prefix)});
    }
    return candidates;
}

std::vector<Condition> broad_conditions(Connection& connection, const Selection& selection) {
    std::vector<std::vector<Condition>> candidates = patient_candidates(selection);
    if (!selection.modalities.empty()) {
        candidates.push_back(modality_conditions(selection.modalities, selection.study_dates));
    } else if (has_dates(selection)) {
        candidates.push_back({date_condition(*selection.study_dates)});
    }
    std::vector<Condition> chosen = fewest(connection, std::move(candidates));
    if (chosen.empty()) {
        Condition all;
        all.order = " ORDER BY st.id";
        chosen.push_back(std::move(all));
    }
    return chosen;
}

/// What follows an order of studies on lower levels.
std::string order_below(Level level) {
    return level == Level::Study ? "" : level == Level::Series ? ", se.uid" : ", se.uid, x.id";
}

/// Studies newest first through an index that has them so, from Selection::after on.
Condition walking_condition(const Selection& selection) {
    const bool by_modality = selection.modalities.size() == 1;
    const std::string date = by_modality ? "m.study_date" : "st.study_date";
    const std::string id = by_modality ? "m.study_id" : "st.id";
    Condition condition;
    condition.table = by_modality ? Table::StudyModality : Table::Study;
    const auto add = [&condition](const std::string& what, std::initializer_list<std::string> texts) {
        condition.where += (condition.where.empty() ? "" : " AND ") + what;
        condition.texts.insert(condition.texts.end(), texts);
    };
    if (selection.after) { // the number is bound first
        add("NOT (" + id + " >= ? AND " + date + " = ?) AND " + date + " <= ?",
            {selection.after->date, selection.after->date});
        condition.number = selection.after->id;
    }
    if (by_modality) {
        add("m.modality = ?", {selection.modalities.front()});
    }
    if (has_dates(selection)) {
        add_dates(condition, date, *selection.study_dates);
    }
    condition.order = " ORDER BY " + date + " DESC, " + id + " DESC";
    return condition;
}

/// How many entries stand for the fewest of the candidates; moves that one to the front.
std::int64_t bring_fewest_forward(Connection& connection, std::vector<std::vector<Condition>>& candidates) {
    std::erase_if(candidates, [](const auto& candidate) { return candidate.empty(); });
    std::int64_t least = kEntriesCounted;
    for (auto& candidate : candidates) {
        const std::int64_t count = count_some(connection, candidate);
        if (count < least) {
            least = count;
            std::swap(candidate, candidates.front());
        }
    }
    return least;
}

OrderedConditions ordered_broad_conditions(Connection& connection, const Selection& selection, Level level) {
    Condition walking = walking_condition(selection);
    std::vector<std::vector<Condition>> candidates = patient_candidates(selection);
    if (selection.modalities.size() > 1) {
        candidates.push_back(modality_conditions(selection.modalities, selection.study_dates));
    }
    const std::int64_t least = bring_fewest_forward(connection, candidates);
    if (least > kMostSorted || count_some(connection, {walking}) < least) {
        walking.order += order_below(level);
        return {{std::move(walking)}, false};
    }
    return {std::move(candidates.front()), true};
}

/// Joins tables one by one, each with its condition.
class Join {
public:
    void add(const char* table, const char* on = "") {
        from_ += (from_.empty() ? "" : " CROSS JOIN ") + std::string(table);
        add_where(on);
    }
    void add_where(const std::string& condition) {
        if (!condition.empty()) {
            where_ += (where_.empty() ? " WHERE " : " AND ") + condition;
        }
    }
    std::string text() const { return " FROM " + from_ + where_; }

private:
    std::string from_;
    std::string where_;
};

void join_study(Join& join, Table table, bool with_patient) {
    switch (table) {
    case Table::NameKey:
        join.add("patient_record r", "r.id = n.record_id");
        join.add("study st", "st.record_id = r.id");
        return;
    case Table::StudyModality:
        join.add("study st", "st.id = m.study_id");
        break;
    case Table::Series:
        join.add("study st", "st.id = se.study_id");
        break;
    case Table::Instance:
        join.add("series se", "se.id = x.series_id");
        join.add("study st", "st.id = se.study_id");
        break;
    case Table::Study:
        break;
    }
    if (with_patient) {
        join.add("patient_record r", "r.id = st.record_id");
    }
}

} // namespace

std::vector<Condition> conditions_of(Connection& connection, const Selection& selection, Level level) {
    if (level == Level::Instance && !selection.sop_uids.empty()) {
        return list_conditions(Table::Instance, "x.uid", selection.sop_uids);
    }
    if (level >= Level::Series && !selection.series_uids.empty()) {
        return list_conditions(Table::Series, "se.uid", selection.series_uids);
    }
    if (!selection.study_uids.empty()) {
        return list_conditions(Table::Study, "st.uid", selection.study_uids);
    }
    if (selection.person) {
        Condition condition;
        condition.where = "st.person_id = ?";
        condition.order = " ORDER BY st.study_date DESC, st.uid, st.patient_id";
        condition.number = selection.person;
        return {condition};
    }
    if (!selection.accession.empty()) {
        return {list_condition(Table::Study, "st.accession", {selection.accession})};
    }
    return broad_conditions(connection, selection);
}

OrderedConditions ordered_conditions_of(Connection& connection, const Selection& selection, Level level) {
    const bool of_instances = level == Level::Instance && !selection.sop_uids.empty();
    const bool of_series = level >= Level::Series && !selection.series_uids.empty();
    const bool narrow = of_instances || of_series || !selection.study_uids.empty() || selection.person ||
                        !selection.accession.empty();
    if (!narrow) {
        return ordered_broad_conditions(connection, selection, level);
    }
    OrderedConditions ordered{conditions_of(connection, selection, level), false};
    for (Condition& condition : ordered.conditions) {
        if (of_instances) {
            condition.order = " ORDER BY x.uid, x.id";
        } else if (of_series) {
            condition.order =
                level == Level::Instance ? " ORDER BY se.uid, se.id, x.id" : " ORDER BY se.uid, se.id";
        } else if (!selection.study_uids.empty()) {
            condition.order = " ORDER BY st.uid, st.patient_id" + order_below(level);
        } else if (selection.person) {
            condition.order += order_below(level);
        } else {
            condition.order = " ORDER BY st.study_date DESC, st.id DESC" + order_below(level);
        }
    }
    return ordered;
}

bool walks(const Selection& selection) {
    return selection.sop_uids.empty() && selection.series_uids.empty() && selection.study_uids.empty() &&
           !selection.person && selection.accession.empty() && selection.names.empty() &&
           selection.patient_id_prefix.empty() && selection.modalities.size() <= 1;
}

Rows walk(Connection& connection, const Selection& selection) {
    const Condition condition = walking_condition(selection);
    const bool by_modality = condition.table == Table::StudyModality;
    const std::string where = condition.where.empty() ? "" : " WHERE " + condition.where;
    return run_condition(connection,
                         std::string("SELECT ") +
                             (by_modality ? "m.study_date, m.study_id" : "st.study_date, st.id") + " FROM " +
                             table_text(condition.table) + where + condition.order,
                         condition);
}

Condition study_condition(std::int64_t id, Level level) {
    Condition condition;
    condition.where = "st.id = ?";
    condition.number = id;
    const std::string below = order_below(level);
    condition.order = below.empty() ? "" : " ORDER BY" + below.substr(1);
    return condition;
}

std::string select_text(const std::string& columns, const Condition& condition, Level level,
                        bool with_patient) {
    Join join;
    join.add(table_text(condition.table));
    join.add_where(condition.where);
    join_study(join, condition.table, with_patient);
    const bool below_study = condition.table == Table::Series || condition.table == Table::Instance;
    if (level >= Level::Series && !below_study) {
        join.add("series se", "se.study_id = st.id");
    }
    if (level == Level::Instance && condition.table != Table::Instance) {
        join.add("instance x", "x.series_id = se.id");
    }
    return "SELECT " + columns + join.text() + condition.order;
}

std::vector<Condition> person_conditions_of(Connection& connection, const Selection& selection) {
    Selection of_patients;
    of_patients.names = selection.names;
    of_patients.patient_id_prefix = selection.patient_id_prefix;
    return of_patients.names.empty() && of_patients.patient_id_prefix.empty()
               ? std::vector<Condition>{Condition()}
               : broad_conditions(connection, of_patients);
}

std::string select_persons_text(const Condition& condition) {
    if (condition.where.empty()) {
        return "SELECT r.person_id FROM patient_record r ORDER BY r.person_id";
    }
    if (condition.table == Table::NameKey) {
        return "SELECT r.person_id FROM name_key n CROSS JOIN patient_record r WHERE " + condition.where +
               " AND r.id = n.record_id";
    }
    return "SELECT st.person_id FROM study st WHERE " + condition.where;
}

Rows run_condition(Connection& connection, const std::string& sql, const Condition& condition) {
    Statement* const statement = connection.prepare(sql);
    if (statement != nullptr) {
        int position = 0;
        if (condition.number) {
            statement->bind(++position, *condition.number);
        }
        for (const std::string& text : condition.texts) {
            statement->bind(++position, std::string_view(text));
        }
    }
    return Rows(statement);
}

} // namespace recog::index
