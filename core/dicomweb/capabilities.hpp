// What the services offer (PS3.18 8.9 and annex H), made from the table that requests are routed by, so that
// it cannot be out of date.
#pragma once

#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/routes.hpp"

namespace recog::dicomweb {

/// A WADL document; `root_url` is the absolute URL of the root of the services.
std::string capabilities_wadl(std::string_view root_url);

/// The same as JSON: {"application":{"resources":{"base":..,"resource":[..]}}}.
std::string capabilities_json(std::string_view root_url);

/// In the form that is accepted; WADL when both are. Errors: NotAcceptable.
Result<Response> respond_with_capabilities(const Request& request, std::string_view root_url);

} // namespace recog::dicomweb
