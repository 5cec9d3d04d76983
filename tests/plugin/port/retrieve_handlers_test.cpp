// C-MOVE and C-GET: from outcomes to statuses, counters and lists of what failed.
#include "core/dicom/element_writer.hpp"
#include "plugin/dimse/send_request.hpp"
#include "plugin/port/get_handler.hpp"
#include "plugin/port/move_handler.hpp"
#include "tests/core/service/services.hpp"
#include "tests/plugin/dimse/stored_samples.hpp"

#include <doctest/doctest.h>
#include <thread>

using namespace recog;
using namespace recog::port;
using namespace recog::test;
using dimse::Command;

namespace {

constexpr const char* CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2";
constexpr const char* EXPLICIT = "1.2.840.10008.1.2.1";
constexpr const char* IMPLICIT = "1.2.840.10008.1.2";
constexpr std::uint16_t kLost = 1; // of a sub-operation: the association goes

/// Orthanc's ids in the index are hashes; the samples count theirs as they count their SOP Instance UIDs.
class SampleFiles final : public dimse::InstanceSource {
public:
    explicit SampleFiles(dimse::test::Samples& samples) : samples_(samples) {}
    Result<std::unique_ptr<dimse::InstanceBytes>> open(const dimse::StoredInstance& instance) override {
        return samples_.open(named(instance));
    }
    Result<std::unique_ptr<dimse::InstanceBytes>> transcode(const dimse::StoredInstance& instance,
                                                            const std::string& syntax) override {
        return samples_.transcode(named(instance), syntax);
    }

private:
    static dimse::StoredInstance named(dimse::StoredInstance instance) {
        instance.orthanc_id =
            "id" + instance.sop_instance_uid.substr(instance.sop_instance_uid.rfind('.') + 1);
        return instance;
    }
    dimse::test::Samples& samples_;
};

/// An index with one study of so many images (4.1), and one UID (4.9) that two persons hold.
class Archive : public Services {
public:
    explicit Archive(std::uint32_t images) {
        std::vector<index::IndexEvent> events;
        for (std::uint32_t i = 1; i <= images; ++i) {
            const auto sample = samples.add(CT_IMAGE, EXPLICIT, 1000);
            events.emplace_back(image(i, "4.1", sample.sop_instance_uid, "H001", "100"));
        }
        events.emplace_back(image(901, "4.9", "2.25.901", "H001", "901"));
        events.emplace_back(image(902, "4.9", "2.25.902", "H002", "902"));
        store(events);
    }

    SilentLogger logger;
    dimse::test::Samples samples;
    SampleFiles files{samples};

    RetrieveParts parts() {
        return {retrieve, [](const std::string&) { return service::Asker{}; },
                [](const std::string&) { return std::string(); }, logger};
    }

private:
    static index::StoredInstance image(std::uint32_t number, const std::string& study, const std::string& sop,
                                       const std::string& hospital, const std::string& patient) {
        InstanceBuilder builder(number, study, study + ".1", sop);
        builder.patient(patient, hospital + "^Patient", "19800101").local(hospital, patient).at(hospital);
        builder.instance_value(tags::AvailableTransferSyntaxUID, EXPLICIT);
        return builder;
    }
};

/// Writes down what is answered.
class FakeExchange final : public Exchange {
public:
    FakeExchange() {
        caller_.calling_aet = "WORKSTATION";
        caller_.contexts = {{7, "1.2.840.10008.5.1.4.1.2.2.3", EXPLICIT, false, {}},
                            {9, CT_IMAGE, EXPLICIT, true, {}}};
    }
    const Caller& caller() const override { return caller_; }
    std::stop_token stop() const override { return stop_.get_token(); }
    bool gone() const override { return gone_; }
    Status respond(dimse::CommandSet response, Bytes data_set) override {
        if (gone_) {
            return error(ErrorKind::Unreachable, "gone");
        }
        std::string text;
        for (const std::byte b : data_set) {
            text.push_back(static_cast<char>(b));
        }
        responses.push_back(std::move(response));
        data_sets.push_back(std::move(text));
        return {};
    }
    Result<std::uint16_t> store(std::uint8_t context, const dimse::CommandSet& request,
                                std::span<const Bytes> data_set) override {
        CHECK(context == 9);
        CHECK(request.sop_class_uid == CT_IMAGE);
        CHECK(data_set.size() == 1);
        sent.push_back(request.sop_instance_uid);
        const std::uint16_t status = statuses[sent.size() - 1];
        if (sent.size() == cancel_after) {
            stop_.request_stop();
        }
        if (status == kLost) {
            gone_ = true;
            stop_.request_stop();
            return error(ErrorKind::Unreachable, "gone");
        }
        return status;
    }

