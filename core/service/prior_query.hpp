// The one question that every door asks (C-FIND, QIDO-RS, later REST, FHIR and CDS Hooks), and its answer
// before it is encoded for anybody.
#pragma once

#include "core/dicom/attribute_set.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/instance_header.hpp"
#include "core/recognition/verdict.hpp"
#include "core/service/settings.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace recog::service {

/// Who asks; decides how a number without issuer is read, and the verdicts.
struct Asker {
    std::string aet;         ///< empty for HTTP
    std::string institution; ///< code; empty when not known
    std::string user;        ///< of HTTP, when it has been verified
    AePolicy policy;
};

struct PriorQuery {
    dicom::Level level = dicom::Level::Study;
    Asker asker;
    /// Matching keys, and return keys with empty values, as in C-FIND.
    dicom::AttributeSet keys;
    /// Further attributes that will be looked at in the answers; those that must be computed cost time.
    std::vector<dicom::Tag> also;
    bool everything = false;  ///< every attribute the node knows
    bool recognition = false; ///< verdicts are wanted
    /// Numbers (0x01 to 0x0C) of the recognition elements wanted; none: all of them.
    std::set<std::uint16_t> recognition_elements;
    bool fuzzy_names = false;
    bool combined_datetime = false;
    /// Minutes east of Greenwich, in which the asker gives and wants dates and times, when that was
    /// negotiated.
    std::optional<int> utc_offset;
    std::uint64_t offset = 0;
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    /// For whoever pages: answers in an order that does not depend on what narrows the search
    /// (index::ordered_conditions_of), and PriorSummary::remaining where it is cheap.
    bool in_pages = false;
    /// Of in_pages: what has come after this (PriorSummary::newest of the first page) is left out.
    std::optional<std::int64_t> newest;
    /// Rows that are looked at before the question is refused as too broad.
    std::uint64_t most_rows = std::numeric_limits<std::uint64_t>::max();
    /// Ends the search soon, also while nothing matches; what has been given stays given.
    std::stop_token stop;

    bool wants(dicom::Tag tag) const;
};

/// A number of the patient, as an item of Other Patient IDs Sequence.
struct PatientNumber {
    std::string value;
    std::string issuer;
};

struct PriorAnswer {
    dicom::Level level = dicom::Level::Study;
    /// Everything known of the entity and of what is above it.
    dicom::AttributeSet attributes;
    /// The stored Patient IDs, when `attributes` holds the one that was asked.
    std::vector<PatientNumber> other_patient_ids;
    std::optional<recognition::Verdict> verdict; ///< study level and below, when wanted
    std::string report_ids;                      ///< split by '\'
    dicom::ReportStatus report_status = dicom::ReportStatus::None;
    std::string orthanc_id;  ///< instance level
    std::string institution; ///< code, of who made the exam
};

/// The items of Other Patient IDs Sequence (PS3.3 C.7.1.1) that every encoding of an answer gives.
std::vector<dicom::AttributeSet> other_patient_id_items(const PriorAnswer& answer);

struct PriorSummary {
    std::uint64_t answers = 0;              ///< given to the sink
    bool more = false;                      ///< there are matches beyond limit or MaximumAnswers
    std::optional<std::uint64_t> remaining; ///< how many, when they have been counted
    std::int64_t newest = 0;                ///< of in_pages: the last row of the level there was
    bool stopped = false;                   ///< ended by PriorQuery::stop
    bool ambiguous_patient = false;         ///< the number belongs to several persons, so nobody matched
    std::vector<dicom::Tag> unsupported_keys;
};

} // namespace recog::service
