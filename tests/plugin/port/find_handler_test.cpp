// C-FIND on the own port: what each request is answered with.
#include "plugin/port/find_handler.hpp"

#include "core/dicom/character_set.hpp"
#include "tests/core/service/identifier_samples.hpp"
#include "tests/core/service/services.hpp"
#include "tests/plugin/port/fake_exchange.hpp"
#include "tests/text_table.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace recog;
using namespace recog::test;

namespace {

struct KeptLog final : Logger {
    void info(const std::string& sentence) override { sentences.push_back(sentence); }
    void warning(const std::string& sentence) override { sentences.push_back(sentence); }
    void error(const std::string& sentence) override { sentences.push_back(sentence); }
    std::vector<std::string> sentences;
};

class FindNode {
public:
    FindNode()
        : handler({services.priors, [this](const std::string& aet) { return asker_of(aet); }, "NODE", log}) {
        services.store({study(1, "H001", "100", "Wang^Wu=王^五").identifier("CITIZEN_CARD", "CARD123"),
                        study(2, "H002", "200", "Wang^Wu=王^五").identifier("CITIZEN_CARD", "CARD123"),
                        study(3, "H002", "300", "Li^Si").study_value(tags::AccessionNumber, "A3"),
                        study(4, "H002", "400", "Ma^Liu=马^六")});
    }

    service::Asker asker_of(const std::string& aet) const {
        if (throws) {
            throw std::runtime_error("no asker");
        }
        service::Asker asker;
        asker.aet = aet;
        asker.institution = services.resolver.institution_of(aet).value_or("");
        asker.policy = services.settings.policy_for(aet);
        return asker;
    }

    Services services;
    KeptLog log;
    bool throws = false;
    port::FindHandler handler;
};

using Keys = std::vector<std::pair<dicom::Tag, std::string>>;

port::Request request_of(const Keys& keys,
                         const std::string& sop_class = UID_FINDStudyRootQueryRetrieveInformationModel,
                         E_TransferSyntax syntax = EXS_LittleEndianImplicit) {
    DcmDataset dataset;
    for (const auto& [tag, value] : keys) {
        put(dataset, tag, value);
    }
    port::Request request;
    request.context.abstract_syntax = sop_class;
    request.context.transfer_syntax = uid_of(syntax);
    request.command.command = dimse::Command::FindRequest;
    request.command.message_id = 7;
    request.data_set = identifier_bytes(dataset, syntax);
    return request;
}

Keys study_keys(Keys more = {}) {
    more.push_back({tags::QueryRetrieveLevel, "STUDY"});
    more.push_back({tags::StudyInstanceUID, ""});
    return more;
}

std::string hex16(std::uint16_t status) {
    char text[8];
    std::snprintf(text, sizeof text, "%04X", status);
    return text;
}

/// "FF00 FF00 0000"
std::string statuses(const FakeExchange& exchange) {
    std::string all;
    for (const FakeExchange::Sent& sent : exchange.sent) {
        all += (all.empty() ? "" : " ") + hex16(sent.command.status);
        const bool pending = (sent.command.status & 0xFF00U) == 0xFF00U;
        CHECK(sent.command.has_data_set == pending);
        CHECK(sent.data_set.empty() == !pending);
        CHECK(sent.command.message_id_responded_to == 7);
        CHECK(sent.command.error_comment.size() <= (sent.command.status == 0 || pending ? 0U : 200U));
    }
    return all;
}

std::string run(FindNode& node, const port::Request& request) {
    FakeExchange exchange;
    node.handler.handle(request, exchange);
    return statuses(exchange);
}

Keys keys_of(const std::string& text) {
    Keys keys;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(';', begin), text.size());
        const std::string pair = text.substr(begin, end - begin);
        const std::size_t sign = pair.find('=');
        const auto tag = dicom::parse_hex_tag(pair.substr(0, sign));
        REQUIRE(tag);
        keys.push_back({*tag, pair.substr(sign + 1)});
        begin = end + 1;
    }
    return keys;
}

} // namespace

TEST_CASE("each request is answered with the statuses of its table") {
    FindNode node;
    for (const auto& row : read_table(std::string(TESTDATA_DIR) + "/identifiers/statuses.tsv", 4)) {
        CAPTURE(row.line);
        CAPTURE(row[0]);
        const std::string sop_class = "1.2.840.10008.5.1.4.1.2." + row[1];
        FakeExchange exchange;
        node.handler.handle(request_of(keys_of(row[2]), sop_class), exchange);
        CHECK(statuses(exchange) == row[3]);
        const auto& last = exchange.sent.back().command;
        const auto& offending = last.offending_elements;
        CHECK((offending.empty() ? "" : std::to_string(offending[0])) ==
              (row.columns.size() > 4 && !row[4].empty()
                   ? std::to_string(dicom::parse_hex_tag(row[4])->number())
                   : ""));
        CHECK(last.error_comment.empty() == (last.status == 0));
    }
}

