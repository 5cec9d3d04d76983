// The Identifier of a C-FIND request: what it asks (PS3.4 C.4.1.1.3).
#pragma once

#include "core/service/identifier_keys.hpp"
#include "core/service/information_model.hpp"
#include "core/service/prior_query.hpp"

namespace recog::service {

/// Query/Retrieve Level (0008,0052). Errors: BadRequest (missing, unknown or not in the model).
Result<dicom::Level> read_level(const dicom::AttributeSet& keys, InformationModel model);

/// Fills level, keys and recognition of `query` from flat keys in UTF-8, as Orthanc hands them over. Errors:
/// BadRequest (Query/Retrieve Level missing or unknown).
Status read_find_keys(const dicom::AttributeSet& keys, PriorQuery& query);

struct FindRequest {
    PriorQuery query;
    /// Keys that the node neither matches nor returns at this level: FF01 when there are any.
    std::vector<dicom::Tag> unsupported;
    std::string character_set; ///< see IdentifierKeys
};

/// Errors: Malformed, TooLarge (as read_identifier), BadRequest (the level is missing, unknown or not in the
/// model). Unique keys above the level are not demanded, relational queries negotiated or not: many
/// workstations leave them out, and what they ask for is clear.
IdentifierResult<FindRequest> read_find_request(std::span<const std::byte> data_set,
                                                std::string_view transfer_syntax, InformationModel model,
                                                const Asker& asker,
                                                std::string_view default_character_set = {});

} // namespace recog::service
