// Joins Orthanc's C-MOVE callback, the fetch engine and the archive.
#pragma once

#include "core/service/archive.hpp"
#include "core/service/retrieve_service.hpp"
#include "plugin/orthanc/callbacks.hpp"
#include "plugin/orthanc/orthanc_configuration.hpp"

namespace recog {

/// Errors: NotFound (destination), Unreachable, Unavailable.
Result<std::unique_ptr<orthanc::Move>>
move_to_modality(orthanc::Sdk& sdk, service::Archive& archive,
                 const orthanc::OrthancConfiguration& configuration, const orthanc::MoveRequest& request,
                 const std::vector<service::RetrievedInstance>& instances);

} // namespace recog