TEST_CASE("answers stream in the context's syntax and the request's set, by any card") {
    FindNode node;
    for (const E_TransferSyntax syntax : kIdentifierSyntaxes) {
        CAPTURE(uid_of(syntax));
        FakeExchange exchange;
        node.handler.handle(request_of(study_keys({{tags::SpecificCharacterSet, "GB18030"},
                                                   {tags::PatientID, "CARD123"},
                                                   {tags::PatientName, ""}}),
                                       UID_FINDPatientRootQueryRetrieveInformationModel, syntax),
                            exchange);
        REQUIRE(statuses(exchange) == "FF00 FF00 0000");
        std::set<std::string> uids;
        for (std::size_t i = 0; i < 2; ++i) {
            DcmDataset dataset;
            read_identifier_bytes(dataset, exchange.sent[i].data_set, syntax);
            uids.insert(text_in(dataset, tags::StudyInstanceUID));
            CHECK(text_in(dataset, tags::SpecificCharacterSet) == "GB18030");
            CHECK(text_in(dataset, tags::RetrieveAETitle) == "NODE");
            CHECK(text_in(dataset, tags::PatientID) == "CARD123");
            auto decoder = dicom::CharacterSetDecoder::for_terms("GB18030");
            CHECK(decoder.decode(text_in(dataset, tags::PatientName), "PN") == "Wang^Wu=王^五");
        }
        CHECK(uids == std::set<std::string>{"4.1", "4.2"});
    }
}

TEST_CASE("a name in GBK finds, declared or not, and an AE gets the set that is configured for it") {
    FindNode node;
    const std::string name = *dicom::encode("王^五", "GB18030");
    for (const char* declared : {"GB18030", "GBK", "", "ISO_IR 100"}) {
        CAPTURE(std::string(declared));
        CHECK(run(node, request_of(study_keys({{tags::SpecificCharacterSet, declared},
                                               {tags::PatientName, name}}))) == "FF00 FF00 0000");
    }
    node.services.settings.own_policy("H001_CT").character_set = "GBK";
    FakeExchange exchange;
    node.handler.handle(request_of(study_keys({{tags::PatientName, "Wang*"}})), exchange);
    REQUIRE(statuses(exchange) == "FF00 FF00 0000");
    DcmDataset dataset;
    read_identifier_bytes(dataset, exchange.sent[0].data_set, EXS_LittleEndianImplicit);
    CHECK(text_in(dataset, tags::SpecificCharacterSet) == "GBK");
    CHECK(text_in(dataset, tags::PatientName) == "Wang^Wu=" + name);
}

TEST_CASE("the limit on answers ends with A700 and says how many were given") {
    FindNode node;
    node.services.settings.maximum_answers = 2;
    FakeExchange exchange;
    node.handler.handle(request_of(study_keys()), exchange);
    CHECK(statuses(exchange) == "FF00 FF00 A700");
    CHECK(exchange.sent.back().command.error_comment == "Too many matches: only the first 2 were given");
    node.services.settings.maximum_answers = 4;
    CHECK(run(node, request_of(study_keys())) == "FF00 FF00 FF00 FF00 0000");
}

TEST_CASE("a cancelled request ends with FE00 at once, a broken association with nothing") {
    FindNode node;
    for (std::size_t after = 0; after < 5; ++after) {
        CAPTURE(after);
        FakeExchange cancelled;
        cancelled.before_response = [&](std::size_t number) {
            if (number == after) {
                cancelled.cancel();
            }
        };
        node.handler.handle(request_of(study_keys()), cancelled);
        // The response that was on its way still goes out.
        std::string expected;
        for (std::size_t i = 0; i <= std::min<std::size_t>(after, 3); ++i) {
            expected += "FF00 ";
        }
        CHECK(statuses(cancelled) == expected + (after < 4 ? "FE00" : "0000"));

        FakeExchange broken;
        broken.before_response = [&](std::size_t number) {
            if (number == after) {
                broken.break_off();
            }
        };
        node.handler.handle(request_of(study_keys()), broken);
        CHECK(broken.sent.size() == std::min<std::size_t>(after, 4));
    }
    FakeExchange before;
    before.cancel();
    node.handler.handle(request_of(study_keys()), before);
    CHECK(statuses(before) == "FE00");
}

