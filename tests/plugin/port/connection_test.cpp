// What an association does with requests and answers, over real sockets.
#include "tests/plugin/port/node_under_test.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::port;
using namespace recog::port::test;
using dimse::Command;

namespace {

/// A requestor's answer to a C-STORE request.
Wire stored(unsigned context, std::uint16_t message_id, std::uint16_t status) {
    dimse::CommandSet response;
    response.command = Command::StoreResponse;
    response.message_id_responded_to = message_id;
    response.status = status;
    return message(context, response);
}

Wire get(std::uint16_t message_id) {
    return message(7, command(Command::GetRequest, message_id, GET_STUDY_ROOT), "AB");
}

} // namespace

TEST_CASE("an association is opened, echoes and is released") {
    NodeUnderTest node;
    Client client = node.associate();
    CHECK(client.echoes(1));
    CHECK(client.echoes(0xFFFF));
    CHECK(client.send(release()));
    CHECK(client.receive().type == 6);
    CHECK(client.over());
    client.close();
    node.wait_for_associations(0);
}

TEST_CASE("bytes may come one by one") {
    NodeUnderTest node;
    Client client = node.connect();
    const Wire bytes =
        joined(dimse::encode_associate_request(everything()), echo(1, 1), find_request(3, 2), release());
    for (const std::byte b : bytes) {
        REQUIRE(client.send({&b, 1}));
    }
    CHECK(client.receive().type == 2);
    CHECK(client.receive_message().command.message_id_responded_to == 1);
    // C-FIND runs on another thread, and a release ends it.
    ReceivedPdu last = client.receive();
    if (last.type == 4) {
        last = client.receive();
    }
    CHECK(last.type == 6);
    CHECK(client.over());
}

TEST_CASE("while a request runs others are answered or wait in line, and a cancellation reaches it") {
    NodeUnderTest node;
    node.find.function = FunctionHandler::until_stopped;
    Client client = node.associate();
    CHECK(client.send(find_request(3, 1)));
    node.find.started.wait();
    CHECK(client.echoes(2)); // at once
    CHECK(client.send(find_request(3, 3)));
    CHECK(client.send(joined(cancel_request(3, 99), cancel_request(3, 2)))); // of nothing that runs
    CHECK(client.echoes(4));
    CHECK(node.find.started.times() == 1);
    CHECK(node.find.ended.times() == 0);

    CHECK(client.send(cancel_request(3, 1)));
    const auto first = client.receive_message().command;
    CHECK(first.command == Command::FindResponse);
    CHECK(first.message_id_responded_to == 1);
    CHECK(first.status == 0xFE00);
    node.find.started.wait(2);
    CHECK(client.send(cancel_request(3, 3)));
    CHECK(client.receive_message().command.message_id_responded_to == 3);
    CHECK(client.send(cancel_request(3, 3))); // answered already
    CHECK(client.echoes(5));
}

TEST_CASE("a request that is cancelled while it waits runs cancelled") {
    NodeUnderTest node;
    node.find.function = FunctionHandler::until_stopped;
    Client client = node.associate();
    CHECK(client.send(
        joined(find_request(3, 1), find_request(3, 2), cancel_request(3, 2), cancel_request(3, 1))));
    CHECK(client.receive_message().command.message_id_responded_to == 1);
    CHECK(client.receive_message().command.message_id_responded_to == 2);
}

TEST_CASE("more requests at once than are sensible abort the association") {
    NodeUnderTest node;
    node.find.function = FunctionHandler::until_stopped;
    Client client = node.associate();
    CHECK(client.send(find_request(3, 1)));
    node.find.started.wait();
    for (std::uint16_t id = 2; id <= 17; ++id) {
        CHECK(client.send(find_request(3, id)));
    }
    CHECK(client.echoes(18));
    CHECK(client.send(find_request(3, 19)));
    CHECK(client.receive().type == 7);
    CHECK(client.over());
    node.find.ended.wait();
    CHECK(node.find.started.times() == 1);
}

