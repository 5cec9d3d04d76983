#include "plugin/port/message_reader.hpp"

#include "plugin/port/message_writer.hpp"
#include "tests/plugin/port/wire.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::port;
using namespace recog::port::test;
using dimse::Command;
using dimse::PduType;

namespace {

constexpr std::uint32_t MAX_PDU = 4096;
constexpr std::size_t MOST = 1000;

/// Writes down what it is told, one line each.
class Record final : public MessageSink {
public:
    Status on_pdu(PduType type, Bytes body) override {
        if (type != PduType::Data) { // its beginnings depend on nothing but the PDUs
            lines.push_back("pdu " + std::to_string(static_cast<int>(type)) + " " +
                            std::to_string(body.size()));
        }
        return {};
    }
    Result<DataSetPlan> on_command(std::uint8_t context, const dimse::CommandSet& set) override {
        lines.push_back("command " + std::to_string(context) + " " + std::to_string(set.message_id));
        if (refuse_commands) {
            return error(ErrorKind::Malformed, "refused");
        }
        return DataSetPlan{bytes_of(prefix), MOST, keep};
    }
    Status on_message(std::uint8_t context, dimse::CommandSet set, std::vector<std::byte> data_set) override {
        std::string line = "message " + std::to_string(context) + " " + std::to_string(set.message_id) + " ";
        for (const std::byte b : data_set) {
            line.push_back(static_cast<char>(b));
        }
        lines.push_back(line);
        return {};
    }

    std::vector<std::string> lines;
    std::string prefix;
    bool refuse_commands = false;
    bool keep = true;
};

Wire find_command(std::uint16_t message_id = 7) {
    return dimse::encode_command_set(command(Command::FindRequest, message_id, FIND_STUDY_ROOT, true));
}
Wire echo_command() {
    return dimse::encode_command_set(command(Command::EchoRequest, 8, VERIFICATION));
}

/// All that a requestor may send, in many shapes.
Wire conversation() {
    const Wire command = find_command();
    const std::ptrdiff_t half = 20;
    const Wire first(command.begin(), command.begin() + half);
    const Wire second(command.begin() + half, command.end());
    return joined(
        dimse::encode_associate_request(everything()), echo(1, 1), find_request(3, 2, "IDENTIFIER"),
        // a command in three values of two PDUs, the last of them empty; then two messages in one PDU
        pdu(4, pdv(3, COMMAND, first)), pdu(4, joined(pdv(3, COMMAND, second), pdv(3, COMMAND | LAST, {}))),
        pdu(4, joined(pdv(3, DATA, bytes_of("AB")), pdv(3, DATA, {}), pdv(3, DATA, bytes_of("CD")))),
        pdu(4, {}), pdu(4, joined(pdv(3, LAST, {}), pdv(1, COMMAND | LAST, echo_command()))),
        cancel_request(3, 2), release(), joined(dimse::encode_short_pdu(PduType::ReleaseReply)), abort_pdu());
}

std::vector<std::string> expected() {
    const std::size_t request = dimse::encode_associate_request(everything()).size() - dimse::PDU_HEADER;
    return {"pdu 1 " + std::to_string(request),
            "message 1 1 ",
            "command 3 2",
            "message 3 2 IDENTIFIER",
            "command 3 7",
            "message 3 7 ABCD",
            "message 1 8 ",
            "message 3 0 ",
            "pdu 5 4",
            "pdu 6 4",
            "pdu 7 4"};
}

} // namespace

TEST_CASE("messages are the same however their bytes are cut") {
    const Wire bytes = conversation();
    SUBCASE("in one piece") {
        Record record;
        MessageReader reader(record, MAX_PDU);
        REQUIRE(reader.feed(bytes).ok());
        CHECK(record.lines == expected());
        CHECK_FALSE(reader.in_the_middle());
        CHECK(reader.held() == 0);
    }
    SUBCASE("in pieces of every small size") {
        for (std::size_t size = 1; size <= 64; ++size) {
            Record record;
            MessageReader reader(record, MAX_PDU);
            for (std::size_t at = 0; at < bytes.size(); at += size) {
                REQUIRE(reader.feed(Bytes(bytes).subspan(at, std::min(size, bytes.size() - at))).ok());
            }
            CHECK(record.lines == expected());
        }
    }
    SUBCASE("cut at every byte") {
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            Record record;
            MessageReader reader(record, MAX_PDU);
            REQUIRE(reader.feed(Bytes(bytes).first(cut)).ok());
            REQUIRE(reader.feed(Bytes(bytes).subspan(cut)).ok());
            CHECK(record.lines == expected());
        }
    }
}

