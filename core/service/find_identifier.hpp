// The Identifier of a C-FIND: what a request asks, and the data set of an answer (PS3.4 C.4.1.1.3).
#pragma once

#include "core/service/prior_query.hpp"

#include <memory>

class DcmDataset;

namespace recog::service {

/// Fills level, keys and recognition of `query` from flat keys in UTF-8, as Orthanc hands them over. Errors:
/// BadRequest (Query/Retrieve Level missing or unknown).
Status read_find_keys(const dicom::AttributeSet& keys, PriorQuery& query);

/// The answer's data set in UTF-8 (Specific Character Set ISO_IR 192), holding the keys asked for that the
/// node supports. Other Patient IDs Sequence is added whenever the Patient ID is the one that was asked.
std::unique_ptr<DcmDataset> make_find_answer(const PriorQuery& query, const PriorAnswer& answer,
                                             const std::string& retrieve_aet);

/// The data set as a Part 10 file in Explicit VR Little Endian.
std::string to_part10(DcmDataset& dataset);

} // namespace recog::service