TEST_CASE("a slow receiver holds up its own request alone") {
    FindNode node;
    std::mutex mutex;
    std::condition_variable changed;
    bool released = false;
    bool waiting = false;
    FakeExchange slow;
    slow.before_response = [&](std::size_t) {
        std::unique_lock lock(mutex);
        waiting = true;
        changed.notify_all();
        changed.wait(lock, [&] { return released; });
    };
    std::thread other([&] { node.handler.handle(request_of(study_keys()), slow); });
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return waiting; });
    }
    CHECK(run(node, request_of(study_keys())) == "FF00 FF00 FF00 FF00 0000");
    {
        const std::lock_guard lock(mutex);
        released = true;
    }
    changed.notify_all();
    other.join();
    CHECK(statuses(slow) == "FF00 FF00 FF00 FF00 0000");
}

TEST_CASE("fuzzy names and combined date-time hold where they were negotiated") {
    FindNode node;
    auto request = request_of(study_keys({{tags::PatientName, "WANG WU"}}));
    request.context.extended.fuzzy_names = true;
    CHECK(run(node, request) == "FF00 FF00 0000");
    request = request_of(study_keys({{tags::PatientName, "wu wang"}}));
    CHECK(run(node, request) == "0000");
    request.context.extended.fuzzy_names = true;
    CHECK(run(node, request) == "FF00 FF00 0000");
    // From noon of one day to nine of the next: as two ranges the second ends before it begins.
    request =
        request_of(study_keys({{tags::StudyDate, "20240613-20240615"}, {tags::StudyTime, "1200-0900"}}));
    CHECK(run(node, request) == "C002");
    request.context.extended.combined_datetime = true;
    CHECK(run(node, request) == "FF00 FF00 0000");
}

TEST_CASE("dates and times are the asker's where the time zone was negotiated") {
    FindNode node;
    node.services.store({study(9, "H001", "900", "Qian^Ba")
                             .date("20240501")
                             .study_value(tags::StudyTime, "0300")
                             .study_value(tags::TimezoneOffsetFromUTC, "+0800")});
    const auto request = [](const std::string& day, bool negotiated, const std::string& offset = "+0000") {
        auto made = request_of(study_keys(
            {{tags::StudyDate, day}, {tags::StudyTime, ""}, {tags::TimezoneOffsetFromUTC, offset}}));
        made.context.extended.timezone = negotiated;
        return made;
    };
    CHECK(run(node, request("20240501", false)) == "FF00 0000");
    CHECK(run(node, request("20240501", true)) == "0000");
    CHECK(run(node, request("20240501", true, "+0800")) == "FF00 0000");
    CHECK(run(node, request("20240501", true, "8 h")) == "C002");
    FakeExchange exchange;
    node.handler.handle(request("20240430", true), exchange);
    REQUIRE(statuses(exchange) == "FF00 0000");
    DcmDataset dataset;
    read_identifier_bytes(dataset, exchange.sent[0].data_set, EXS_LittleEndianImplicit);
    CHECK(text_in(dataset, tags::StudyDate) == "20240430");
    CHECK(text_in(dataset, tags::StudyTime) == "1900");
    CHECK(text_in(dataset, tags::TimezoneOffsetFromUTC) == "+0000");
}

TEST_CASE(
    "an index that is catching up is out of resources, and a fault of ours is told without a word of it") {
    FindNode node;
    node.services.readiness.ready = false;
    CHECK(run(node, request_of(study_keys())) == "A700");
    node.throws = true;
    FakeExchange exchange;
    node.handler.handle(request_of(study_keys()), exchange);
    CHECK(statuses(exchange) == "C003");
    CHECK(exchange.sent.back().command.error_comment == "A fault in the node");
    CHECK(node.log.sentences.size() == 2);
}

TEST_CASE("malformed identifiers and other services are refused") {
    FindNode node;
    auto request = request_of(study_keys());
    request.data_set.pop_back();
    CHECK(run(node, request) == "C000");
    request.data_set.assign(2U << 20U, std::byte{0});
    CHECK(run(node, request) == "C001");
    request.data_set.clear();
    CHECK(run(node, request) == "A900");
    CHECK(run(node, request_of(study_keys(), UID_MOVEStudyRootQueryRetrieveInformationModel)) == "0122");
    CHECK(run(node, request_of(study_keys(), "")) == "0122");
}
