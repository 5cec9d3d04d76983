// The pure parts: PDUs, command sets, file meta information, the plan of contexts.
#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/context_plan.hpp"
#include "plugin/dimse/part10.hpp"
#include "plugin/dimse/pdu.hpp"
#include "plugin/dimse/prepared_instance.hpp"
#include "tests/plugin/dimse/stored_samples.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dimse;
using namespace recog::dimse::test;

namespace {

std::vector<std::byte> hex(std::string_view digits) {
    std::vector<std::byte> bytes;
    std::string pair;
    for (const char c : digits) {
        if (c != ' ') {
            pair += c;
        }
        if (pair.size() == 2) {
            bytes.push_back(static_cast<std::byte>(std::stoi(pair, nullptr, 16)));
            pair.clear();
        }
    }
    return bytes;
}

// The fixed 68 bytes in front of the items.
std::vector<std::byte> accept_body(std::string_view items) {
    std::vector<std::byte> body(68);
    const auto more = hex(items);
    body.insert(body.end(), more.begin(), more.end());
    return body;
}

StoredInstance instance(const std::string& sop_class, const std::string& syntax) {
    return {"id", sop_class, "2.25.1", syntax, 10};
}

} // namespace

TEST_CASE("an association request has the layout of PS3.8 9.3.2") {
    const auto pdu =
        encode_associate_request({"CALLED", "CALLING-TITLE-TOO-LONG", {{1, "1.2", {"1.3", "1.4"}}}});
    CHECK(pdu[0] == std::byte{1});
    CHECK(std::to_integer<std::size_t>(pdu[5]) + 256 * std::to_integer<std::size_t>(pdu[4]) ==
          pdu.size() - 6);
    const std::string text(reinterpret_cast<const char*>(pdu.data()), pdu.size());
    CHECK(text.substr(10, 32) == "CALLED          CALLING-TITLE-TO");
    const auto context =
        hex("20 00 00 19 01 00 00 00 30 00 00 03 31 2E 32 40 00 00 03 31 2E 33 40 00 00 03 31 2E 34");
    CHECK(text.find(std::string(reinterpret_cast<const char*>(context.data()), context.size())) !=
          std::string::npos);
    CHECK(text.find(std::string("\x51\x00\x00\x04\x00\x00\x40\x00", 8)) != std::string::npos);
}

TEST_CASE("an association answer is read, and refused when any length lies") {
    const auto good =
        parse_associate_accept(accept_body("21 00 00 0B 01 00 00 00 40 00 00 03 31 2E 32" // accepted
                                           "21 00 00 04 03 00 04 00" // refused, nothing behind it
                                           "50 00 00 08 51 00 00 04 00 00 10 00"));
    REQUIRE(good.ok());
    REQUIRE(good->contexts.size() == 2);
    CHECK(good->contexts[0].transfer_syntax == "1.2");
    CHECK(good->contexts[1].result == 4);
    CHECK(good->max_pdu == 4096);
    for (const char* broken : {"21", "21 00 00", "21 00 00 05 01 00 00 00", "21 00 00 03 01 00 00",
                               "21 00 FF FF 01 00 00 00", "21 00 00 0B 01 00 00 00 40 00 00 04 31 2E 32",
                               "50 00 00 08 51 00 00 05 00 00 10 00", "10 00 00 01"}) {
        CAPTURE(broken);
        CHECK_FALSE(parse_associate_accept(accept_body(broken)).ok());
    }
    CHECK_FALSE(parse_associate_accept(std::vector<std::byte>(67)).ok());
    CHECK(parse_associate_accept(accept_body("")).ok());
}

TEST_CASE("an association answer cut at any byte never reads beyond its end") {
    const auto whole = accept_body("10 00 00 01 31 21 00 00 0B 01 00 00 00 40 00 00 03 31 2E 32"
                                   "50 00 00 08 51 00 00 04 00 00 10 00");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        [[maybe_unused]] const auto parsed = parse_associate_accept(cut);
    }
}

TEST_CASE("PDU headers of unknown type or absurd length are refused") {
    struct Row {
        const char* bytes;
        bool valid;
    };
    for (const Row& row :
         {Row{"02 00 00 00 00 44", true}, Row{"04 00 00 00 40 00", true}, Row{"04 00 00 00 40 01", false},
          Row{"02 00 00 04 00 01", false}, Row{"01 00 00 00 00 44", false}, Row{"08 00 00 00 00 04", false},
          Row{"00 00 00 00 00 04", false}, Row{"07 00 FF FF FF FF", false}}) {
        CAPTURE(row.bytes);
        const auto bytes = hex(row.bytes);
        CHECK(parse_pdu_header(std::span<const std::byte, 6>(bytes)).ok() == row.valid);
    }
}