TEST_CASE("what may not be asked, or not here, is refused with its status, however long its data set is") {
    NodeUnderTest node;
    Client client = node.associate();
    const auto status_of = [&client](const Wire& request) {
        CHECK(client.send(request));
        return client.receive_message().command.status;
    };
    CHECK(status_of(find_request(3, 1)) == 0);
    CHECK(status_of(find_request(1, 2)) == 0x0122); // C-FIND in the context of Verification
    CHECK(status_of(message(3, command(Command::EchoRequest, 3, VERIFICATION))) == 0x0122);
    CHECK(status_of(store_request(3, 4, std::string(1'000'000, 'x'))) == 0x0122);
    CHECK(status_of(message(9, command(Command::MoveRequest, 5, MOVE_STUDY_ROOT), "AB")) == 0x0122);
    node.access.forbidden = {Service::Store, Service::Echo};
    Client other = node.associate();
    CHECK(other.send(store_request(9, 6, std::string(1'000'000, 'x'))));
    const auto refused = other.receive_message().command;
    CHECK(refused.status == 0x0124);
    CHECK(refused.sop_instance_uid == "1.2.3");
    CHECK(other.send(echo(1, 7)));
    CHECK(other.receive_message().command.status == 0x0124);
    CHECK(node.store.started.times() == 0);
}

TEST_CASE("a service that the node does not have is refused") {
    Access access;
    SilentLogger logger;
    auto port = Port::open({}, access, {}, logger);
    REQUIRE(port.ok());
    (*port)->start();
    Client client((*port)->number());
    REQUIRE(client.associate());
    CHECK(client.send(find_request(3, 1)));
    CHECK(client.receive_message().command.status == 0x0122);
}

TEST_CASE("a handler that throws is a processing failure, and the association goes on") {
    NodeUnderTest node;
    node.find.function = [](const Request&, Exchange&) { throw std::runtime_error("secret"); };
    Client client = node.associate();
    CHECK(client.send(find_request(3, 1)));
    const auto response = client.receive_message().command;
    CHECK(response.status == 0x0110);
    CHECK(response.error_comment.empty());
    CHECK(client.echoes());
}

TEST_CASE("a stored data set comes as a file with the context's syntax and the titles of both sides") {
    NodeUnderTest node;
    std::vector<std::byte> file;
    node.store.function = [&file](const Request& request, Exchange& exchange) {
        file = request.data_set;
        static_cast<void>(FunctionHandler::answer(exchange, 0));
    };
    Client client = node.associate();
    CHECK(client.send(store_request(9, 1, "DATA")));
    const auto response = client.receive_message().command;
    CHECK(response.command == Command::StoreResponse);
    CHECK(response.sop_class_uid == CT_IMAGE);
    const auto meta = dicom::read_meta(file);
    REQUIRE(meta.ok());
    CHECK(meta->transfer_syntax == EXPLICIT);
    CHECK(meta->sop_class == CT_IMAGE);
    CHECK(meta->sop_instance == "1.2.3");
    CHECK(meta->sending_aet == "WORKSTATION");
    CHECK(meta->receiving_aet == "NODE");
    CHECK(Wire(file.end() - 4, file.end()) == bytes_of("DATA"));
}

