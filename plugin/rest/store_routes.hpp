// STOW-RS (PS3.18 10.5): from a request's headers to the body that takes its parts.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/dicomweb/routes.hpp"
#include "core/service/store_service.hpp"

namespace recog::rest {

/// Any thread may call any function.
class StoreRoutes {
public:
    StoreRoutes(service::StoreTarget& target, service::StoreSettings settings, Logger& logger)
        : service_(target, std::move(settings), logger) {}

    /// `route` is Resource::Store; `root_url` has no slash at its end. What is wrong with the request is told
    /// before its body is read. The body's 299 warnings are in its response's headers already.
    /// Errors: BadRequest, NotAcceptable, UnsupportedMediaType.
    Result<std::unique_ptr<dicomweb::RequestBody>>
    begin(const dicomweb::Request& request, const dicomweb::Route& route, const std::string& root_url);

private:
    service::StoreService service_;
};

} // namespace recog::rest