    Caller caller_;
    std::stop_source stop_;
    bool gone_ = false;
    std::vector<std::uint16_t> statuses; ///< of C-STORE
    std::size_t cancel_after = 0;
    std::vector<std::string> sent;
    std::vector<dimse::CommandSet> responses;
    std::vector<std::string> data_sets;
};

Request retrieve_request(Command command, const std::vector<std::pair<dicom::Tag, std::string>>& keys,
                         const char* syntax = EXPLICIT) {
    dicom::ElementWriter writer(dicom::encoding_of(syntax));
    for (const auto& [tag, value] : keys) {
        writer.text(tag, tag == dicom::Tag{0x0008, 0x0052} ? "CS" : "UI", value);
    }
    const bool get = command == Command::GetRequest;
    Request request;
    request.context = {
        7, get ? "1.2.840.10008.5.1.4.1.2.2.3" : "1.2.840.10008.5.1.4.1.2.2.2", syntax, false, {}};
    request.command.command = command;
    request.command.message_id = 5;
    request.command.move_destination = get ? "" : "SINK";
    const auto bytes = std::as_bytes(std::span(writer.bytes()));
    request.data_set.assign(bytes.begin(), bytes.end());
    return request;
}
Request study(Command command, const std::string& uid = "4.1", const char* syntax = EXPLICIT) {
    return retrieve_request(command, {{{0x0008, 0x0052}, "STUDY"}, {{0x0020, 0x000D}, uid}}, syntax);
}

std::string failed_list(const std::string& uids, const char* syntax = EXPLICIT) {
    if (uids.empty()) {
        return {};
    }
    dicom::ElementWriter writer(dicom::encoding_of(syntax));
    writer.text({0x0008, 0x0058}, "UI", uids);
    return std::string(writer.bytes());
}

/// What becomes of the sub-operations, and what is to be told.
struct Outcome {
    const char* what;
    std::vector<std::uint16_t> statuses;
    std::size_t cancel_after = 0;
    std::uint16_t status = 0;
    std::size_t completed = 0;
    std::size_t failed = 0;
    std::size_t warning = 0;
    int remaining = -1; ///< -1: not told
    std::string failed_uids = {};
};

const std::vector<Outcome>& outcomes() {
    static const std::vector<Outcome> all{
        {"all stored", {0, 0, 0}, 0, 0x0000, 3},
        {"one instance", {0}, 0, 0x0000, 1},
        {"one failed", {0, 0xC000, 0}, 0, 0xB000, 2, 1, 0, -1, "2.25.2"},
        {"two failed", {0x0122, 0, 0xA900}, 0, 0xB000, 1, 2, 0, -1, "2.25.1\\2.25.3"},
        {"warnings only", {0xB000, 0xB007, 0xB006}, 0, 0xB000, 0, 0, 3},
        {"a warning and a failure", {0xB000, 0xC000}, 0, 0xB000, 0, 1, 1, -1, "2.25.2"},
        {"all failed", {0xC000, 0xC001, 0x0110}, 0, 0xA702, 0, 3, 0, -1, "2.25.1\\2.25.2\\2.25.3"},
    };
    return all;
}

void check_final(const FakeExchange& exchange, const Outcome& outcome, const char* syntax = EXPLICIT) {
    REQUIRE_FALSE(exchange.responses.empty());
    const dimse::CommandSet& last = exchange.responses.back();
    CHECK(last.status == outcome.status);
    CHECK(last.completed == outcome.completed);
    CHECK(last.failed == outcome.failed);
    CHECK(last.warning == outcome.warning);
    CHECK(last.remaining.has_value() == (outcome.remaining >= 0));
    CHECK(last.remaining.value_or(0) == std::max(outcome.remaining, 0));
    CHECK(exchange.data_sets.back() == failed_list(outcome.failed_uids, syntax));
    const std::size_t all = outcome.statuses.size();
    for (std::size_t i = 0; i + 1 < exchange.responses.size(); ++i) {
        const dimse::CommandSet& pending = exchange.responses[i];
        CHECK(pending.status == 0xFF00);
        REQUIRE(pending.remaining.has_value());
        CHECK(*pending.remaining + *pending.completed + *pending.failed + *pending.warning == all);
        CHECK(exchange.data_sets[i].empty());
    }
}

void get(Archive& archive, const Request& request, FakeExchange& exchange) {
    GetHandler handler(
        archive.parts(),
        [](const std::string&, const auto&) { return std::unique_ptr<dimse::InstanceSource>(); },
        archive.files);
    handler.handle(request, exchange);
}

/// Its operations have the given results as soon as they begin; without results they wait.
class FakeDestinations final : public MoveDestinations {
public:
    Result<dimse::Destination> find(const std::string& aet) override {
        if (aet != "SINK") {
            return error(aet == "BUSY" ? ErrorKind::Unavailable : ErrorKind::NotFound, "no such destination");
        }
        dimse::Destination destination;
        destination.aet = aet;
        return destination;
    }
    std::unique_ptr<dimse::SendOperation> send(const dimse::Destination& destination,
                                               const std::vector<service::RetrievedInstance>& instances,
                                               dimse::SendOptions given) override {
        options = given;
        std::vector<dimse::StoredInstance> list;
        for (const auto& instance : instances) {
            list.push_back({instance.orthanc_id, instance.sop_class_uid, instance.sop_instance_uid,
                            instance.transfer_syntax, instance.size});
        }
        request = std::make_shared<dimse::SendRequest>(destination, list, source, nullptr, given, logger);
        for (const std::uint16_t status : statuses) {
            request->answered(0, request->next(0, false, {}).value(), status);
        }
        if (unreachable) {
            request->give_up(error(ErrorKind::Unreachable, "The receiver does not answer"));
        }
        if (on_send) {
            on_send();
        }
        return std::make_unique<dimse::SendOperation>(request);
    }

