#include "plugin/port/port.hpp"

namespace recog::port {

namespace {

Patience patience_of(const PortOptions& options) {
    Patience patience = options.patience;
    patience.idle = options.idle;
    return patience;
}

} // namespace

class Port::Listener {
public:
    Listener(const PortOptions& options, const AccessPolicy& access, const Handlers& handlers, Logger& logger)
        : memory_(options.maximum_received),
          server_(
              {options.port, "query and retrieve", options.maximum_associations, options.tls},
              [this, most = options.maximum_associations](auto strand, auto transport, std::string host,
                                                          std::size_t others) {
                  return std::make_shared<Connection>(std::move(strand), std::move(transport),
                                                      std::move(host), surroundings_, others >= most);
              },
              logger),
          surroundings_{access,
                        handlers,
                        logger,
                        queries_,
                        stores_,
                        transfers_,
                        memory_,
                        patience_of(options),
                        options.maximum_pdu_length,
                        options.node_aet},
          queries_(options.maximum_queries, "recog-find"), stores_(options.maximum_stores, "recog-receive"),
          transfers_(options.maximum_transfers, "recog-transfer") {}
    ~Listener() { stop(); }

    Status listen() { return server_.listen(); }
    void start() { server_.start(); }

    void stop() {
        server_.stop();
        queries_.stop();
        stores_.stop();
        transfers_.stop();
        server_.finish(); // what the last requests have left behind
    }

    std::uint16_t number() const { return server_.number(); }
    std::size_t associations() const { return server_.connections(); }
    std::size_t received() const { return memory_.used(); }

private:
    // These outlive the connections, which live as long as their requests run.
    ReceiveBudget memory_;
    net::SocketServer server_;
    const Surroundings surroundings_;
    TaskThreads queries_;
    TaskThreads stores_;
    TaskThreads transfers_;
};

Result<std::unique_ptr<Port>> Port::open(const PortOptions& options, const AccessPolicy& access,
                                         const Handlers& handlers, Logger& logger) {
    auto listener = std::make_unique<Listener>(options, access, handlers, logger);
    if (const Status listening = listener->listen(); !listening) {
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
