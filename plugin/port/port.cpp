#include "plugin/port/port.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <mutex>

namespace recog::port {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t kNetworkThreads = 2;
constexpr auto kSweep = 1s;
constexpr auto kPauseAfterFailure = 100ms;
// Connections beyond the limit are told so when they ask for an association; more than these find no ear.
constexpr std::size_t kMostBeyond = 64;

/// Without the prefix of IPv4 addresses on an IPv6 socket: Orthanc's modalities name "10.1.2.3".
std::string host_of(const tcp::socket& socket) {
    error_code failed;
    const auto address = socket.remote_endpoint(failed).address();
    if (failed) {
        return {};
    }
    const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    return mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                  : address.to_string();
}

error_code listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    error_code failed;
    acceptor.open(endpoint.protocol(), failed);
    if (failed) {
        return failed;
    }
    error_code ignored;
    if (endpoint.protocol() == tcp::v6()) {
        acceptor.set_option(asio::ip::v6_only(false), ignored);
    }
    acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
    acceptor.bind(endpoint, failed);
    if (!failed) {
        acceptor.listen(tcp::acceptor::max_listen_connections, failed);
    }
    if (failed) {
        acceptor.close(ignored);
    }
    return failed;
}

/// On all addresses of both families, or of the one that the machine has.
error_code listen(tcp::acceptor& acceptor, std::uint16_t port) {
    const error_code failed = listen(acceptor, {tcp::v6(), port});
    return !failed || failed == asio::error::address_in_use ? failed : listen(acceptor, {tcp::v4(), port});
}

Patience patience_of(const PortOptions& options) {
    Patience patience = options.patience;
    patience.idle = options.idle;
    return patience;
}

} // namespace

class Port::Listener {
public:
    Listener(const PortOptions& options, const AccessPolicy& access, const Handlers& handlers, Logger& logger)
        : options_(options), memory_(options.maximum_received), surroundings_{access,
                                                                              handlers,
                                                                              logger,
                                                                              queries_,
                                                                              stores_,
                                                                              transfers_,
                                                                              memory_,
                                                                              patience_of(options),
                                                                              options.maximum_pdu_length,
                                                                              options.node_aet},
          queries_(options.maximum_queries), stores_(options.maximum_stores),
          transfers_(options.maximum_transfers), strand_(asio::make_strand(context_)), acceptor_(strand_),
          sweep_(strand_), pause_(strand_) {}
    ~Listener() { stop(); }

    Status listen_on_port() {
        if (options_.tls) {
            auto tls = make_tls_context(*options_.tls);
            if (!tls) {
                return tls.failure();
            }
            tls_ = *std::move(tls);
        }
        if (const error_code failed = listen(acceptor_, options_.port)) {
            return error(ErrorKind::Configuration,
                         "port " + std::to_string(options_.port) +
                             " for query and retrieve cannot be used: " + failed.message());
        }
        number_ = acceptor_.local_endpoint().port();
        return {};
    }

    void start() {
        asio::post(strand_, [this] {
            accept();
            sweep();
        });
        const std::lock_guard lock(stopping_);
        for (std::size_t i = 0; i < kNetworkThreads && !stopped_; ++i) {
            threads_.emplace_back([this] { run(); });
        }
    }

    void stop() {
        const std::lock_guard lock(stopping_);
        if (std::exchange(stopped_, true)) {
            return;
        }
        asio::post(strand_, [this] {
            error_code ignored;
            acceptor_.close(ignored);
            sweep_.cancel();
            pause_.cancel();
            for (const auto& connection : connections()) {
                connection->close();
            }
        });
        for (std::thread& thread : threads_) {
            thread.join(); // run() returns when no connection is left that waits for anything
        }
        queries_.stop();
        stores_.stop();
        transfers_.stop();
        context_.restart();
        context_.poll(); // what the last requests have left behind
    }

