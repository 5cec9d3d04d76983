// The web port: DICOMweb over HTTP/1.1 on a socket of our own, beside Orthanc's HTTP server.
#pragma once

#include "plugin/net/transport.hpp"
#include "plugin/web/connection.hpp"

#include <memory>
#include <optional>

namespace recog::web {

struct ListenerOptions {
    std::uint16_t port = 0; ///< 0: any free one
    std::size_t maximum_connections = 1000;
    std::size_t maximum_requests = 32; ///< running at once; further ones wait
    std::size_t maximum_bodies = 16;   ///< of requests, being worked on at once
    std::size_t maximum_pieces = 8;    ///< of answers, being made at once
    std::chrono::seconds idle{60};
    Patience patience = {};                ///< its `idle` is the above
    std::chrono::milliseconds grace{3000}; ///< of stop(), for what is being answered
    AccessRules access;
    std::vector<std::string> allowed_origins;
    std::optional<net::TlsFiles> tls;
};

/// Any thread may call any function.
class Listener {
public:
    /// Listens, but accepts nobody before start(). Configuration errors: the port is in use, a TLS file
    /// cannot be read. `service` and `logger` outlive the listener.
    static Result<std::unique_ptr<Listener>> open(const ListenerOptions& options, dicomweb::Service& service,
                                                  Logger& logger);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void start();
    /// Lets requests that run be answered, as long as ListenerOptions::grace; also done by the destructor.
    /// Not from inside the service.
    void stop();

    /// The port that is listened on.
    std::uint16_t number() const;
    std::size_t connections() const;

private:
    class Impl;
    explicit Listener(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace recog::web
