// The query/retrieve port: listens, and keeps its associations.
#pragma once

#include "plugin/port/connection.hpp"

#include <memory>
#include <set>
#include <thread>

namespace recog::port {

struct PortOptions {
    std::uint16_t port = 0; ///< 0: any free one
    std::string node_aet;
    std::size_t maximum_associations = 1000;
    std::size_t maximum_queries = 16;   ///< C-FIND running at once
    std::size_t maximum_stores = 16;    ///< C-STORE
    std::size_t maximum_transfers = 64; ///< C-MOVE and C-GET
    /// Bytes of the data sets being received and waiting, over all associations; see ReceiveBudget.
    std::size_t maximum_received = std::size_t{2} << 30U;
    std::chrono::seconds idle{600};
    Patience patience = {}; ///< its `idle` is the above
    std::uint32_t maximum_pdu_length = 131'072;
    std::optional<net::TlsFiles> tls;
};

/// Any thread may call any function.
class Port {
public:
    /// Listens, but accepts nobody before start(). Configuration errors: the port is in use, a TLS file
    /// cannot be read. `access`, the handlers and the logger outlive the port.
    static Result<std::unique_ptr<Port>> open(const PortOptions& options, const AccessPolicy& access,
                                              const Handlers& handlers, Logger& logger);
    ~Port();
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    void start();

    /// The port that is listened on.
    std::uint16_t number() const;
    std::size_t associations() const;
    /// Bytes of the data sets that are being received or wait for their handler.
    std::size_t received() const;

    /// Ends all associations and waits for their requests; also done by the destructor. Not from a handler.
    void stop();

private:
    class Listener;
    explicit Port(std::unique_ptr<Listener> listener);
    std::unique_ptr<Listener> listener_;
};

} // namespace recog::port