TEST_CASE("the fragments of a data PDU are split, and lies about their length are found") {
    const auto body = hex("00 00 00 04 01 03 AA BB 00 00 00 02 05 00");
    const auto good = parse_data(body);
    REQUIRE(good.ok());
    REQUIRE(good->size() == 2);
    CHECK(good->at(0).command);
    CHECK(good->at(0).last);
    CHECK(good->at(0).bytes.size() == 2);
    CHECK(good->at(1).context == 5);
    CHECK(good->at(1).bytes.empty());
    for (const char* broken : {"00", "00 00 00 01 01 03", "00 00 00 05 01 03 AA BB",
                               "FF FF FF FF 01 03 AA BB", "00 00 00 00 01 03", "00 00 00 02 01"}) {
        CAPTURE(broken);
        CHECK_FALSE(parse_data(hex(broken)).ok());
    }
}

TEST_CASE("a C-STORE request names the move behind it, padded as PS3.7 wants it") {
    CommandSet command;
    command.command = Command::StoreRequest;
    command.message_id = 7;
    command.sop_class_uid = "1.2.3";
    command.sop_instance_uid = "1.2.3.4";
    command.has_data_set = true;
    const auto plain = encode_command_set(command);
    command.originator_aet = "ASKER";
    command.originator_message_id = 77;
    const auto request = encode_command_set(command);
    const std::string text(reinterpret_cast<const char*>(request.data()), request.size());
    CHECK(text.size() == 12 + static_cast<unsigned char>(text[8]));
    CHECK(text.find(std::string("\x00\x00\x02\x00\x06\x00\x00\x00"
                                "1.2.3\x00",
                                14)) == 12);
    CHECK(text.find(std::string("\x00\x00\x30\x10\x06\x00\x00\x00"
                                "ASKER ",
                                14)) != std::string::npos);
    CHECK(text.find(std::string("\x00\x00\x31\x10\x02\x00\x00\x00\x4D\x00", 10)) != std::string::npos);
    CHECK(plain.size() == request.size() - 14 - 10);
}

TEST_CASE("a command set is read as it was written") {
    CommandSet command;
    command.command = Command::MoveResponse;
    command.message_id_responded_to = 9;
    command.sop_class_uid = "1.2.840.10008.5.1.4.1.2.2.2";
    command.status = 0xB000;
    command.error_comment = "one of three could not be sent";
    command.offending_elements = {0x0020000D, 0x00080018};
    command.has_data_set = true;
    command.remaining = 0;
    command.completed = 2;
    command.failed = 1;
    command.warning = 0;
    const auto read = parse_command_set(encode_command_set(command));
    REQUIRE(read.ok());
    CHECK(read->command == Command::MoveResponse);
    CHECK(read->message_id_responded_to == 9);
    CHECK(read->sop_class_uid == command.sop_class_uid);
    CHECK(read->status == 0xB000);
    CHECK(read->error_comment == command.error_comment);
    CHECK(read->offending_elements == command.offending_elements);
    CHECK(read->has_data_set);
    CHECK(read->remaining == std::uint16_t{0});
    CHECK(read->completed == std::uint16_t{2});
    CHECK(read->failed == std::uint16_t{1});
    CommandSet move;
    move.command = Command::MoveRequest;
    move.message_id = 3;
    move.priority = 2;
    move.move_destination = "STATION";
    const auto request = parse_command_set(encode_command_set(move));
    REQUIRE(request.ok());
    CHECK(request->message_id == 3);
    CHECK(request->priority == 2);
    CHECK(request->move_destination == "STATION");
    CHECK_FALSE(request->has_data_set);
    CHECK_FALSE(request->completed.has_value());
}

TEST_CASE("a command set must be one, and whole") {
    const std::string field = "0000 0001 0200 0000 0180 ";
    const std::string message = "0000 2001 0200 0000 0700 ";
    const std::string status = "0000 0009 0200 0000 00A7 ";
    const std::string comment = "0000 0209 0400 0000 41424344 ";
    const std::string echo = "0000 0001 0200 0000 3000 ";
    const std::string id = "0000 1001 0200 0000 0100 ";
    const std::string no_data = "0000 0008 0200 0000 0101 ";
    const auto good = parse_command_set(hex(field + message + comment + status));
    REQUIRE(good.ok());
    CHECK(good->message_id_responded_to == 7);
    CHECK(good->status == 0xA700);
    CHECK(good->error_comment == "ABCD");
    CHECK(parse_command_set(hex(echo + id + no_data)).ok());
    for (const std::string& broken :
         {std::string(), field, field + message, message + status, field + status,
          field + message + status + "00", field + message + status + "0000 0209 FFFF FFFF",
          std::string("0000 0001 0200 0000 0200") + message + status,
          field + message + "0000 0009 0400 0000 00A7 0000", field + message + status + "0800 1800 0000 0000",
          echo + id, echo + no_data, std::string("0000 0001 0200 0000 FF0F ") + no_data}) {
        CAPTURE(broken);
        CHECK_FALSE(parse_command_set(hex(broken)).ok());
    }
}

