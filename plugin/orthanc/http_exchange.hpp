// HTTP between Orthanc's server and the DICOMweb floor's requests and responses.
#pragma once

#include "core/dicomweb/request.hpp"
#include "plugin/orthanc/sdk.hpp"

namespace recog::orthanc {

/// `url` comes decoded; query parameters come as they were sent and are decoded here, once. A parameter that
/// cannot be decoded is kept as it is. Parameters come with GET only.
dicomweb::Request read_request(const char* url, const OrthancPluginHttpRequest& request);

/// Sends with Content-Length, so that the connection can be kept.
void send_response(const Sdk& sdk, OrthancPluginRestOutput* output, const dicomweb::Response& response);

} // namespace recog::orthanc
