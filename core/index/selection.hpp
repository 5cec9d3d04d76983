// What narrows a question to the index, and the SQL that follows it. The text of the statements comes from a
// small set: values are bound, and lists are cut into pieces of two sizes.
//
// The table that narrows stands first, joined by CROSS JOIN: SQLite keeps that order, and for PostgreSQL it
// is an inner join like any other. So rows come as that table's index gives them, and the first one comes
// before the last one is found.
#pragma once

#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/person_name.hpp"
#include "core/index/database.hpp"
#include "core/matching/matcher.hpp"

#include <optional>
#include <string>
#include <vector>

namespace recog::index {

/// A study's place among all: by study date, then by arrival, the newest first.
struct StudyPlace {
    std::string date; ///< as in its column
    std::int64_t id = 0;
};

/// Conditions that an index of the database can follow. UIDs, person and accession number: the first of these
/// that is set is used. Names, Patient ID, modalities and dates can stand for much: of these the one that
/// stands for the fewest rows is used, modalities together with dates.
struct Selection {
    /// Rows come in one order, whatever narrows (kinds of order: ordered_conditions_of). Else as they are
    /// found, the first one soonest.
    bool newest_first = false;
    /// Of newest_first, and only where walks(): rows behind this one.
    std::optional<StudyPlace> after;
    std::optional<std::int64_t> person;
    std::vector<std::string> study_uids;
    std::vector<std::string> series_uids;
    std::vector<std::string> sop_uids;
    std::string accession;
    std::vector<dicom::NameLookup> names;
    std::string patient_id_prefix;       ///< Patient ID as received begins so
    std::vector<std::string> modalities; ///< any series of the study is one of these
    std::optional<matching::DateRange> study_dates;
};

/// One run of one statement. A selection may need several, whose rows may repeat.
struct Condition {
    enum class Table { Study, NameKey, StudyModality, Series, Instance };
    Table table = Table::Study;
    std::string where; ///< on `table`
    std::string order;
    std::vector<std::string> texts; ///< values of `where`, or `number`
    std::optional<std::int64_t> number;
    bool may_repeat = false; ///< rows of `table` that lead to the same row of the level
};

/// Looks at a bounded number of index entries when it has to choose.
std::vector<Condition> conditions_of(Connection& connection, const Selection& selection, dicom::Level level);

/// Index entries that are sorted when their own order is another one. What stands for more is not followed:
/// all studies (of the dates, of the modality) are walked through newest first.
inline constexpr std::int64_t kMostSorted = 1'000;

struct OrderedConditions {
    std::vector<Condition> conditions;
    /// The studies that they give have to be sorted; else the rows come sorted.
    bool to_sort = false;
};

/// For Selection::newest_first. Studies of UIDs come by UID, those of a person by date and UID, all others by
/// StudyPlace; within a study series come by UID and instances by arrival.
OrderedConditions ordered_conditions_of(Connection& connection, const Selection& selection,
                                        dicom::Level level);

/// Nothing narrows but dates, or one modality: their index has the studies in the order of StudyPlace.
bool walks(const Selection& selection);
/// The entries of that index: "study date, id" in rows, from Selection::after on.
Rows walk(Connection& connection, const Selection& selection);

/// All rows of one study.
Condition study_condition(std::int64_t id, dicom::Level level);

/// "SELECT columns FROM ... WHERE ...". Tables: st study, r patient_record (left out unless `with_patient`),
/// se series and x instance from their levels on.
std::string select_text(const std::string& columns, const Condition& condition, dicom::Level level,
                        bool with_patient);

/// Person ids in the order of an index, with repetitions.
std::string select_persons_text(const Condition& condition);
/// Of level Patient: names, Patient ID, or everybody.
std::vector<Condition> person_conditions_of(Connection& connection, const Selection& selection);

/// The statement's run, with the values of the condition.
Rows run_condition(Connection& connection, const std::string& sql, const Condition& condition);

} // namespace recog::index