TEST_CASE("a reader knows whether it is in the middle of something") {
    const Wire bytes = find_request(3, 1, "IDENTIFIER");
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        Record record;
        MessageReader reader(record, MAX_PDU);
        REQUIRE(reader.feed(Bytes(bytes).first(cut)).ok());
        CHECK(reader.in_the_middle());
    }
}

TEST_CASE("a data set begins with what the plan says, and is dropped when it is not wanted") {
    Record record;
    MessageReader reader(record, MAX_PDU);
    record.prefix = "DICM";
    REQUIRE(reader.feed(find_request(3, 1, "AB")).ok());
    CHECK(record.lines.back() == "message 3 1 DICMAB");
    record.keep = false;
    const Wire bytes = find_request(3, 2, "ABCD");
    REQUIRE(reader.feed(Bytes(bytes).first(bytes.size() - 1)).ok());
    CHECK(reader.held() == 0);
    REQUIRE(reader.feed(Bytes(bytes).last(1)).ok());
    CHECK(record.lines.back() == "message 3 2 ");
}

TEST_CASE("what a message may hold is bounded") {
    const auto sized = [](std::size_t size) {
        return joined(pdu(4, pdv(3, COMMAND | LAST, find_command())), pdu(4, pdv(3, LAST, Wire(size))));
    };
    for (const bool keep : {true, false}) {
        Record record;
        record.keep = keep;
        record.prefix = "the prefix does not count";
        MessageReader reader(record, MAX_PDU);
        CHECK(reader.feed(sized(MOST)).ok());
        CHECK(reader.feed(sized(MOST)).ok()); // each anew
        CHECK_FALSE(reader.feed(sized(MOST + 1)).ok());
    }
    Record record;
    MessageReader reader(record, MAX_PDU);
    const Wire piece = pdu(4, pdv(3, COMMAND, Wire(4000)));
    for (std::size_t sent = 0; sent + 4000 <= dimse::MAX_COMMAND_SET; sent += 4000) {
        REQUIRE(reader.feed(piece).ok());
    }
    CHECK_FALSE(reader.feed(piece).ok());
}

TEST_CASE("what breaks the protocol is found, in one piece and byte by byte") {
    struct Case {
        const char* what;
        Wire bytes;
    };
    const Wire command = find_command();
    const Wire whole = pdv(3, COMMAND | LAST, command);
    const std::vector<Case> cases{
        {"type 0", pdu(0, Wire(4))},
        {"A-ASSOCIATE-AC", pdu(2, Wire(68))},
        {"A-ASSOCIATE-RJ", pdu(3, Wire(4))},
        {"type 8", pdu(8, Wire(4))},
        {"type FF", pdu(0xFF, Wire(4))},
        {"something else than DICOM", bytes_of("GET / HTTP/1.1\r\n\r\n")},
        {"an association request beyond the limit", pdu(1, {}, dimse::MAX_NEGOTIATION_PDU + 1)},
        {"an association request of 4 GiB", pdu(1, {}, 0xFFFFFFFF)},
        {"an association request without a body", pdu(1, {})},
        {"a release request that is too long", pdu(5, Wire(5))},
        {"a release request that is too short", pdu(5, Wire(3))},
        {"an abort without a body", pdu(7, {})},
        {"a PDU longer than was negotiated", pdu(4, {}, MAX_PDU + 1)},
        {"a PDU of 4 GiB", pdu(4, {}, 0xFFFFFFFF)},
        {"a value longer than its PDU", pdu(4, pdv(3, COMMAND, Wire(10), 13))},
        {"a value of 4 GiB", pdu(4, pdv(3, COMMAND, Wire(10), 0xFFFFFFFF))},
        {"a value without room for its header", pdu(4, pdv(3, COMMAND, Wire(10), 1))},
        {"a value of no length", pdu(4, pdv(3, COMMAND, Wire(10), 0))},
        {"half a header at the end of a PDU", pdu(4, joined(whole, Wire(3)))},
        {"a PDU that holds half a header", pdu(4, Wire(5))},
        {"a data set without a command", pdu(4, pdv(3, LAST, Wire(10)))},
        {"a data set before its command is complete",
         joined(pdu(4, pdv(3, COMMAND, command)), pdu(4, pdv(3, DATA, Wire(2))))},
        {"a second command instead of the data set", pdu(4, joined(whole, whole))},
        {"a data set behind a message that has none",
         pdu(4, joined(pdv(1, COMMAND | LAST, echo_command()), pdv(1, LAST, Wire(2))))},
        {"another context in the middle of a command",
         pdu(4, joined(pdv(3, COMMAND, command), pdv(5, COMMAND | LAST, {})))},
        {"another context for the data set", pdu(4, joined(whole, pdv(5, LAST, Wire(2))))},
        {"an empty command", pdu(4, pdv(3, COMMAND | LAST, {}))},
        {"a command of nonsense", pdu(4, pdv(3, COMMAND | LAST, Wire(30, std::byte{0xAA})))},
        {"a command cut off", pdu(4, pdv(3, COMMAND | LAST, Wire(command.begin(), command.end() - 1)))},
    };
    for (const Case& one : cases) {
        CAPTURE(one.what);
        {
            Record record;
            MessageReader reader(record, MAX_PDU);
            const Status fed = reader.feed(one.bytes);
            REQUIRE_FALSE(fed.ok());
            CHECK(fed.failure().kind == ErrorKind::Malformed);
        }
        Record record;
        MessageReader reader(record, MAX_PDU);
        bool failed = false;
        for (std::size_t at = 0; at < one.bytes.size() && !failed; ++at) {
            failed = !reader.feed(Bytes(one.bytes).subspan(at, 1)).ok();
        }
        CHECK(failed);
    }
}

