// Whether a received file may be handed to the archive, and what it calls itself.
#pragma once

#include "core/dicom/part10.hpp"
#include "core/dicomweb/store_response.hpp"

namespace recog::service {

/// Reads every element's header of the file, pixel data not touched. `study`: the only study it may belong
/// to, empty when any. The outcome's failure is 0 when it may be stored. What is broken behind the beginning
/// of the pixel data is left to the archive.
dicomweb::StoreOutcome check_instance(dicom::Bytes file, const std::string& study, std::size_t most_nesting);

} // namespace recog::service
