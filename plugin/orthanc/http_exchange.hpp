// HTTP between Orthanc's server and the DICOMweb floor's requests and responses.
#pragma once

#include "core/dicomweb/request.hpp"
#include "plugin/orthanc/sdk.hpp"

namespace recog::orthanc {

/// `url` comes decoded; query parameters come as they were sent (in every Orthanc from 1.9.8 on) and are
/// decoded here, once. Parameters come with GET only. Errors: BadRequest (a parameter cannot be decoded).
Result<dicomweb::Request> read_request(const char* url, const OrthancPluginHttpRequest& request);

/// Sends with Content-Length, so that the connection can be kept.
void send_response(const Sdk& sdk, OrthancPluginRestOutput* output, const dicomweb::Response& response);

} // namespace recog::orthanc
