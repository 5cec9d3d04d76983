#include "plugin/web/listener.hpp"
#include "tests/plugin/web/client.hpp"
#include "tests/plugin/web/fake_service.hpp"

#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <thread>

using namespace recog;
using namespace recog::web;
using namespace std::chrono_literals;

namespace {

struct Served {
    explicit Served(ListenerOptions options = {}) {
        auto opened = Listener::open(options, service, logger);
        REQUIRE(opened.ok());
        listener = *std::move(opened);
        listener->start();
    }
    Client client(int receive_buffer = 0) const { return Client(listener->number(), receive_buffer); }
    void wait_until_empty() const {
        while (listener->connections() != 0) {
            std::this_thread::yield();
        }
    }

    SilentLogger logger;
    FakeService service;
    std::unique_ptr<Listener> listener;
};

std::string request(const std::string& target, const std::string& fields = {}) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

std::string posted(const std::string& target, std::size_t size, const std::string& fields = {}) {
    return "POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n" +
           fields + "\r\n" + *counted_bytes(size);
}

std::string chunked(std::size_t size, std::size_t piece) {
    const auto bytes = counted_bytes(size);
    std::string text;
    for (std::size_t at = 0; at < size; at += piece) {
        const std::string chunk = bytes->substr(at, piece);
        char hex[32];
        std::snprintf(hex, sizeof hex, "%zx", chunk.size());
        text += std::string(hex) + "\r\n" + chunk + "\r\n";
    }
    return text + "0\r\n\r\n";
}

std::string pieces(std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += *counted_bytes(100'000);
    }
    return all;
}

} // namespace

TEST_CASE("a connection is kept for further requests") {
    Served served;
    Client client = served.client();
    for (int i = 0; i < 3; ++i) {
        CHECK(client.ask("GET", "/span/1000").body == *counted_bytes(1000));
        CHECK(client.ask("GET", "/pieces/50").body == pieces(50));
        CHECK(client.ask("GET", "/unsized/50").body == pieces(50));
        CHECK(client.ask("HEAD", "/pieces/50").has("Content-Length: 5000000"));
        CHECK(client.ask("GET", "/nothing").status == 204);
        CHECK(client.ask("GET", "/absent").status == 404);
        CHECK(client.ask("GET", "/throws").status == 500);
    }
}

