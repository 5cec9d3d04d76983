// Keeps objects out that would end the server: Orthanc's and DCMTK's readers recurse as deep as sequences
// nest, and Orthanc reads in threads of 100 KiB of stack whatever comes by HTTP or is looked at by HTTP
// later. Fifty nested sequences, in a file of 10 kB, end Orthanc 1.10.1 when they are posted to /instances,
// or stored by C-STORE and then asked for at /instances/{id}/tags.
//
// The deepest objects in use (SR content trees, functional groups) nest about ten deep.
#pragma once

#include "core/base/task_threads.hpp"
#include "core/dicom/part10.hpp"
#include "plugin/orthanc/sdk.hpp"

#include <cstddef>

namespace recog::orthanc {

inline constexpr std::size_t kMostNesting = dicom::kMostStoredNesting;

/// For the filters of received instances; logs when it refuses.
bool nests_too_deep(Sdk& sdk, const OrthancPluginDicomInstance* instance);

/// Stands in front of Orthanc's own /instances: refuses such a body with 400, and hands everything else to
/// Orthanc as it came.
OrthancPluginErrorCode pass_on_instances(Sdk& sdk, TaskThreads& workers, OrthancPluginRestOutput* output,
                                         const OrthancPluginHttpRequest& request);

} // namespace recog::orthanc
