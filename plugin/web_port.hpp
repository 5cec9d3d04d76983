// The web port, made from the node's parts.
#pragma once

#include "core/service/settings.hpp"
#include "plugin/orthanc/callbacks.hpp"
#include "plugin/orthanc/orthanc_configuration.hpp"
#include "plugin/web/listener.hpp"

namespace recog {

struct WebPortParts {
    Logger& logger;
    const orthanc::OrthancConfiguration& orthanc;
    const service::HttpSettings& settings;
    orthanc::Events& events; ///< asked as for a request to Orthanc's port
};

class WebPort {
public:
    /// Listens on Recognition.Http.Port; nobody is answered before start(). Configuration errors.
    static Result<std::unique_ptr<WebPort>> open(const WebPortParts& parts);

    /// When REST answers.
    void start() { listener_->start(); }
    void stop() { listener_->stop(); }

private:
    class Service;
    explicit WebPort(orthanc::Events& events);

    std::shared_ptr<Service> service_;
    std::unique_ptr<web::Listener> listener_; // last: its threads use the service
};

} // namespace recog