    dimse::test::Samples source;
    SilentLogger logger;
    std::vector<std::uint16_t> statuses;
    bool unreachable = false;
    std::function<void()> on_send; ///< when the operation has begun
    dimse::SendOptions options;
    std::shared_ptr<dimse::SendRequest> request;
};

} // namespace

TEST_CASE("C-GET tells what became of its sub-operations") {
    std::vector<Outcome> all = outcomes();
    all.push_back({"cancelled", {0, 0xC000, 0}, 2, 0xFE00, 1, 1, 0, 1, "2.25.2"});
    all.push_back({"cancelled at the last", {0, 0, 0}, 3, 0x0000, 3});
    for (const Outcome& outcome : all) {
        for (const char* syntax : {EXPLICIT, IMPLICIT}) {
            CAPTURE(outcome.what);
            Archive archive(static_cast<std::uint32_t>(outcome.statuses.size()));
            FakeExchange exchange;
            exchange.statuses = outcome.statuses;
            exchange.cancel_after = outcome.cancel_after;
            get(archive, study(Command::GetRequest, "4.1", syntax), exchange);
            check_final(exchange, outcome, syntax);
        }
    }
}

TEST_CASE("C-GET counts what cannot be read, and needs a context in which the requestor receives") {
    Archive archive(3);
    archive.samples.unreadable = {"id2"};
    {
        FakeExchange exchange;
        exchange.statuses = {0, 0};
        get(archive, study(Command::GetRequest), exchange);
        CHECK(exchange.sent == std::vector<std::string>{"2.25.1", "2.25.3"});
        check_final(exchange, {"", {0, 0, 0}, 0, 0xB000, 2, 1, 0, -1, "2.25.2"});
        CHECK_FALSE(exchange.responses.back().error_comment.empty());
    }
    FakeExchange exchange;
    exchange.caller_.contexts[1].requestor_is_scp = false;
    get(archive, study(Command::GetRequest), exchange);
    CHECK(exchange.sent.empty());
    check_final(exchange, {"", {0, 0, 0}, 0, 0xA702, 0, 3, 0, -1, "2.25.1\\2.25.2\\2.25.3"});
}