TEST_CASE("requests that come before their answers are answered in order") {
    Served served;
    Client client = served.client();
    std::string all;
    for (int i = 1; i <= 20; ++i) {
        all += request("/span/" + std::to_string(i)) + posted("/store", static_cast<std::size_t>(i) * 10'000);
    }
    std::thread sender([&] { CHECK(client.send(all)); });
    for (int i = 1; i <= 20; ++i) {
        CHECK(client.reply().body.size() == static_cast<std::size_t>(i));
        CHECK(client.reply().body == std::to_string(i * 10'000) + " right");
    }
    sender.join();
}

TEST_CASE("a request that comes byte by byte is answered") {
    Served served;
    Client client = served.client();
    for (const char byte : posted("/store", 300) + request("/span/5", "Connection: close\r\n")) {
        REQUIRE(client.send(std::string(1, byte)));
    }
    CHECK(client.reply().body == "300 right");
    const Reply last = client.reply();
    CHECK(last.body.size() == 5);
    CHECK(last.has("Connection: close"));
    CHECK(client.all().empty());
}

TEST_CASE("the service sees the request, without what nobody else should") {
    ListenerOptions options;
    options.access = {false, true, {{"alice", "secret"}}};
    Served served(options);
    Client client = served.client();
    const Reply reply = client.ask("GET", "/request/%E7%8E%8B?a=b%20c&d=%25",
                                   "Authorization: Basic YWxpY2U6c2VjcmV0\r\nAccept: x\r\n");
    CHECK(reply.body.starts_with("/request/\xE7\x8E\x8B|a=b c|d=%\n"));
    CHECK(reply.body.find("\nAccept: x") != std::string::npos);
    CHECK(reply.body.find("\n:user: alice") != std::string::npos);
    CHECK(reply.body.find("\n:peer: 127.0.0.1") != std::string::npos);
    CHECK(reply.body.find("\n:scheme: http") != std::string::npos);
    CHECK(reply.body.find("Basic") == std::string::npos);
    CHECK(client.ask("GET", "http://elsewhere/request", "Authorization: Basic YWxpY2U6c2VjcmV0\r\n")
              .body.starts_with("/request\n"));

    const Reply refused = client.ask("GET", "/request");
    CHECK(refused.status == 401);
    CHECK(refused.has("WWW-Authenticate: Basic realm=\"Orthanc Secure Area\""));
    CHECK(served.client().ask("GET", "/request", ":user: alice\r\n").status == 400);
    const int before = served.service.asked;
    Client other = served.client();
    other.send(posted("/store", 1'000'000));
    CHECK(other.reply().status == 401);
    CHECK(served.service.asked == before);
    CHECK(served.service.taken == 0);
}

TEST_CASE("pages of an allowed origin are answered without credentials only what they may ask") {
    ListenerOptions options;
    options.access = {false, true, {{"alice", "secret"}}};
    options.allowed_origins = {"https://a.example"};
    Served served(options);
    Client client = served.client();
    const Reply preflight = client.ask("OPTIONS", "/span/1",
                                       "Origin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n");
    CHECK(preflight.status == 204);
    CHECK(preflight.has("Access-Control-Allow-Origin: https://a.example"));
    const Reply refused = client.ask("GET", "/span/1", "Origin: https://a.example\r\n");
    CHECK(refused.status == 401);
    CHECK(refused.has("Access-Control-Allow-Origin: https://a.example"));
}

TEST_CASE("what cannot be read is answered with a sentence, and the connection ends") {
    Served served;
    struct Case {
        std::string bytes;
        int status;
    };
    const Case cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {request("/a%zz"), 400},
        {request("/../a"), 400},
        {request("/a//b"), 400},
        {request("nothing"), 400},
        {request("/" + std::string(10'000, 'a')), 414},
        {request("/?" + std::string(70'000, 'a')), 414},
        {request("/" + std::string(100'000, 'a')), 414},
        {request("/", "A: " + std::string(100'000, 'a') + "\r\n"), 431},
        {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
        {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        {"POST /store HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         400},
        {"POST /store HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"GET /span/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"POST /never HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", 403},
        {"POST /span/3 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", 200}, // takes no body
    };
    for (const Case& one : cases) {
        CAPTURE(one.bytes.substr(0, 100));
        Client client = served.client();
        // What comes behind is never taken for a request.
        client.send(one.bytes + request("/span/777"));
        const Reply reply = client.reply();
        CHECK(reply.status == one.status);
        CHECK_FALSE(reply.body.empty());
        CHECK(reply.head.find(std::to_string(one.status) + " Status") == std::string::npos);
        CHECK(reply.has("Connection: close"));
        CHECK(client.all().empty());
    }
    CHECK(served.client().ask("GET", "/span/1").status == 200);
}

TEST_CASE("a body is taken while it comes, whatever its form") {
    Served served;
    Client client = served.client();
    SUBCASE("its length told") {
        client.send(posted("/store", 5'000'000));
        CHECK(client.reply().body == "5000000 right");
    }
    SUBCASE("in chunks of any size") {
        for (const std::size_t chunk : {1U, 7U, 1000U, 100'000U}) {
            const std::size_t size = chunk * 20 + 1;
            client.send("POST /store HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        chunked(size, chunk));
            CHECK(client.reply().body == std::to_string(size) + " right");
        }
    }
    SUBCASE("empty") {
        client.send(posted("/store", 0));
        CHECK(client.reply().body == "0 right");
    }
    SUBCASE("by a client that waits to be asked for it") {
        client.send("PUT /store HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        CHECK(client.reply().status == 100);
        client.send(*counted_bytes(3));
        CHECK(client.reply().body == "3 right");
    }
    SUBCASE("which is not asked when the body is not wanted") {
        client.send("POST /never HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        CHECK(client.reply().status == 403);
    }
}

TEST_CASE("a sender is held up by whoever takes its body") {
    Served served;
    Client client = served.client();
    std::thread sender([&] { client.send(posted("/slow", 20'000'000)); });
    served.service.barrier.wait_for_waiters(1);
    // Nothing more is taken, and memory is bounded: the rest waits at the sender.
    CHECK(served.service.taken == 0);
    CHECK(served.client().ask("GET", "/span/1").status == 200);
    served.service.barrier.open();
    CHECK(client.reply().body == "20000000 right");
    sender.join();
}

TEST_CASE("a body that is no longer wanted ends the request with its reason") {
    Served served;
    Client client = served.client();
    client.send(posted("/stops", 400'000));
    const Reply reply = client.reply();
    CHECK(reply.status == 413);
    CHECK(reply.body == "too much\n");
    CHECK(reply.has("Connection: close"));
    while (served.service.dropped == 0) {
        std::this_thread::yield();
    }
    CHECK(served.service.finished == 0);
}

TEST_CASE("a client that goes away leaves nothing behind") {
    Served served;
    SUBCASE("in the middle of its body") {
        Client client = served.client();
        client.send(posted("/store", 3'000'000).substr(0, 2'000'000));
        while (served.service.taken == 0) {
            std::this_thread::yield();
        }
        client.close();
        while (served.service.dropped == 0) {
            std::this_thread::yield();
        }
        CHECK(served.service.finished == 0);
    }
    SUBCASE("in the middle of an answer") {
        Client client = served.client();
        client.send(request("/pieces/1000"));
        client.receive();
        client.abort();
    }
    SUBCASE("in the middle of a head") {
        Client client = served.client();
        client.send("GET / HT");
        client.close();
    }
    SUBCASE("while its request runs") {
        Client client = served.client();
        client.send(request("/waits"));
        served.service.barrier.wait_for_waiters(1);
        client.abort();
        served.service.barrier.open();
    }
    served.wait_until_empty();
    CHECK(served.service.alive == 0);
}

TEST_CASE("who has finished writing still gets the answer") {
    Served served;
    Client client = served.client();
    client.send(request("/pieces/50"));
    client.end_of_writing();
    CHECK(client.reply().body == pieces(50));
    CHECK(client.all().empty());
    Client waiting = served.client();
    waiting.send(request("/waits"));
    waiting.end_of_writing();
    served.service.barrier.wait_for_waiters(1);
    served.service.barrier.open();
    CHECK(waiting.reply().body == "waited");
}

TEST_CASE("who has finished writing in the middle of a request is told so") {
    Served served;
    for (const std::string& begun :
         {posted("/store", 3'000'000).substr(0, 2'000'000), posted("/store", 300).substr(0, 100),
          std::string("POST /store HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
          std::string("GET / HT"), std::string("GET /span/1 HTTP/1.1\r\nHost: h\r\n")}) {
        CAPTURE(begun.substr(0, 80));
        Client client = served.client();
        client.send(begun);
        client.end_of_writing();
        const Reply reply = client.reply();
        CHECK(reply.status == 400);
        CHECK(reply.body == "The request ended in its middle.\n");
        CHECK(client.all().empty());
    }
    Client silent = served.client();
    silent.end_of_writing();
    CHECK(silent.all().empty());
    served.wait_until_empty();
    CHECK(served.service.finished == 0);
    CHECK(served.service.alive == 0);
}

TEST_CASE("an answer that breaks in its middle cuts the connection") {
    Served served;
    Client client = served.client();
    CHECK(client.ask("GET", "/breaks/0").status == 500); // nothing had been sent
    CHECK(client.ask("GET", "/breaks/5").status == 0);
    CHECK(served.client().ask("GET", "/span/1").status == 200);
}

TEST_CASE("clients that read nothing hold up nobody and little memory") {
    ListenerOptions options;
    options.maximum_requests = 2;
    options.maximum_pieces = 2;
    options.patience.stalled = 10min; // however slow this machine is
    Served served(options);
    std::vector<Client> slow;
    for (int i = 0; i < 40; ++i) {
        slow.push_back(served.client(4096));
        slow.back().send(request("/pieces/1000")); // 100 MB
        REQUIRE(slow.back().receive());
    }
    for (int i = 0; i < 20; ++i) {
        CHECK(served.client().ask("GET", "/pieces/50").body == pieces(50));
    }
    // Two windows and a piece each.
    CHECK(served.service.most_alive <= 40 * 24 + 24);
    CHECK(served.listener->connections() >= 40);
}

TEST_CASE("more connections than allowed are told so") {
    ListenerOptions options;
    options.maximum_connections = 3;
    Served served(options);
    std::vector<Client> open;
    for (int i = 0; i < 3; ++i) {
        open.push_back(served.client());
        CHECK(open.back().ask("GET", "/span/1").status == 200);
    }
    CHECK(served.client().reply().status == 503);
    CHECK(open.front().ask("GET", "/span/1").status == 200);
}

TEST_CASE("who waits too long is ended") {
    ListenerOptions options;
    options.idle = 0s;
    options.patience.head = 0ms;
    options.patience.stalled = 0ms;
    options.patience.ending = 0ms;
    Served served(options);
    Client idle = served.client();
    CHECK(idle.all().empty());
    Client slow_head = served.client();
    slow_head.send("GET / HT");
    CHECK(slow_head.reply().status == 408);
    Client slow_body = served.client();
    slow_body.send(posted("/store", 1000).substr(0, 500));
    CHECK(slow_body.reply().status == 408);
    Client slow_reader = served.client(4096);
    slow_reader.send(request("/pieces/1000"));
    served.wait_until_empty();
    CHECK(served.service.alive == 0);
}

TEST_CASE("a stop lets a running request be answered") {
    Served served;
    Client idle = served.client();
    CHECK(idle.ask("GET", "/span/1").status == 200);
    Client client = served.client();
    client.send(request("/waits"));
    served.service.barrier.wait_for_waiters(1);
    std::thread stopper([&] { served.listener->stop(); });
    CHECK(idle.all().empty());
    served.service.barrier.open();
    CHECK(client.reply().body == "waited");
    CHECK(client.all().empty());
    stopper.join();
    CHECK_THROWS(served.client());
}

TEST_CASE("a stop does not wait for a client that reads nothing") {
    ListenerOptions options;
    options.grace = 10ms;
    Served served(options);
    Client slow = served.client(4096);
    slow.send(request("/pieces/1000"));
    REQUIRE(slow.receive());
    served.listener->stop();
    CHECK(served.service.alive == 0);
}

TEST_CASE("a port that is taken is a fault of the configuration") {
    Served served;
    ListenerOptions options;
    options.port = served.listener->number();
    const auto second = Listener::open(options, served.service, served.logger);
    REQUIRE_FALSE(second.ok());
    CHECK(second.failure().kind == ErrorKind::Configuration);
    CHECK(second.failure().text.find("port " + std::to_string(options.port) + " for HTTP") !=
          std::string::npos);
}

TEST_CASE("a thousand idle connections cost little") {
    constexpr std::size_t kConnections = 1000;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 2 * kConnections + 100);
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 2 * kConnections + 100) {
        return; // this machine does not allow so many
    }
    ListenerOptions options;
    options.maximum_connections = kConnections;
    Served served(options);
    CHECK(served.client().ask("GET", "/span/1").status == 200);
    served.wait_until_empty();
    const auto before = mallinfo2().uordblks;
    std::vector<Client> idle;
    for (std::size_t i = 0; i < kConnections; ++i) {
        idle.push_back(served.client());
        if (i % 2 == 0) { // half of them after a request, the others before
            CHECK(idle.back().ask("GET", "/span/100000").status == 200);
        }
    }
    while (served.listener->connections() < kConnections) {
        std::this_thread::yield();
    }
    const auto each = (mallinfo2().uordblks - before) / kConnections;
    MESSAGE("heap of one idle connection, both ends: " << each << " bytes");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(each < 6000);
#endif
    CHECK(idle.front().ask("GET", "/span/1").status == 200);
}

TEST_CASE("files are sent by the system, whole, in order and to slow clients too") {
    Served served;
    const std::string expected = "from" + *counted_bytes(5'000'000) + "file";
    Client client = served.client();
    for (int i = 0; i < 3; ++i) {
        CHECK(client.ask("GET", "/file/5000000").body == expected);
        CHECK(client.ask("GET", "/span/1000").body == *counted_bytes(1000));
    }
    CHECK(served.client(4096).ask("GET", "/file/5000000").body == expected);
}

TEST_CASE("a client that goes away while a file is sent leaves nothing behind") {
    Served served;
    for (int i = 0; i < 20; ++i) {
        Client client = served.client(4096);
        client.send(request("/file/20000000"));
        REQUIRE(client.receive());
    }
    served.wait_until_empty();
    CHECK(served.client().ask("GET", "/file/10").body.size() == 18);
}

TEST_CASE("a file that becomes shorter while it is sent cuts the connection") {
    Served served;
    Client client = served.client(4096);
    CHECK(client.ask("GET", "/shrinks/20000000").status == 0);
    CHECK(served.client().ask("GET", "/span/1").status == 200);
}