    std::uint16_t number() const { return number_; }
    std::size_t associations() const { return connections().size(); }
    std::size_t received() const { return memory_.used(); }

private:
    void run() {
        while (true) {
            try {
                context_.run();
                return;
            } catch (const std::exception&) {
                surroundings_.logger.error("The query/retrieve port ran out of memory or threads");
            }
        }
    }

    void accept() {
        acceptor_.async_accept(asio::make_strand(context_),
                               [this](const error_code& failed, tcp::socket socket) {
                                   if (!acceptor_.is_open()) {
                                       return;
                                   }
                                   if (failed) { // no more file descriptors: later there may be
                                       pause_.expires_after(kPauseAfterFailure);
                                       pause_.async_wait([this](const error_code& cancelled) {
                                           if (!cancelled) {
                                               accept();
                                           }
                                       });
                                       return;
                                   }
                                   accept(); // first, so that no failure of the other ends it
                                   take(std::move(socket));
                               });
    }

    void take(tcp::socket socket) {
        const std::string host = host_of(socket);
        const std::size_t others = associations();
        if (host.empty() || others >= options_.maximum_associations + kMostBeyond) {
            return;
        }
        const auto strand = socket.get_executor();
        auto transport = tls_ ? tls_transport(std::move(socket), *tls_) : plain_transport(std::move(socket));
        const bool one_too_many = others >= options_.maximum_associations;
        const auto connection =
            std::make_shared<Connection>(strand, std::move(transport), host, surroundings_, one_too_many);
        {
            const std::lock_guard lock(mutex_);
            open_.push_back(connection);
        }
        asio::post(strand, [connection] { connection->start(); });
    }

    /// Those that still exist; forgets the others.
    std::vector<std::shared_ptr<Connection>> connections() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::shared_ptr<Connection>> alive;
        std::erase_if(open_, [&alive](const std::weak_ptr<Connection>& one) {
            auto connection = one.lock();
            if (connection) {
                alive.push_back(std::move(connection));
                return false;
            }
            return true;
        });
        return alive;
    }

    void sweep() {
        sweep_.expires_after(kSweep);
        sweep_.async_wait([this](const error_code& cancelled) {
            if (cancelled || !acceptor_.is_open()) {
                return;
            }
            sweep(); // first, as above
            const auto now = Connection::Clock::now();
            for (const auto& connection : connections()) {
                connection->close_if_overdue(now);
            }
        });
    }

    const PortOptions options_;
    // These outlive the connections, which live as long as their requests run.
    ReceiveBudget memory_;
    asio::io_context context_;
    const Surroundings surroundings_;
    OperationThreads queries_;
    OperationThreads stores_;
    OperationThreads transfers_;
    std::unique_ptr<asio::ssl::context> tls_;
    asio::strand<asio::io_context::executor_type> strand_; ///< of the listener itself
    tcp::acceptor acceptor_;
    asio::steady_timer sweep_;
    asio::steady_timer pause_;
    std::uint16_t number_ = 0;
    mutable std::mutex mutex_;
    mutable std::vector<std::weak_ptr<Connection>> open_;
    std::mutex stopping_; ///< start() and stop()
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

Result<std::unique_ptr<Port>> Port::open(const PortOptions& options, const AccessPolicy& access,
                                         const Handlers& handlers, Logger& logger) {
    auto listener = std::make_unique<Listener>(options, access, handlers, logger);
    if (const Status listening = listener->listen_on_port(); !listening) {
        return listening.failure();
    }
    return std::unique_ptr<Port>(new Port(std::move(listener)));
}

Port::Port(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

Port::~Port() = default;

void Port::start() {
    listener_->start();
}

std::uint16_t Port::number() const {
    return listener_->number();
}

std::size_t Port::associations() const {
    return listener_->associations();
}

std::size_t Port::received() const {
    return listener_->received();
}

void Port::stop() {
    listener_->stop();
}

} // namespace recog::port