TEST_CASE("C-GET ends when its association does") {
    Archive archive(20);
    FakeExchange exchange;
    exchange.statuses = {0, kLost};
    get(archive, study(Command::GetRequest), exchange);
    CHECK(exchange.sent.size() == 2);
    CHECK(exchange.responses.size() == 1);
}

TEST_CASE("C-GET tells its progress about fifty times") {
    Archive archive(200);
    FakeExchange exchange;
    exchange.statuses.assign(200, 0);
    get(archive, study(Command::GetRequest), exchange);
    CHECK(exchange.responses.size() == 51);
    CHECK(exchange.responses.front().completed == 1); // the first at once
    check_final(exchange, {"", exchange.statuses, 0, 0x0000, 200});
}

TEST_CASE("what cannot be retrieved is refused with its reason, by C-GET and C-MOVE alike") {
    struct Case {
        const char* what;
        std::function<void(Request&)> change;
        bool ready = true;
        std::uint16_t status = 0;
    };
    const auto keys = [](std::vector<std::pair<dicom::Tag, std::string>> wanted) {
        return [wanted](Request& request) {
            request.data_set = retrieve_request(request.command.command, wanted).data_set;
        };
    };
    const dicom::Tag level{0x0008, 0x0052};
    const dicom::Tag study_uid{0x0020, 0x000D};
    const std::vector<Case> cases{
        {"no Identifier", [](Request& request) { request.data_set.clear(); }, true, 0xA900},
        {"a context of something else", [](Request& r) { r.context.abstract_syntax = CT_IMAGE; }, true,
         0xA900},
        {"no level", keys({{study_uid, "4.1"}}), true, 0xA900},
        {"an unknown level", keys({{level, "FRAME"}, {study_uid, "4.1"}}), true, 0xA900},
        {"a level that is not of the model", keys({{level, "PATIENT"}, {study_uid, "4.1"}}), true, 0xA900},
        {"no unique key", keys({{level, "STUDY"}}), true, 0xA900},
        {"a wild card", keys({{level, "STUDY"}, {study_uid, "4.*"}}), true, 0xA900},
        {"bytes of nonsense", [](Request& r) { r.data_set.assign(50, std::byte{0xEE}); }, true, 0xC000},
        {"a UID of two persons", keys({{level, "STUDY"}, {study_uid, "4.9"}}), true, 0xC002},
        {"an index that is not ready", keys({{level, "STUDY"}, {study_uid, "4.1"}}), false, 0xA701},
    };
    Archive archive(1);
    FakeDestinations destinations;
    MoveHandler move(archive.parts(), destinations);
    for (const Case& one : cases) {
        for (const Command command : {Command::GetRequest, Command::MoveRequest}) {
            CAPTURE(one.what);
            Request request = study(command);
            one.change(request);
            archive.readiness.ready = one.ready;
            FakeExchange exchange;
            command == Command::GetRequest ? get(archive, request, exchange) : move.handle(request, exchange);
            REQUIRE(exchange.responses.size() == 1);
            CHECK(exchange.responses[0].status == one.status);
            CHECK_FALSE(exchange.responses[0].error_comment.empty());
            CHECK_FALSE(exchange.responses[0].completed.has_value());
        }
    }
    CHECK(destinations.request == nullptr);
}

TEST_CASE("nothing that matches is a success without sub-operations") {
    Archive archive(1);
    FakeExchange exchange;
    get(archive, study(Command::GetRequest, "4.4"), exchange);
    REQUIRE(exchange.responses.size() == 1);
    check_final(exchange, {"", {}, 0, 0x0000});
    FakeDestinations destinations;
    FakeExchange moved;
    MoveHandler(archive.parts(), destinations).handle(study(Command::MoveRequest, "4.4"), moved);
    REQUIRE(moved.responses.size() == 1);
    check_final(moved, {"", {}, 0, 0x0000});
}

