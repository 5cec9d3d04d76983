#include "plugin/dimse/acknowledgement_watcher.hpp"

#include "tests/plugin/dimse/store_scp.hpp"

#include <array>
#include <doctest/doctest.h>

// ThreadSanitizer takes a descriptor for memory: looking at the number of a socket that another thread opens
// or closes is a race to it. That is just what the watcher does, and its header says why no order is needed.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "race:recog::dimse::AcknowledgementWatcher::consider\n";
}

using namespace recog::dimse;
using namespace recog::dimse::test;

namespace {

// No limit of its own: a watcher that misses something runs into the time-out of the test.
template <typename Condition> void wait_until(Condition condition) {
    while (!condition()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

struct Listener {
    Listener() : socket(bind_loopback()), port(port_of(socket)) { ::listen(socket, 8); }
    ~Listener() { ::close(socket); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    int accept() const { return ::accept(socket, nullptr, nullptr); }
    int socket;
    std::uint16_t port;
};

std::unique_ptr<AcknowledgementWatcher> watch(std::uint16_t port) {
    auto started = AcknowledgementWatcher::start(port);
    REQUIRE(started.ok());
    return std::move(*started);
}

void write_and_read(int from, int to) {
    std::array<char, 12> piece{};
    REQUIRE(::send(from, piece.data(), piece.size(), MSG_NOSIGNAL) == 12);
    REQUIRE(::recv(to, piece.data(), piece.size(), MSG_WAITALL) == 12);
}

} // namespace

TEST_CASE("each arrival on a connection of the port is acknowledged") {
    const Listener listener;
    const auto watcher = watch(listener.port);
    const int client = connect_loopback(listener.port);
    const int server = listener.accept();
    wait_until([&] { return watcher->sockets_found() == 2; }); // the listener and the connection
    for (int i = 0; i < 20; ++i) {
        const auto before = watcher->acknowledgements();
        write_and_read(client, server);
        wait_until([&] { return watcher->acknowledgements() > before; });
    }
    ::close(client);
    ::close(server);
}

TEST_CASE("what arrives while nothing is read is acknowledged too") {
    const Listener listener;
    const auto watcher = watch(listener.port);
    const int client = connect_loopback(listener.port);
    const int server = listener.accept();
    wait_until([&] { return watcher->sockets_found() == 2; });
    for (int i = 0; i < 5; ++i) {
        const auto before = watcher->acknowledgements();
        REQUIRE(::send(client, "x", 1, MSG_NOSIGNAL) == 1);
        wait_until([&] { return watcher->acknowledgements() > before; });
    }
    ::close(client);
    ::close(server);
}

TEST_CASE("connections that were there before, and those of a listener opened later, are found") {
    auto early = std::make_unique<Listener>();
    const std::uint16_t port = early->port;
    const int client = connect_loopback(port);
    const int server = early->accept();
    const auto watcher = watch(port);
    wait_until([&] { return watcher->sockets_found() == 2; });
    write_and_read(client, server);
    ::close(client);
    ::close(server);
}

TEST_CASE("a closed connection leaves nothing, and its number may come back as anything") {
    const Listener listener;
    const auto watcher = watch(listener.port);
    const int client = connect_loopback(listener.port);
    const int server = listener.accept();
    wait_until([&] { return watcher->sockets_found() == 2; });
    write_and_read(client, server);
    ::close(server);
    // The other side sees the end at once: the watcher holds no reference to the connection.
    char byte = 0;
    CHECK(::recv(client, &byte, 1, 0) == 0);
    ::close(client);

    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0); // takes the numbers just freed
    REQUIRE(::write(pipe[1], "x", 1) == 1);
    CHECK(::read(pipe[0], &byte, 1) == 1);
    ::close(pipe[0]);
    ::close(pipe[1]);

    const int again = connect_loopback(listener.port);
    const int accepted = listener.accept();
    wait_until([&] { return watcher->sockets_found() == 3; });
    const auto before = watcher->acknowledgements();
    write_and_read(again, accepted);
    wait_until([&] { return watcher->acknowledgements() > before; });
    ::close(again);
    ::close(accepted);
}

TEST_CASE("sockets of other ports are left alone") {
    const Listener watched;
    const Listener other;
    const auto watcher = watch(watched.port);
    wait_until([&] { return watcher->sockets_found() == 1; });
    const int client = connect_loopback(other.port);
    const int server = other.accept();
    write_and_read(client, server);
    const int own = connect_loopback(watched.port);
    const int accepted = watched.accept();
    wait_until([&] { return watcher->sockets_found() == 2; });
    for (const int socket : {client, server, own, accepted}) {
        ::close(socket);
    }
}

TEST_CASE("the operator's own TCP_NODELAY stays") {
    ::setenv("TCP_NODELAY", "0", 1);
    disable_nagle_in_this_process();
    CHECK(std::string(::getenv("TCP_NODELAY")) == "0");
    ::unsetenv("TCP_NODELAY");
    disable_nagle_in_this_process();
    CHECK(std::string(::getenv("TCP_NODELAY")) == "1");
    ::unsetenv("TCP_NODELAY");
}
