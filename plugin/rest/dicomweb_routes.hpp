// QIDO-RS and WADO-RS: from a request to the services and back.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/service/archive.hpp"
#include "core/service/prior_service.hpp"
#include "core/service/retrieve_service.hpp"

namespace recog::rest {

/// Any thread may call any function.
class DicomWebRoutes {
public:
    DicomWebRoutes(const service::PriorService& priors, service::Archive& archive)
        : priors_(priors), retrieve_(priors), archive_(archive) {}

    /// `request.segments` begin below the root; `root_url` is the absolute URL of the root without a slash at
    /// its end.
    dicomweb::Response handle(const dicomweb::Request& request, const std::string& root_url,
                              const service::Asker& asker) const;

private:
    const service::PriorService& priors_;
    service::RetrieveService retrieve_;
    service::Archive& archive_;
};

} // namespace recog::rest