TEST_CASE("answers fit the PDUs that the requestor takes") {
    NodeUnderTest node;
    const Wire answer(1001, std::byte{'x'});
    node.find.function = [&answer](const Request&, Exchange& exchange) {
        static_cast<void>(FunctionHandler::answer(exchange, 0xFF00, answer));
        static_cast<void>(FunctionHandler::answer(exchange, 0));
    };
    for (const std::uint32_t most : {128U, 129U, 1000U, 16'384U, 0U}) {
        auto request = everything();
        request.max_pdu = most;
        Client client = node.associate(request);
        CHECK(client.send(find_request(3, 1)));
        CHECK(client.receive_message().data_set.size() == 1002); // padded
        CHECK(client.receive_message().command.status == 0);
        CHECK((most == 0 || client.longest_pdu() <= most));
    }
    auto request = everything();
    request.max_pdu = 127;
    Client client = node.connect();
    CHECK(client.send(dimse::encode_associate_request(request)));
    CHECK(client.receive().type == 7);
    CHECK(client.over());
}

TEST_CASE("C-GET sends instances in parts, one after the other, and hears their statuses") {
    NodeUnderTest node;
    const Wire head = bytes_of("HEAD");
    const Wire tail(300'000, std::byte{'t'});
    std::vector<std::uint16_t> statuses;
    node.get.function = [&](const Request&, Exchange& exchange) {
        const std::vector<Bytes> parts{head, tail};
        for (int i = 0; i < 3; ++i) {
            dimse::CommandSet request;
            request.sop_class_uid = CT_IMAGE;
            request.sop_instance_uid = "1.2." + std::to_string(i);
            const auto status = exchange.store(9, request, parts);
            statuses.push_back(status ? *status : 1);
            static_cast<void>(FunctionHandler::answer(exchange, 0xFF00));
        }
        static_cast<void>(FunctionHandler::answer(exchange, 0));
    };
    Client client = node.associate();
    CHECK(client.send(get(5)));
    for (std::uint16_t i = 0; i < 3; ++i) {
        const auto request = client.receive_message();
        CHECK(request.command.command == Command::StoreRequest);
        CHECK(request.command.message_id == i + 1);
        CHECK(request.command.sop_instance_uid == "1.2." + std::to_string(i));
        CHECK(request.data_set.size() == head.size() + tail.size());
        CHECK(request.data_set.starts_with("HEADt"));
        CHECK(client.send(stored(9, 77, 0xA700))); // to nothing that was sent
        CHECK(client.send(stored(9, request.command.message_id, i == 1 ? 0xB000 : 0)));
        const auto pending = client.receive_message().command;
        CHECK(pending.command == Command::GetResponse);
        CHECK(pending.message_id_responded_to == 5);
    }
    CHECK(client.receive_message().command.status == 0);
    CHECK(statuses == std::vector<std::uint16_t>{0, 0xB000, 0});
    CHECK(client.send(stored(9, 3, 0))); // nobody waits for it any more
    CHECK(client.echoes());
}

TEST_CASE("a receiver may answer before it has the whole request") {
    NodeUnderTest node;
    const Wire much(8'000'000);
    std::uint16_t status = 1;
    node.get.function = [&](const Request&, Exchange& exchange) {
        const std::vector<Bytes> parts{much};
        const auto told = exchange.store(9, command(Command::StoreRequest, 0, CT_IMAGE), parts);
        status = told ? *told : 1;
        static_cast<void>(FunctionHandler::answer(exchange, 0));
    };
    Client client = node.associate();
    CHECK(client.send(get(1)));
    CHECK(client.receive().type == 4); // the command, or a part of it
    CHECK(client.send(stored(9, 1, 0xA700)));
    ReceivedPdu pdu;
    for (std::size_t received = 0; received < much.size();) {
        pdu = client.receive();
        REQUIRE(pdu.type == 4);
        received += pdu.body.size() - dimse::PDV_HEADER;
    }
    CHECK(client.receive_message().command.command == Command::GetResponse);
    CHECK(status == 0xA700);
}

TEST_CASE("a release ends what runs, and nothing is sent behind its answer") {
    NodeUnderTest node;
    node.find.function = [](const Request& request, Exchange& exchange) {
        FunctionHandler::until_stopped(request, exchange);
        CHECK(exchange.gone());
        CHECK_FALSE(FunctionHandler::answer(exchange, 0).ok());
    };
    Client client = node.associate();
    CHECK(client.send(joined(find_request(3, 1), find_request(3, 2))));
    node.find.started.wait();
    CHECK(client.send(joined(release(), echo(1, 3), release(), find_request(3, 4))));
    CHECK(client.receive().type == 6);
    CHECK(client.over());
    node.find.ended.wait();
    client.close();
    node.wait_for_associations(0);
    CHECK(node.find.started.times() == 1);
}

TEST_CASE("a release while an instance is sent ends the waiting for its status") {
    NodeUnderTest node;
    const Wire data = bytes_of("DATA");
    node.get.function = [&data](const Request&, Exchange& exchange) {
        const std::vector<Bytes> parts{data};
        CHECK_FALSE(exchange.store(9, command(Command::StoreRequest, 0, CT_IMAGE), parts).ok());
    };
    Client client = node.associate();
    CHECK(client.send(get(1)));
    CHECK(client.receive_message().command.command == Command::StoreRequest);
    CHECK(client.send(release()));
    CHECK(client.receive().type == 6);
    node.get.ended.wait();
}

TEST_CASE("what breaks the state table of PS3.8 is answered with an abort, once") {
    struct Case {
        const char* what;
        bool associated;
        Wire bytes;
        unsigned reason; // PS3.8 table 9-26
    };
    auto no_such_context = command(Command::EchoRequest, 1, VERIFICATION);
    dimse::CommandSet response;
    response.command = Command::FindResponse;
    response.message_id_responded_to = 1;
    const Wire request = dimse::encode_associate_request(everything());
    const std::vector<Case> cases{
        {"data before the association", false, echo(1, 1), 2},
        {"the beginning of data before the association", false, pdu(4, {}, 100), 2},
        {"a release before the association", false, release(), 2},
        {"a release reply before the association", false, pdu(6, Wire(4)), 2},
        {"an association answer", false, pdu(2, Wire(100)), 6},
        {"a PDU of no known type", false, pdu(9, Wire(4)), 6},
        {"something else than DICOM", false, bytes_of("GET / HTTP/1.1\r\n\r\n"), 6},
        {"a request that is cut off", false, pdu(1, Wire(67)), 6},
        {"a second association request", true, request, 2},
        {"a release reply", true, pdu(6, Wire(4)), 2},
        {"a PDU longer than was negotiated", true, pdu(4, {}, 131'073), 6},
        {"a PDU of no known type", true, pdu(9, Wire(4)), 6},
        {"a context that was not proposed", true, message(11, no_such_context), 6},
        {"a context that was not proposed, with data", true, find_request(11, 1), 6},
        {"an answer to nothing that was asked", true, message(3, response), 6},
        {"a data set without a command", true, pdu(4, pdv(3, LAST, Wire(2))), 6},
    };
    NodeUnderTest node;
    for (const Case& one : cases) {
        CAPTURE(one.what);
        CAPTURE(one.associated);
        Client client = node.connect();
        if (one.associated) {
            REQUIRE(client.associate());
        }
        // What comes behind it is not looked at.
        CHECK(client.send(joined(one.bytes, echo(1, 1), release(), request)));
        const auto aborted = client.receive();
        REQUIRE(aborted.type == 7);
        CHECK(std::to_integer<unsigned>(aborted.body[2]) == 2);
        CHECK(std::to_integer<unsigned>(aborted.body[3]) == one.reason);
        CHECK(client.over());
    }
    node.wait_for_associations(0);
}

TEST_CASE("an association that is rejected hears why, and nothing behind it counts") {
    NodeUnderTest node;
    Client client = node.connect();
    CHECK(client.send(joined(dimse::encode_associate_request(everything("NODE", "STRANGER")), echo(1, 1))));
    const auto rejected = client.receive();
    REQUIRE(rejected.type == 3);
    CHECK((rejected.body == Wire{std::byte{0}, std::byte{1}, std::byte{1}, std::byte{3}}));
    CHECK(client.over());
}
