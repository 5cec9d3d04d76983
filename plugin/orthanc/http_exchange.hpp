// HTTP between Orthanc's server and the DICOMweb floor's requests and responses.
#pragma once

#include "core/base/task_threads.hpp"
#include "core/dicomweb/request.hpp"
#include "plugin/orthanc/sdk.hpp"

#include <functional>

namespace recog::orthanc {

/// `url` comes decoded; query parameters come as they were sent (in every Orthanc from 1.9.8 on) and are
/// decoded here, once. Parameters come with GET only. Errors: BadRequest (a parameter cannot be decoded).
Result<dicomweb::Request> read_request(const char* url, const OrthancPluginHttpRequest& request);

/// Bodies up to this size are sent in one, with Content-Length, so that the connection can be kept. Larger
/// ones are sent while they are made; Orthanc then closes the connection, which costs a client less than the
/// copy of such a body in memory costs this server.
inline constexpr std::size_t kMostAtOnce = std::size_t{4} << 20U;

/// The answer that tells of a failure.
using Refusal = std::function<dicomweb::Response(const Error&)>;

/// False when the answer could not be sent, or not to its end: the connection is to be cut. The pieces of the
/// body are made on `workers`. `refusal` is asked when the body fails before any of it has been sent.
bool send_response(Sdk& sdk, TaskThreads& workers, OrthancPluginRestOutput* output,
                   dicomweb::Response response, const Refusal& refusal);

} // namespace recog::orthanc
