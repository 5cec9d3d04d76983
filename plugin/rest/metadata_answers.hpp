// Metadata of a study, a series or an instance (PS3.18 10.4.1.1.2) as JSON and as XML.
#pragma once

#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/request.hpp"
#include "plugin/rest/metadata_memory.hpp"
#include "plugin/rest/stored_instances.hpp"

namespace recog::rest {

/// So many instances are described in one piece of the answer's body.
inline constexpr std::size_t kInstancesPerPiece = 64;

/// The first piece is made at once, the others while they are sent. An instance that has vanished meanwhile
/// is left out; one whose file cannot be read is described by what the index knows of it (its UIDs, SOP Class
/// and transfer syntax), so that nobody takes the study for smaller than it is. Errors: NotAcceptable;
/// Gone (all of the instances have vanished), and those of the archive. `memory` outlives the answer.
Result<dicomweb::Response> metadata_answer(std::shared_ptr<const StoredInstances> instances,
                                           const std::vector<dicomweb::MediaRange>& accepted,
                                           MetadataMemory& memory);

} // namespace recog::rest
