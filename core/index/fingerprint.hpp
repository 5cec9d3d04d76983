// Fingerprints of what an object says of its patient, study, series and itself: equal ones are one row. They
// hold content only, never ids of rows, so that they do not depend on the order of arrival.
#pragma once

#include "core/index/stored_instance.hpp"

#include <string>

namespace recog::index {

/// A patient without any identifier is nobody else's: its study keeps it apart.
std::string record_fingerprint(const StoredInstance& instance);

/// `record`: the record's fingerprint.
std::string study_fingerprint(const StoredInstance& instance, const std::string& record);

std::string series_fingerprint(const StoredInstance& instance);

/// Of everything that the index keeps of the instance. `study`: the fingerprint of its study header.
std::string instance_fingerprint(const StoredInstance& instance, const std::string& study);

/// Folded name and birth date, for the comparison of weak identifiers; empty when either is unusable.
std::string demographics_of(const dicom::AttributeSet& patient);

} // namespace recog::index
