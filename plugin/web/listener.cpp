#include "plugin/web/listener.hpp"

namespace recog::web {

namespace {

Patience patience_of(const ListenerOptions& options) {
    Patience patience = options.patience;
    patience.idle = options.idle;
    return patience;
}

} // namespace

class Listener::Impl {
public:
    Impl(const ListenerOptions& options, dicomweb::Service& service, Logger& logger)
        : authentication_(options.access), origins_(options.allowed_origins),
          server_(
              {options.port, "HTTP", options.maximum_connections, options.tls, options.grace},
              [this, most = options.maximum_connections](auto strand, auto transport, std::string host,
                                                         std::size_t others) {
                  return std::make_shared<Connection>(std::move(strand), std::move(transport),
                                                      std::move(host), surroundings_, others >= most);
              },
              logger),
          surroundings_{service,
                        authentication_,
                        origins_,
                        logger,
                        requests_,
                        pieces_,
                        bodies_,
                        patience_of(options),
                        options.tls.has_value()},
          requests_(options.maximum_requests), pieces_(options.maximum_pieces),
          bodies_(options.maximum_bodies) {}
    ~Impl() { stop(); }

    Status listen() { return server_.listen(); }
    void start() { server_.start(); }

    void stop() {
        server_.stop();
        requests_.stop();
        pieces_.stop();
        bodies_.stop();
        server_.finish(); // what the last requests have left behind
    }

    std::uint16_t number() const { return server_.number(); }
    std::size_t connections() const { return server_.connections(); }

private:
    // These outlive the connections, which live as long as their requests run.
    const Authentication authentication_;
    const CrossOrigin origins_;
    net::SocketServer server_;
    const Surroundings surroundings_;
    TaskThreads requests_;
    TaskThreads pieces_;
    TaskThreads bodies_;
};

Result<std::unique_ptr<Listener>> Listener::open(const ListenerOptions& options, dicomweb::Service& service,
                                                 Logger& logger) {
    auto impl = std::make_unique<Impl>(options, service, logger);
    if (const Status listening = impl->listen(); !listening) {
        return listening.failure();
    }
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Listener::~Listener() = default;

void Listener::start() {
    impl_->start();
}

void Listener::stop() {
    impl_->stop();
}

std::uint16_t Listener::number() const {
    return impl_->number();
}

std::size_t Listener::connections() const {
    return impl_->connections();
}

} // namespace recog::web
