#include "plugin/net/socket_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace recog::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t kNetworkThreads = 2;
constexpr auto kSweep = 1s;
constexpr auto kSweepWhileStopping = 10ms;
constexpr auto kPauseAfterFailure = 100ms;
// Connections beyond the limit are told so when they ask; more than these find no ear.
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

error_code listen_at(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
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
error_code listen_on(tcp::acceptor& acceptor, std::uint16_t port) {
    const error_code failed = listen_at(acceptor, {tcp::v6(), port});
    return !failed || failed == asio::error::address_in_use ? failed : listen_at(acceptor, {tcp::v4(), port});
}

} // namespace

class SocketServer::Impl {
public:
    Impl(SocketServerOptions options, Make make, Logger& logger)
        : options_(std::move(options)), make_(std::move(make)), logger_(logger),
          strand_(asio::make_strand(context_)), acceptor_(strand_), sweep_(strand_), pause_(strand_) {}

    Status listen() {
        if (options_.tls) {
            auto tls = make_tls_context(*options_.tls);
            if (!tls) {
                return tls.failure();
            }
            tls_ = *std::move(tls);
        }
        if (const error_code failed = listen_on(acceptor_, options_.port)) {
            return error(ErrorKind::Configuration, "port " + std::to_string(options_.port) + " for " +
                                                       options_.purpose +
                                                       " cannot be used: " + failed.message());
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
            for (const auto& connection : alive()) {
                connection->close_when_answered();
            }
            wait_for_answers(ServedConnection::Clock::now() + options_.grace);
        });
        for (std::thread& thread : threads_) {
            thread.join(); // run() returns when no connection is left that waits for anything
        }
    }

    void finish() {
        context_.restart();
        context_.poll();
    }

    std::uint16_t number() const { return number_; }
    std::size_t connections() const { return alive().size(); }

private:
    void run() {
        while (true) {
            try {
                context_.run();
                return;
            } catch (const std::exception&) {
                logger_.error("The port for " + options_.purpose + " ran out of memory or threads");
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
        std::string host = host_of(socket);
        const std::size_t others = connections();
        if (host.empty() || others >= options_.most + kMostBeyond) {
            return;
        }
        const auto strand = socket.get_executor();
        auto transport = tls_ ? tls_transport(std::move(socket), *tls_) : plain_transport(std::move(socket));
        const auto connection = make_(strand, std::move(transport), std::move(host), others);
        {
            const std::lock_guard lock(mutex_);
            open_.push_back(connection);
        }
        asio::post(strand, [connection] { connection->start(); });
    }

    /// Those that still exist; forgets the others.
    std::vector<std::shared_ptr<ServedConnection>> alive() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::shared_ptr<ServedConnection>> found;
        std::erase_if(open_, [&found](const std::weak_ptr<ServedConnection>& one) {
            auto connection = one.lock();
            if (connection) {
                found.push_back(std::move(connection));
                return false;
            }
            return true;
        });
        return found;
    }

    void sweep() {
        sweep_.expires_after(kSweep);
        sweep_.async_wait([this](const error_code& cancelled) {
            if (cancelled || !acceptor_.is_open()) {
                return;
            }
            sweep(); // first, as above
            const auto now = ServedConnection::Clock::now();
            for (const auto& connection : alive()) {
                connection->close_if_overdue(now);
            }
        });
    }

    // A connection whose request runs on a thread of its own waits for nothing here, so the network threads
    // are kept until it has answered.
    void wait_for_answers(ServedConnection::Clock::time_point until) {
        const auto left = alive();
        if (left.empty() || ServedConnection::Clock::now() >= until) {
            for (const auto& connection : left) {
                connection->close();
            }
            return;
        }
        sweep_.expires_after(kSweepWhileStopping);
        sweep_.async_wait([this, until](const error_code&) { wait_for_answers(until); });
    }

    const SocketServerOptions options_;
    const Make make_;
    Logger& logger_;
    asio::io_context context_;
    std::unique_ptr<asio::ssl::context> tls_;
    asio::strand<asio::io_context::executor_type> strand_; ///< of the listener itself
    tcp::acceptor acceptor_;
    asio::steady_timer sweep_;
    asio::steady_timer pause_;
    std::uint16_t number_ = 0;
    mutable std::mutex mutex_;
    mutable std::vector<std::weak_ptr<ServedConnection>> open_;
    std::mutex stopping_; ///< start() and stop()
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

SocketServer::SocketServer(SocketServerOptions options, Make make, Logger& logger)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(make), logger)) {}

SocketServer::~SocketServer() {
    stop();
}

Status SocketServer::listen() {
    return impl_->listen();
}

void SocketServer::start() {
    impl_->start();
}

void SocketServer::stop() {
    impl_->stop();
}

void SocketServer::finish() {
    impl_->finish();
}

std::uint16_t SocketServer::number() const {
    return impl_->number();
}

std::size_t SocketServer::connections() const {
    return impl_->connections();
}

} // namespace recog::net
