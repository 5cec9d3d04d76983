// The one place where an Error becomes an HTTP answer.
#pragma once

#include "core/base/result.hpp"
#include "core/dicomweb/request.hpp"

namespace recog::rest {

int http_status(ErrorKind kind);

/// The sentence as text/plain, with Retry-After where asking again helps.
dicomweb::Response error_response(const Error& error);
dicomweb::Response status_response(int status, const std::string& sentence);
dicomweb::Response json_response(std::string json);

} // namespace recog::rest
