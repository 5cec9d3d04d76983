#include "plugin/web_port.hpp"

namespace recog {

class WebPort::Service final : public dicomweb::Service {
public:
    explicit Service(orthanc::Events& events) : events_(events) {}

    dicomweb::Response answer(const dicomweb::Request& request) override { return events_.on_http(request); }
    Result<std::unique_ptr<dicomweb::RequestBody>> begin_body(const dicomweb::Request& request) override {
        return events_.begin_body(request);
    }
    dicomweb::Response refusal(const Error& failure) override { return events_.refusal(failure); }

private:
    orthanc::Events& events_;
};

namespace {

web::ListenerOptions options_of(const WebPortParts& parts) {
    const orthanc::OrthancConfiguration& orthanc = parts.orthanc;
    web::ListenerOptions options;
    options.port = parts.settings.port;
    options.maximum_connections = parts.settings.maximum_connections;
    options.idle = std::chrono::seconds(parts.settings.idle_seconds);
    options.allowed_origins = parts.settings.allowed_origins;
    options.access = {orthanc.http_remote_access, orthanc.http_authentication, orthanc.registered_users};
    if (parts.settings.tls.value_or(orthanc.http_tls)) {
        options.tls =
            net::TlsFiles{orthanc.http_certificate,
                          orthanc.http_certificate,
                          orthanc.http_trusted,
                          orthanc.http_verify_peers,
                          {"SslCertificate", "SslCertificate", "SslTrustedClientCertificates", "HTTPS"}};
    }
    return options;
}

} // namespace

WebPort::WebPort(orthanc::Events& events) : service_(std::make_shared<Service>(events)) {}

Result<std::unique_ptr<WebPort>> WebPort::open(const WebPortParts& parts) {
    if (parts.orthanc.http_authentication && parts.orthanc.registered_users.empty()) {
        parts.logger.warning("\"RegisteredUsers\" names nobody: the web port will answer nobody");
    }
    std::unique_ptr<WebPort> made(new WebPort(parts.events));
    auto opened = web::Listener::open(options_of(parts), *made->service_, parts.logger);
    if (!opened) {
        return opened.failure();
    }
    made->listener_ = *std::move(opened);
    return made;
}

} // namespace recog