TEST_CASE("every status has words, success none") {
    struct Row {
        std::uint16_t status;
        const char* words;
    };
    for (const Row& row :
         {Row{0xA702, "out of resources"}, Row{0xA900, "does not match"}, Row{0xC123, "cannot understand"},
          Row{0xB007, "warning"}, Row{0x0111, "duplicate"}, Row{0x0122, "not supported"},
          Row{0x0124, "not authorised"}, Row{0x0110, "processing failure"}, Row{0x0999, "unknown"}}) {
        CHECK(describe_store_status(row.status).find(row.words) != std::string::npos);
    }
    CHECK(describe_store_status(0).empty());
    CHECK(describe_rejection({}).find("source 0, reason 0") != std::string::npos);
    CHECK(describe_abort({}) == "The receiver aborted the association");
}

TEST_CASE("the data set of a file begins behind its meta information") {
    const auto data = pattern(100, 1);
    const auto file = part10(EXPLICIT, data);
    const auto view = parse_part10(file);
    REQUIRE(view.ok());
    CHECK(view->transfer_syntax_uid == EXPLICIT);
    CHECK(std::vector<std::byte>(view->data_set.begin(), view->data_set.end()) == data);
    for (std::size_t size = 0; size <= file.size() - data.size(); ++size) {
        const std::vector<std::byte> cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
        const auto parsed = parse_part10(cut);
        // Less than one element header is taken for the data set: what it is, the receiver will say.
        CHECK((!parsed.ok() || parsed->data_set.size() < 8));
    }
    CHECK_FALSE(parse_part10(data).ok());
    auto lying = file;
    lying[132 + 8] = std::byte{0xFF}; // length of the first element
    lying[132 + 10] = std::byte{0xFF};
    CHECK_FALSE(parse_part10(lying).ok());
}

TEST_CASE("each stored syntax gets a context of its own and each class a fallback") {
    const std::vector<StoredInstance> list{instance(CT, JPEG), instance(MR, EXPLICIT), instance(CT, EXPLICIT),
                                           instance(CT, JPEG), instance("bad uid", JPEG)};
    const auto plans = plan_associations(list);
    REQUIRE(plans.size() == 1);
    CHECK(plans[0].instances == std::vector<std::size_t>{0, 1, 2, 3, 4});
    const auto& contexts = plans[0].contexts;
    REQUIRE(contexts.size() == 5);
    CHECK(contexts[0].transfer_syntaxes == std::vector{JPEG});
    CHECK(contexts[1].transfer_syntaxes == std::vector{EXPLICIT});
    CHECK(contexts[2].transfer_syntaxes == std::vector{IMPLICIT});
    CHECK(contexts[2].abstract_syntax == CT);
    CHECK(contexts[3].abstract_syntax == MR);
    CHECK(contexts[4].id == 9);
    CHECK(plan_associations({}).empty());
    CHECK(plan_associations(std::vector{instance(CT, JPEG)})[0].contexts[1].transfer_syntaxes ==
          std::vector{EXPLICIT, IMPLICIT});
}

TEST_CASE("no plan exceeds 128 contexts and no instance is lost") {
    std::vector<StoredInstance> list;
    for (int i = 0; i < 500; ++i) {
        list.push_back(instance("1.2." + std::to_string(i % 90), "1.3." + std::to_string(i % 7)));
    }
    std::size_t instances = 0;
    for (const auto& plan : plan_associations(list)) {
        CHECK(plan.contexts.size() <= 128);
        CHECK(plan.contexts.back().id == 2 * plan.contexts.size() - 1);
        instances += plan.instances.size();
    }
    CHECK(instances == list.size());
}

TEST_CASE("answers that were not asked for count as refusals") {
    const std::vector<ProposedContext> proposed{
        {1, CT, {JPEG}}, {3, CT, {EXPLICIT, IMPLICIT}}, {5, MR, {EXPLICIT}}};
    const AcceptedContexts accepted(proposed,
                                    {{1, 0, IMPLICIT}, {3, 0, IMPLICIT}, {5, 3, EXPLICIT}, {7, 0, JPEG}});
    CHECK(accepted.find(CT, JPEG) == nullptr);
    REQUIRE(accepted.uncompressed(CT) != nullptr);
    CHECK(accepted.uncompressed(CT)->context == 3);
    CHECK(accepted.uncompressed(CT)->transfer_syntax == IMPLICIT);
    CHECK_FALSE(accepted.knows(MR));
    CHECK(accepted.find(MR, EXPLICIT) == nullptr);
}
