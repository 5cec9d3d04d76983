// When an association is held to be overdue.
#include "tests/plugin/port/node_under_test.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

using namespace recog;
using namespace recog::port;
using namespace recog::port::test;
using namespace std::chrono_literals;

namespace {

/// Remembers only whether it was closed.
class SilentTransport final : public net::Transport {
public:
    explicit SilentTransport(bool& closed) : closed_(closed) {}
    void handshake(Handler) override {}
    void read(ReadHandler) override {}
    void write(std::vector<net::Part>, Progress, Handler) override {}
    void end_of_writing() override {}
    void close() override { closed_ = true; }

private:
    bool& closed_;
};

} // namespace

TEST_CASE("an association that has not yet been started is not overdue") {
    // The port lists an association before its own strand has started it, and looks at the list every second.
    Access access;
    SilentLogger logger;
    TaskThreads threads(1);
    ReceiveBudget memory(1000);
    const Surroundings surroundings{access,  {},     logger, threads, threads,
                                    threads, memory, {},     16'384,  "NODE"};
    boost::asio::io_context context;
    bool closed = false;
    const auto connection = std::make_shared<Connection>(
        context.get_executor(), std::make_unique<SilentTransport>(closed), "127.0.0.1", surroundings, false);
    const auto now = Connection::Clock::now();
    connection->close_if_overdue(now);
    context.poll();
    CHECK(!closed);
    connection->close_if_overdue(now + surroundings.patience.first_pdu + 1s);
    context.restart();
    context.poll();
    CHECK(closed);
}
