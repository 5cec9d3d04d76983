// The Identifier of a C-MOVE or C-GET request: what is to be sent (PS3.4 C.4.2.1.4, C.4.3.1.3).
#pragma once

#include "core/service/identifier_keys.hpp"
#include "core/service/information_model.hpp"
#include "core/service/retrieve_service.hpp"

namespace recog::service {

/// Errors: Malformed, TooLarge (more than kMaxRetrieveUids, or as read_identifier), BadRequest (the level is
/// missing, unknown or not in the model; its unique key is missing, has wild cards, or holds something that
/// is no UID). Unique keys above the level may be missing or be lists. An Accession Number stands for a Study
/// Instance UID, as in Orthanc.
IdentifierResult<RetrieveQuery> read_retrieve_identifier(std::span<const std::byte> data_set,
                                                         std::string_view transfer_syntax,
                                                         InformationModel model, const Asker& asker,
                                                         std::string_view default_character_set = {});

} // namespace recog::service
