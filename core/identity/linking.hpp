// Which patient records are one person. Pure: the same records in any order give the same persons.
// The rule and why it is so stand at the head of linking.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace recog::identity {

/// An identifier held by more records than this belongs to no one person: a default in some form, a test
/// card. Nobody has a thousand different records; what has joins nothing.
inline constexpr std::size_t kMaxRecordsPerIdentifier = 1000;

/// One distinct patient module as received: who sent it and what it said.
struct PatientRecord {
    std::int64_t id = 0;
    std::vector<std::int64_t> strong; ///< identifier ids that link by themselves, resident IDs among them
    std::vector<std::int64_t> weak;   ///< identifier ids that link only records of equal demographics
    std::string demographics;         ///< folded name and birth date; empty when either is unusable
    std::vector<std::string> resident_ids; ///< valid resident IDs in normal form
    std::vector<std::int64_t> studies;     ///< ids of the studies the record appears in
};

struct Linking {
    /// Record ids, each list sorted, the lists sorted by their first; every record is in exactly one.
    std::vector<std::vector<std::int64_t>> persons;
    /// Strong identifiers whose records ended in more than one person, or which are overused; sorted.
    /// A question by one of them matches nobody.
    std::vector<std::int64_t> conflicted_identifiers;
};

/// `records` have distinct ids and are whole connected components (one or more): leaving out a record that
/// shares something may join what it would keep apart. Strong and weak identifier ids come from one
/// numbering. Near linear in the number of memberships (one sort). May be called from any thread.
Linking link_records(const std::vector<PatientRecord>& records);

} // namespace recog::identity
