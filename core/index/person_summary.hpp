// Everything that a question by number answers with at study level, in one row for each person. A person's
// studies, patient records and identifiers lie scattered over an index of many gigabytes, and each piece
// would cost a page from the disk; the row costs one or two. It is derived from those tables within the
// transaction that changes them. Persons with very many studies have none: rewriting it would cost more than
// it saves.
//
// Stored form (person_summary.content), integers little endian:
//   summary    = version(u8) count(u32) study* count(u32) identifier*
//   study      = id(u64) copies(u64) series(u64) instances(u64) report_status(u8) images(u8)
//                uid institution report_ids attributes exam patient
//   identifier = weak(u8) domain value
//   uid, institution ... = length(u32) bytes
#pragma once

#include "core/index/index_reader.hpp"

#include <set>

namespace recog::index {

inline constexpr std::size_t kMostSummarisedStudies = 64;
inline constexpr std::size_t kMostSummarisedIdentifiers = 256;

/// A study as its columns stand in the database.
struct StudyColumns {
    std::int64_t id = 0;
    std::int64_t copies = 1;
    std::int64_t series_count = 0;
    std::int64_t instance_count = 0;
    std::int64_t report_status = 0;
    bool images = false;
    std::string_view uid;
    std::string_view institution;
    std::string_view report_ids;
    std::string_view attributes;
    std::string_view exam;
    std::string_view patient;
};

struct PersonSummary {
    std::vector<StudyRow> studies;          ///< newest first, as IndexReader::studies() gives them
    std::vector<IdentifierRow> identifiers; ///< as IndexReader::identifiers_of()
};

/// Studies first, then identifiers, each in their order.
class SummaryEncoder {
public:
    void add_study(const StudyColumns& study);
    void add_identifier(std::string_view domain, std::string_view value, bool weak);
    std::size_t studies() const { return study_count_; }
    std::string finish() const;

private:
    std::string studies_;
    std::string identifiers_;
    std::uint32_t study_count_ = 0;
    std::uint32_t identifier_count_ = 0;
};

/// Malformed when it is not of the form above.
Result<PersonSummary> decode_summary(std::string_view stored, std::int64_t person);

/// Rewrites the person's row after everything else of the transaction; removes it when there is nothing to
/// say, or too much.
void summarise_person(Connection& connection, std::int64_t person);

} // namespace recog::index
