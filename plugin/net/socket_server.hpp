// Listens on a port, keeps its connections, and ends those that wait too long: what every listener of this
// plugin has in common.
#pragma once

#include "core/base/logger.hpp"
#include "core/base/result.hpp"
#include "plugin/net/transport.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace recog::net {

/// One connection as its server knows it.
class ServedConnection {
public:
    using Clock = std::chrono::steady_clock;

    virtual ~ServedConnection() = default;
    /// On its strand, once.
    virtual void start() = 0;
    /// From any thread: ends it now.
    virtual void close() = 0;
    /// From any thread: ends it once it has answered what it was asked.
    virtual void close_when_answered() { close(); }
    /// From any thread: ends it when it has waited too long for the other side.
    virtual void close_if_overdue(Clock::time_point now) = 0;
};

struct SocketServerOptions {
    std::uint16_t port = 0;  ///< 0: any free one
    std::string purpose;     ///< "query and retrieve": for sentences
    std::size_t most = 1000; ///< connections; a few beyond are handed on too, further ones find no ear
    std::optional<TlsFiles> tls;
    std::chrono::milliseconds grace{0}; ///< of stop(), for what is being answered
};

/// Any thread may call any function.
class SocketServer {
public:
    /// `others`: how many connections there are beside this one, `options.most` or more when it is one too
    /// many.
    using Make = std::function<std::shared_ptr<ServedConnection>(boost::asio::any_io_executor strand,
                                                                 std::unique_ptr<Transport> transport,
                                                                 std::string host, std::size_t others)>;

    /// `logger` outlives it, and so does what the connections use.
    SocketServer(SocketServerOptions options, Make make, Logger& logger);
    ~SocketServer();
    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;

    /// Accepts nobody before start(). Configuration errors: the port is in use, a TLS file cannot be read.
    Status listen();
    void start();
    /// Ends all connections and the network threads. What requests that still run leave behind is done by
    /// finish(), when they have ended. Not from a handler.
    void stop();
    void finish();

    std::uint16_t number() const;
    std::size_t connections() const;

private:
    class Impl;
    const std::unique_ptr<Impl> impl_;
};

} // namespace recog::net
