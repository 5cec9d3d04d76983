// Questions to the index. What it gives back is a superset of the answer, narrowed by one indexed condition;
// the exact matching is core/matching's.
#pragma once

#include "core/base/uuid.hpp"
#include "core/dicom/attribute_set.hpp"
#include "core/dicom/instance_header.hpp"
#include "core/identity/domain_resolver.hpp"
#include "core/index/removed_objects.hpp"
#include "core/index/selection.hpp"

#include <functional>
#include <optional>

namespace recog::index {

struct StudyRow {
    std::int64_t id = 0;
    std::string uid;
    std::int64_t person = 0;
    std::int64_t copies = 1; ///< studies with this UID, of whatever patient
    std::string institution;
    bool images = false;
    std::int64_t series_count = 0;
    std::int64_t instance_count = 0;
    dicom::ReportStatus report_status = dicom::ReportStatus::None;
    std::string report_ids; ///< SOP Instance UIDs, split by '\'
    dicom::AttributeSet patient;
    dicom::AttributeSet attributes;
    dicom::AttributeSet
        exam; ///< lists over all series: modalities, body parts, descriptions, contrast agents
};

struct SeriesRow {
    std::int64_t id = 0;
    std::string uid;
    std::int64_t instance_count = 0;
    dicom::AttributeSet attributes;
};

struct InstanceRow {
    std::int64_t id = 0;
    std::string orthanc_id;
    std::string uid;
    std::uint64_t size = 0;
    dicom::AttributeSet attributes;
};

/// What a level has of its own; the parts below `level` are empty.
struct Row {
    StudyRow study;
    SeriesRow series;
    InstanceRow instance;
};

/// What a retrieval needs to know of one instance. Views live until the sink returns.
struct SelectedInstance {
    std::string_view orthanc_id; ///< packed
    std::string_view study_uid;
    std::string_view series_uid;
    std::string_view sop_instance_uid;
    std::string_view sop_class_uid;
    std::string_view transfer_syntax;
    std::string_view series_number;   ///< as received
    std::string_view instance_number; ///< as received
    std::string_view institution;
    std::string_view accession;
    std::int64_t person = 0;
    std::uint64_t size = 0;
    Uuid file; ///< where the archive kept the file when it was last asked
};

struct PersonRow {
    std::int64_t person = 0;
    std::int64_t record = 0;
    std::string primary_domain; ///< empty when the record has no Patient ID
    dicom::AttributeSet patient;
};

struct IdentifierRow {
    std::string domain;
    std::string value;
    bool weak = false;
};

struct ConflictRow {
    std::int64_t id = 0;
    std::string domain;
    std::string value;
    std::int64_t persons = 0;
    std::int64_t records = 0;
};

struct ReportRow {
    std::string id; ///< SOP Instance UID
    std::string orthanc_id;
    dicom::ReportHeader header;
    StudyRow study;
};

struct IndexCounts {
    std::int64_t persons = 0;
    std::int64_t records = 0;
    std::int64_t identifiers = 0;
    std::int64_t conflicts = 0;
    std::int64_t studies = 0;
    std::int64_t series = 0;
    std::int64_t instances = 0;  ///< readable ones
    std::int64_t unreadable = 0; ///< held by the archive, not answered
    std::int64_t reports = 0;
};

struct PassedOver {
    std::uint64_t count = 0;
    std::optional<StudyPlace> last;
};

inline constexpr std::int64_t kMostCopiesKnown = 100'000;

/// What a number asked for turned out to be.
struct PersonFound {
    enum class Outcome { Nobody, One, Ambiguous } outcome = Outcome::Nobody;
    std::int64_t person = 0;
    std::string domain; ///< in which the number was read; of one of them when several agree
};

/// Reads over one connection; one thread at a time. Everything between two calls of the outermost function
/// may change; a Snapshot held by the caller prevents that.
class IndexReader {
public:
    explicit IndexReader(Connection& connection) : connection_(connection) {}