TEST_CASE("a PDU may be exactly as long as was negotiated") {
    Record record;
    MessageReader reader(record, MAX_PDU);
    CHECK(reader.feed(pdu(4, pdv(3, COMMAND, Wire(MAX_PDU - dimse::PDV_HEADER)))).ok());
}

TEST_CASE("a failure of the sink ends the reading") {
    Record record;
    record.refuse_commands = true;
    MessageReader reader(record, MAX_PDU);
    CHECK_FALSE(reader.feed(joined(find_request(3, 1), echo(1, 2))).ok());
    CHECK(record.lines == std::vector<std::string>{"command 3 1"});
}

TEST_CASE("a message that is written is read as it was, in fragments of every size") {
    const Wire data_set = bytes_of("THE DATA SET OF A MESSAGE"); // odd: it gets a padding byte
    auto set = command(Command::FindRequest, 9, FIND_STUDY_ROOT, true);
    for (const std::uint32_t max_pdu : {8U, 9U, 10U, 16U, 31U, 128U, 4096U, 0U}) {
        const std::size_t size = fragment_size(max_pdu);
        CHECK(size % 2 == 0);
        CHECK((max_pdu == 0 || size + dimse::PDV_HEADER <= max_pdu));
        Record record;
        MessageReader reader(record, max_pdu == 0 ? 131'072 : max_pdu);
        REQUIRE(reader.feed(encode_message(3, set, data_set, size)).ok());
        const std::string padded("THE DATA SET OF A MESSAGE\0", 26);
        CHECK(record.lines.back() == "message 3 9 " + padded);
    }
}

TEST_CASE("a data set in parts is one data set, even when there is nothing in it") {
    const Wire first = bytes_of("FIRST PART");
    const Wire second = bytes_of("2ND!");
    const auto set = command(Command::StoreRequest, 9, CT_IMAGE, true);
    const auto read = [&set](std::vector<Bytes> parts) {
        const MessageParts message(3, set, parts, 4);
        Record record;
        MessageReader reader(record, 16);
        for (const Bytes part : message.parts()) {
            REQUIRE(reader.feed(part).ok());
        }
        return record.lines.back();
    };
    CHECK(read({first, second}) == "message 3 9 FIRST PART2ND!");
    CHECK(read({first, {}}) == "message 3 9 FIRST PART");
    CHECK(read({{}, second}) == "message 3 9 2ND!");
    CHECK(read({{}}) == "message 3 9 ");
    CHECK(read({}) == "message 3 9 ");
}