TEST_CASE("C-MOVE tells what became of its sub-operations") {
    for (const Outcome& outcome : outcomes()) {
        CAPTURE(outcome.what);
        Archive archive(static_cast<std::uint32_t>(outcome.statuses.size()));
        FakeDestinations destinations;
        destinations.statuses = outcome.statuses;
        FakeExchange exchange;
        MoveHandler(archive.parts(), destinations).handle(study(Command::MoveRequest), exchange);
        check_final(exchange, outcome);
        CHECK(destinations.options.originator_aet == "WORKSTATION");
        CHECK(destinations.options.originator_message_id == 5);
    }
}

TEST_CASE("C-MOVE to nobody, to a busy one and to one that does not answer") {
    Archive archive(2);
    FakeDestinations destinations;
    MoveHandler handler(archive.parts(), destinations);
    Request request = study(Command::MoveRequest);
    const auto status_for = [&](const std::string& aet) {
        request.command.move_destination = aet;
        FakeExchange exchange;
        handler.handle(request, exchange);
        REQUIRE(exchange.responses.size() == 1);
        return exchange.responses[0].status;
    };
    CHECK(status_for("NOBODY") == 0xA801);
    CHECK(status_for("") == 0xA801);
    CHECK(status_for("BUSY") == 0xA702);
    destinations.unreachable = true;
    request.command.move_destination = "SINK";
    FakeExchange exchange;
    handler.handle(request, exchange);
    check_final(exchange, {"", {1, 1}, 0, 0xA702, 0, 2, 0, -1, "2.25.1\\2.25.2"});
    CHECK(exchange.responses.back().error_comment == "The receiver does not answer");
}

TEST_CASE("C-MOVE that is cancelled tells what is left") {
    Archive archive(3);
    FakeDestinations destinations;
    destinations.statuses = {0};
    FakeExchange exchange;
    SUBCASE("before it is known what is meant") {
        exchange.stop_.request_stop();
        MoveHandler(archive.parts(), destinations).handle(study(Command::MoveRequest), exchange);
        check_final(exchange, {"", {}, 0, 0xFE00, 0, 0, 0, 0});
    }
    SUBCASE("while it is sent") {
        destinations.on_send = [&exchange] { exchange.stop_.request_stop(); };
        MoveHandler(archive.parts(), destinations).handle(study(Command::MoveRequest), exchange);
        check_final(exchange, {"", {0, 0, 0}, 0, 0xFE00, 1, 0, 0, 2});
    }
}

TEST_CASE("C-MOVE that is cancelled when all is done is done") {
    Archive archive(1);
    FakeDestinations destinations;
    destinations.statuses = {0};
    FakeExchange exchange;
    destinations.on_send = [&exchange] { exchange.stop_.request_stop(); };
    MoveHandler(archive.parts(), destinations).handle(study(Command::MoveRequest), exchange);
    check_final(exchange, {"", {0}, 0, 0x0000, 1});
}

TEST_CASE("counters and lists stay within what a response can hold") {
    const Request request = study(Command::MoveRequest);
    FakeExchange exchange;
    respond_final(request, exchange, {0, 70'000, 80'000, 90'000}, false,
                  std::vector<std::string>(2000, std::string(64, '1')), std::string(1000, 'x'));
    REQUIRE(exchange.responses.size() == 1);
    CHECK(exchange.responses[0].status == 0xB000);
    CHECK(exchange.responses[0].completed == 0xFFFF);
    CHECK(exchange.responses[0].failed == 0xFFFF);
    CHECK(exchange.responses[0].warning == 0xFFFF);
    CHECK(exchange.data_sets[0].size() <= 8 + dicom::kMaxShortValueBytes);
    CHECK(exchange.data_sets[0].size() > 60'000);
    CHECK(exchange.data_sets[0].size() % 2 == 0);
}
