// The URI service (PS3.18 9): from query parameters to one object, or to a rendering of it.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/service/archive.hpp"
#include "core/service/prior_service.hpp"
#include "core/service/retrieve_service.hpp"

namespace recog::rest {

/// Any thread may call any function.
class WadoUriAnswers {
public:
    WadoUriAnswers(const service::PriorService& priors, service::Archive& archive)
        : priors_(priors), retrieve_(priors), archive_(archive) {}

    /// `request.segments` begin below the root of this service and must be none; `dicomweb_url` is the root
    /// of the RESTful services, which Content-Location and warnings name, without a slash at its end.
    dicomweb::Response handle(const dicomweb::Request& request, const std::string& dicomweb_url,
                              const service::Asker& asker) const;

private:
    const service::PriorService& priors_;
    service::RetrieveService retrieve_;
    service::Archive& archive_;
};

} // namespace recog::rest
