// Associations that end at every moment, and many at once.
#include "tests/plugin/port/node_under_test.hpp"

#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/resource.h>

using namespace recog;
using namespace recog::port;
using namespace recog::port::test;
using namespace std::chrono_literals;
using dimse::Command;

namespace {

Wire get_request() {
    return message(7, command(Command::GetRequest, 1, GET_STUDY_ROOT), "AB");
}

void send_instance(Exchange& exchange, const Wire& instance) {
    const std::vector<Bytes> parts{instance};
    CHECK_FALSE(exchange.store(9, command(Command::StoreRequest, 0, CT_IMAGE), parts).ok());
    CHECK(exchange.gone());
}

/// Where an association can be when it ends.
struct Moment {
    const char* what;
    std::function<Client(NodeUnderTest&)> arrive;
    bool in_a_pdu = false; ///< an abort would be taken for a part of it
};

std::vector<Moment> moments() {
    const auto associated = [](NodeUnderTest& node, const Wire& bytes) {
        Client client = node.associate();
        REQUIRE(client.send(bytes));
        return client;
    };
    const auto half = [](const Wire& bytes) {
        return Wire(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2));
    };
    return {
        {"connected", [](NodeUnderTest& node) { return node.connect(); }},
        {"in the association request",
         [half](NodeUnderTest& node) {
             Client client = node.connect();
             REQUIRE(client.send(half(dimse::encode_associate_request(everything()))));
             return client;
         },
         true},
        {"associated", [](NodeUnderTest& node) { return node.associate(); }},
        {"in a PDU", [=](NodeUnderTest& node) { return associated(node, half(echo(1, 1))); }, true},
        {"between command and data set",
         [=](NodeUnderTest& node) {
             const auto set = command(Command::FindRequest, 1, FIND_STUDY_ROOT, true);
             return associated(node, pdu(4, pdv(3, COMMAND | LAST, dimse::encode_command_set(set))));
         }},
        {"in a large data set",
         [=](NodeUnderTest& node) {
             return associated(node, half(store_request(9, 1, std::string(100'000, 'x'))));
         },
         true},
        {"while a request runs",
         [=](NodeUnderTest& node) {
             node.find.function = FunctionHandler::until_stopped;
             Client client = associated(node, find_request(3, 1));
             node.find.started.wait();
             return client;
         }},
        {"while a request runs and others wait",
         [=](NodeUnderTest& node) {
             node.find.function = FunctionHandler::until_stopped;
             Client client = associated(
                 node, joined(find_request(3, 1), find_request(3, 2), find_request(3, 3), echo(1, 4)));
             REQUIRE(client.receive_message().command.command == Command::EchoResponse);
             return client;
         }},
        {"with answers that are not read",
         [=](NodeUnderTest& node) {
             node.find.function = FunctionHandler::flood;
             Client client = associated(node, find_request(3, 1));
             REQUIRE(client.receive_message().command.status == 0xFF00);
             return client;
         }},
        {"while the status of an instance is awaited",
         [=](NodeUnderTest& node) {
             node.get.function = [](const Request&, Exchange& exchange) {
                 send_instance(exchange, Wire(1000));
             };
             Client client = associated(node, get_request());
             REQUIRE(client.receive_message().data_set.size() == 1000);
             return client;
         }},
        {"while an instance is sent",
         [=](NodeUnderTest& node) {
             node.get.function = [](const Request&, Exchange& exchange) {
                 send_instance(exchange, Wire(50'000'000));
             };
             Client client = associated(node, get_request());
             REQUIRE(client.receive().type == 4);
             return client;
         }},
    };
}

struct Ending {
    const char* what;
    std::function<void(Client&)> end;
};

std::vector<Ending> endings() {
    return {
        {"aborted", [](Client& client) { CHECK(client.send(abort_pdu())); }},
        {"closed", [](Client& client) { client.close(); }},
        {"half closed", [](Client& client) { client.end_of_writing(); }},
        {"reset", [](Client& client) { client.reset(); }},
    };
}

PortOptions impatient(Patience patience) {
    PortOptions options;
    options.patience = patience;
    return options;
}

} // namespace

TEST_CASE("an association may end at every moment, and whoever ran for it ends") {
    const auto ends = endings();
    for (const Moment& moment : moments()) {
        for (const Ending& ending : ends) {
            CAPTURE(moment.what);
            CAPTURE(ending.what);
            if (moment.in_a_pdu && &ending == &ends.front()) {
                continue;
            }
            NodeUnderTest node;
            {
                Client client = moment.arrive(node);
                ending.end(client);
                node.wait_for_associations(0);
            }
            CHECK(node.find.started.times() == node.find.ended.times());
            CHECK(node.get.started.times() == node.get.ended.times());
            CHECK(node.associate().echoes());
        }
    }
}

TEST_CASE("stop ends every association and waits for its requests") {
    for (const Moment& moment : moments()) {
        CAPTURE(moment.what);
        NodeUnderTest node;
        Client client = moment.arrive(node);
        node.port().stop();
        CHECK(node.port().associations() == 0);
        CHECK(node.find.started.times() == node.find.ended.times());
        CHECK(node.get.started.times() == node.get.ended.times());
        node.port().stop(); // again: nothing is left to do
    }
}

TEST_CASE("stop waits for a handler that does not look at its stop token") {
    NodeUnderTest node;
    Event go_on;
    node.find.function = [&go_on](const Request&, Exchange& exchange) {
        go_on.wait();
        CHECK(exchange.gone());
    };
    Client client = node.associate();
    CHECK(client.send(find_request(3, 1)));
    node.find.started.wait();
    std::thread stopping([&node] { node.port().stop(); });
    CHECK(client.over()); // the association is closed, the handler runs
    go_on.happen();
    stopping.join();
    CHECK(node.find.ended.times() == 1);
}

TEST_CASE("requests whose association ends while they wait for a thread do not run") {
    PortOptions options;
    options.maximum_queries = 1;
    NodeUnderTest node(options);
    node.find.function = FunctionHandler::until_stopped;
    Client first = node.associate();
    CHECK(first.send(find_request(3, 1)));
    node.find.started.wait();
    Client second = node.associate();
    CHECK(second.send(joined(find_request(3, 1), echo(1, 2))));
    CHECK(second.receive_message().command.command == Command::EchoResponse);
    second.close();
    Client third = node.associate();
    CHECK(third.send(find_request(3, 1)));
    // Sees to it that the end of the second is known before the first ends.
    CHECK(third.send(cancel_request(3, 1)));
    CHECK(third.echoes(2));
    CHECK(first.send(cancel_request(3, 1)));
    CHECK(first.receive_message().command.status == 0xFE00);
    CHECK(third.receive_message().command.status == 0xFE00);
    CHECK(node.find.started.times() <= 3);
    node.wait_for_associations(2);
}

TEST_CASE("slow transfers hold up neither queries nor stores") {
    PortOptions options;
    options.maximum_transfers = 1;
    NodeUnderTest node(options);
    node.move.function = FunctionHandler::until_stopped;
    Client mover = node.associate();
    CHECK(mover.send(message(5, command(Command::MoveRequest, 1, MOVE_STUDY_ROOT), "AB")));
    node.move.started.wait();
    Client other = node.associate();
    CHECK(other.send(store_request(9, 1, "DATA")));
    CHECK(other.receive_message().command.status == 0);
    CHECK(other.send(find_request(3, 2)));
    CHECK(other.receive_message().command.status == 0);
}

namespace {

Wire move_request(std::uint16_t id) {
    return message(5, command(Command::MoveRequest, id, MOVE_STUDY_ROOT), "AB");
}

/// The final one; pending ones come before it.
std::uint16_t final_status(Client& client) {
    std::uint16_t status = 0xFF00;
    while (status == 0xFF00) {
        status = client.receive_message().command.status;
    }
    return status;
}

} // namespace

TEST_CASE("a request that waits for others holds no thread") {
    PortOptions options;
    options.maximum_transfers = 1;
    WaitingHandler waiting;
    NodeUnderTest node(options, &waiting);
    std::vector<Client> movers;
    for (int i = 0; i < 10; ++i) {
        movers.push_back(node.associate());
        CHECK(movers.back().send(move_request(1)));
    }
    waiting.begun.wait(10);
    Client getter = node.associate();
    CHECK(getter.send(message(7, command(Command::GetRequest, 1, GET_STUDY_ROOT), "AB")));
    CHECK(getter.receive_message().command.status == 0);
    SUBCASE("and is cancelled alone") {
        CHECK(movers[3].send(cancel_request(5, 1)));
        CHECK(final_status(movers[3]) == 0xFE00);
        CHECK(movers[4].echoes(2));
        waiting.wake();
        CHECK(final_status(movers[4]) == 0);
    }
    SUBCASE("and shows that it lives") {
        CHECK(movers[3].receive_message().command.status == 0xFF00);
        CHECK(movers[3].receive_message().command.status == 0xFF00);
    }
    SUBCASE("and ends with its association") {
        movers[3].close();
        waiting.ended.wait(1);
    }
    SUBCASE("and ends with the port") {
        node.port().stop();
        CHECK(waiting.ended.times() == 10);
    }
    SUBCASE("and goes on when it is woken") {
        waiting.wake();
        for (Client& mover : movers) {
            CHECK(final_status(mover) == 0);
        }
    }
    node.port().stop();
}

TEST_CASE("whoever comes beyond the limit is rejected for now") {
    PortOptions options;
    options.maximum_associations = 2;
    NodeUnderTest node(options);
    Client first = node.associate();
    Client second = node.associate();
    Client third = node.connect();
    CHECK(third.send(dimse::encode_associate_request(everything())));
    const auto rejected = third.receive();
    REQUIRE(rejected.type == 3);
    CHECK((rejected.body == Wire{std::byte{0}, std::byte{2}, std::byte{3}, std::byte{2}}));
    CHECK(third.over());
    third.close();
    second.close();
    node.wait_for_associations(1);
    CHECK(node.associate().echoes());
}

TEST_CASE("far beyond the limit connections are closed unheard") {
    PortOptions options;
    options.maximum_associations = 1;
    NodeUnderTest node(options);
    std::vector<Client> clients;
    for (int i = 0; i < 65; ++i) {
        clients.push_back(node.connect());
    }
    node.wait_for_associations(65);
    CHECK(node.connect().over());
}

TEST_CASE("who is silent is closed: at the beginning, when idle, in a message, and as a receiver") {
    const auto open = [](NodeUnderTest& node) { return node.associate(); };
    SUBCASE("no association request") {
        NodeUnderTest node(impatient({.first_pdu = 10ms}));
        CHECK(node.connect().over());
    }
    SUBCASE("half an association request") {
        NodeUnderTest node(impatient({.first_pdu = 10ms}));
        Client client = node.connect();
        CHECK(client.send(pdu(1, Wire(10), 200)));
        CHECK(client.over());
    }
    SUBCASE("idle") {
        PortOptions options;
        options.idle = 0s;
        NodeUnderTest node(options);
        CHECK(open(node).over());
    }
    SUBCASE("in a message") {
        NodeUnderTest node(impatient({.stalled = 10ms}));
        Client client = open(node);
        CHECK(client.send(pdu(4, {}, 100)));
        CHECK(client.over());
    }
    SUBCASE("answers are not read") {
        NodeUnderTest node(impatient({.stalled = 500ms}));
        node.find.function = FunctionHandler::flood;
        Client client = open(node);
        CHECK(client.send(find_request(3, 1)));
        node.find.ended.wait();
        node.wait_for_associations(0);
    }
    SUBCASE("no answer to a C-STORE request") {
        NodeUnderTest node(impatient({.stalled = 10ms}));
        node.get.function = [](const Request&, Exchange& exchange) { send_instance(exchange, Wire(10)); };
        Client client = open(node);
        CHECK(client.send(get_request()));
        node.get.ended.wait();
        node.wait_for_associations(0);
    }
    SUBCASE("the end of the connection") {
        NodeUnderTest node(impatient({.ending = 10ms}));
        Client client = open(node);
        CHECK(client.send(release()));
        CHECK(client.receive().type == 6);
        node.wait_for_associations(0); // although this side stays open
    }
}

TEST_CASE("a request that runs long is not idle") {
    PortOptions options;
    options.idle = 0s;
    NodeUnderTest node(options);
    Event go_on;
    node.find.function = [&go_on](const Request&, Exchange& exchange) {
        go_on.wait();
        CHECK(FunctionHandler::answer(exchange, 0).ok());
    };
    Client client = node.connect();
    CHECK(client.send(joined(dimse::encode_associate_request(everything()), find_request(3, 1))));
    node.find.started.wait();
    // Idle associations are looked for once a second: this one is closed when that has been done.
    CHECK(node.associate().over());
    go_on.happen();
    CHECK(client.receive().type == 2);
    CHECK(client.receive_message().command.status == 0);
}

TEST_CASE("requests whose answers are not read are not read either, until they are") {
    NodeUnderTest node;
    Client client = node.associate();
    Wire many;
    constexpr std::size_t kEach = 10'000;
    for (std::size_t i = 0; i < kEach; ++i) {
        append(many, echo(1, 1));
    }
    const std::size_t size = many.size() / kEach;
    std::size_t sent = 0;
    std::size_t taken = many.size();
    for (; taken == many.size() && sent < (std::size_t{1} << 30U); sent += taken) {
        taken = client.send_while_taken(many, 300);
    }
    CHECK(taken < many.size()); // of a gigabyte of requests
    std::thread rest([&] { CHECK(client.send(Bytes(many).subspan(taken))); });
    for (std::size_t answers = sent / size + (many.size() - taken + size - 1) / size; answers > 0;
         --answers) {
        if (client.receive_message().command.status != 0) {
            FAIL("another answer");
        }
    }
    rest.join();
    CHECK(client.echoes());
}

TEST_CASE("data sets beyond the budget of all associations wait, and all are stored") {
    PortOptions options;
    options.maximum_received = 1'000'000;
    NodeUnderTest node(options);
    std::atomic<std::size_t> stored{0};
    node.store.function = [&stored](const Request& request, Exchange& exchange) {
        stored += request.data_set.size();
        static_cast<void>(FunctionHandler::answer(exchange, 0));
    };
    const Wire large = store_request(9, 1, std::string(16'000'000, 'x'));
    // The first goes beyond the budget and stops in the middle.
    Client first = node.associate();
    CHECK(first.send(Bytes(large).first(2'000'000)));
    node.wait_for_received(1'500'000);
    Client small = node.associate();
    std::vector<Client> others;
    std::vector<std::size_t> sent;
    for (int i = 0; i < 3; ++i) {
        others.push_back(node.associate());
        sent.push_back(others.back().send_while_taken(large, 300));
    }
    SUBCASE("the first goes on") {
        CHECK(first.send(Bytes(large).subspan(2'000'000)));
        CHECK(first.receive_message().command.status == 0);
    }
    SUBCASE("the first goes away") {
        first.close();
    }
    SUBCASE("one of those who wait goes away") {
        others.back().close();
        others.pop_back();
        CHECK(first.send(Bytes(large).subspan(2'000'000)));
        CHECK(first.receive_message().command.status == 0);
    }
    // Small messages never wait for large ones.
    CHECK(small.send(store_request(9, 1, "SMALL")));
    CHECK(small.receive_message().command.status == 0);
    for (std::size_t i = 0; i < others.size(); ++i) {
        CHECK(sent[i] < large.size());
    }
    std::vector<std::thread> senders;
    for (std::size_t i = 0; i < others.size(); ++i) {
        senders.emplace_back([&, i] {
            CHECK(others[i].send(Bytes(large).subspan(sent[i])));
            CHECK(others[i].receive_message().command.status == 0);
        });
    }
    for (std::thread& sender : senders) {
        sender.join();
    }
    for (Client& other : others) {
        other.close();
    }
    first.close();
    small.close();
    node.wait_for_associations(0);
    CHECK(node.port().received() == 0);
    CHECK(stored >= others.size() * 16'000'000);
}

TEST_CASE("stop ends associations that wait for memory") {
    PortOptions options;
    options.maximum_received = 100'000;
    NodeUnderTest node(options);
    const Wire large = store_request(9, 1, std::string(16'000'000, 'x'));
    std::vector<Client> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(node.associate());
        CHECK(clients.back().send_while_taken(Bytes(large).first(15'000'000), 300) > 0);
    }
    node.port().stop();
    CHECK(node.port().associations() == 0);
}

TEST_CASE("500 idle associations block nobody and cost a few kilobytes") {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
    ::setrlimit(RLIMIT_NOFILE, &files);
    NodeUnderTest node;
    CHECK(node.associate().echoes());
    std::vector<Client> idle;
    idle.reserve(500);
    const std::size_t before = ::mallinfo2().uordblks;
    for (int i = 0; i < 500; ++i) {
        idle.push_back(node.associate());
        CHECK(idle.back().echoes());
    }
    const std::size_t each = (::mallinfo2().uordblks - before) / idle.size();
    MESSAGE("memory of an idle association with five contexts: ", each, " bytes");
    CHECK(each < 8192); // 0 under the sanitizers, which bring their own allocator
    std::vector<std::thread> busy;
    std::atomic<int> echoes{0};
    for (int i = 0; i < 50; ++i) {
        busy.emplace_back([&node, &echoes] {
            Client client = node.associate();
            for (std::uint16_t id = 1; id <= 20; ++id) {
                echoes += client.echoes(id) ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : busy) {
        thread.join();
    }
    CHECK(echoes == 1000);
    for (Client& client : idle) {
        CHECK(client.echoes());
    }
    idle.clear();
    node.wait_for_associations(0);
}

TEST_CASE("a port that is in use is a fault of the configuration") {
    NodeUnderTest node;
    PortOptions options;
    options.port = node.port().number();
    const auto second = Port::open(options, node.access, {}, node.logger);
    REQUIRE_FALSE(second.ok());
    CHECK(second.failure().kind == ErrorKind::Configuration);
}

TEST_CASE("a port may end before it has started") {
    Access access;
    SilentLogger logger;
    auto port = Port::open({}, access, {}, logger);
    REQUIRE(port.ok());
    (*port)->stop();
    (*port)->start();
    CHECK((*port)->associations() == 0);
}