    /// Calls `sink` for each row until it returns false. Studies come newest first within a person and with
    /// Selection::newest_first, otherwise in the order of the condition's index. Errors: Storage, Malformed.
    Status studies(const Selection& selection, const std::function<bool(Row&)>& sink);
    Status series(const Selection& selection, const std::function<bool(Row&)>& sink);
    Status instances(const Selection& selection, const std::function<bool(Row&)>& sink);
    /// Passes over at most `most` of the studies that the selection gives newest first, without reading them.
    /// Only where walks(selection). Entries that are no answer do not count: ids beyond `newest`, Study Dates
    /// that are none when the selection narrows by them, and those of which `is_repetition` says so (asked of
    /// studies that are held more than once). Unavailable when too many are held more than once. Storage.
    Result<PassedOver>
    pass_over(const Selection& selection, std::uint64_t most, std::int64_t newest,
              const std::function<bool(std::int64_t person, const std::string& uid)>& is_repetition);

    /// The greatest id of a level's rows: what comes later has greater ones. 0 when there are none.
    std::int64_t newest_id(dicom::Level level);

    /// The same instances as instances(), in no order and perhaps repeated, without decoding their
    /// attributes.
    Status selected_instances(const Selection& selection,
                              const std::function<bool(const SelectedInstance&)>& sink);
    /// All records, those of one person in a row and sorted by id.
    Status persons(const Selection& selection, const std::function<bool(PersonRow&)>& sink);

    /// Ids of studies of the same person with the same UID, sorted; more than one when a study has come under
    /// several local Patient IDs.
    std::vector<std::int64_t> same_studies(std::int64_t person, std::string_view uid);

    /// Counts of one study as the union of several rows that stand for it.
    IndexCounts union_counts(const std::vector<std::int64_t>& studies);

    /// Instances of one series over the same rows, each SOP Instance UID once.
    std::int64_t union_instances(const std::vector<std::int64_t>& studies, std::string_view series_uid);

    /// Related studies, series and instances of a person (PS3.4 C.3.4), each UID once.
    IndexCounts person_counts(std::int64_t person);

    /// Follows the reading order (core/identity/domain_resolver.hpp).
    Result<PersonFound> find_person(const identity::ReadingOrder& order, std::string_view own_institution);

    std::vector<IdentifierRow> identifiers_of(std::int64_t person, std::size_t limit);
    std::vector<ConflictRow> conflicts(std::int64_t after, std::size_t limit);
    Status reports_of(std::int64_t person, const std::function<bool(ReportRow&)>& sink);
    /// More than one when the object is held under several Patient IDs.
    Status report(std::string_view id, const std::function<bool(ReportRow&)>& sink);

    /// Orthanc ids greater than `after`, sorted, the unreadable ones included.
    Result<std::vector<std::string>> instance_ids(std::string_view after, std::size_t limit);
    bool holds(std::string_view orthanc_id);
    /// Whether such an object was here once. Errors: Storage.
    Result<bool> was_removed(const ObjectPath& path);
    Result<IndexCounts> counts();

private:
    Status rows(dicom::Level level, const Selection& selection, const std::function<bool(Row&)>& sink);
    Status sorted_rows(dicom::Level level, const std::vector<Condition>& conditions,
                       const std::function<bool(Row&)>& sink);
    Status condition_rows(dicom::Level level, const std::vector<Condition>& conditions,
                          const std::function<bool(Row&)>& sink);
    /// The rows from person_summary; nothing when the person has none.
    Result<bool> summarised(std::int64_t person, const std::function<bool(Row&)>& sink);
    Status person(std::int64_t id, const std::function<bool(PersonRow&)>& sink, bool& go_on);

    Connection& connection_;
    /// Of the person whose summary is being given out, so that the sink's question for them costs nothing.
    const std::vector<IdentifierRow>* summarised_identifiers_ = nullptr;
    std::int64_t summarised_person_ = 0;
};

} // namespace recog::index
