#include "tests/plugin/dimse/one_operation.hpp"
#include "tests/plugin/dimse/store_scp.hpp"
#include "tests/plugin/dimse/stored_samples.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dimse;
using namespace recog::dimse::test;

namespace {

class Lines final : public Logger {
public:
    void info(const std::string& sentence) override { add(sentence); }
    void warning(const std::string& sentence) override { add(sentence); }
    void error(const std::string& sentence) override { add(sentence); }
    std::string all() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }

private:
    void add(const std::string& sentence) {
        const std::lock_guard lock(mutex_);
        text_ += sentence + "\n";
    }
    mutable std::mutex mutex_;
    std::string text_;
};

std::vector<StoredInstance> add_many(Samples& samples, int count, const std::string& sop_class = CT,
                                     const std::string& syntax = EXPLICIT) {
    std::vector<StoredInstance> instances;
    for (int i = 0; i < count; ++i) {
        instances.push_back(samples.add(sop_class, syntax));
    }
    return instances;
}

std::unique_ptr<OneOperation> start(const Destination& destination,
                                    const std::vector<StoredInstance>& instances, Samples& samples,
                                    Logger& logger) {
    auto operation = OneOperation::start(destination, instances, samples, logger);
    REQUIRE_MESSAGE(operation.ok(), (operation.ok() ? "" : operation.failure().text));
    return std::move(*operation);
}

std::vector<SubOperationResult> send(const Destination& destination,
                                     const std::vector<StoredInstance>& instances, Samples& samples) {
    SilentLogger logger;
    return start(destination, instances, samples, logger)->results();
}

int count_stored(const std::vector<SubOperationResult>& results) {
    int stored = 0;
    for (const auto& result : results) {
        stored += result.stored() ? 1 : 0;
    }
    return stored;
}

} // namespace

TEST_CASE("every instance arrives byte for byte over one association that is released") {
    Samples samples;
    StoreScp scp({});
    const auto instances = add_many(samples, 25);
    {
        SilentLogger logger;
        auto operation = start(scp.destination(), instances, samples, logger);
        CHECK(operation->size() == 25);
        for (std::size_t i = 0; i < instances.size(); ++i) {
            CHECK(operation->step() == MoveCounters::Step::Continue);
        }
        const auto results = operation->results();
        CHECK(count_stored(results) == 25);
        CHECK(results[3].sop_instance_uid == instances[3].sop_instance_uid);
        CHECK(results[3].reason.empty());
    }
    scp.wait_for_releases(1);
    const auto received = scp.received();
    REQUIRE(received.size() == 25);
    for (std::size_t i = 0; i < received.size(); ++i) {
        CHECK(received[i].sop_instance_uid == instances[i].sop_instance_uid);
        CHECK(received[i].bytes == samples.data_set(instances[i]));
        CHECK(received[i].transfer_syntax == EXPLICIT);
        CHECK(received[i].originator_aet == "ASKER");
        CHECK(received[i].originator_message_id == 77);
    }
    CHECK(scp.associations() == 1);
    CHECK(samples.transcoded_to.empty());
}

TEST_CASE("data sets of every size around the limits of a PDU and of a batch arrive whole") {
    for (const long max_pdu : {4096L, 16384L, 65536L}) {
        CAPTURE(max_pdu);
        Samples samples;
        Behaviour behaviour;
        behaviour.max_pdu = max_pdu;
        StoreScp scp(behaviour);
        std::vector<StoredInstance> instances;
        const auto fragment = static_cast<std::size_t>(max_pdu - 6);
        for (const std::size_t size : {std::size_t{2}, fragment - 2, fragment, fragment + 2, 63 * fragment,
                                       64 * fragment + 2, 130 * fragment}) {
            instances.push_back(samples.add(CT, EXPLICIT, size));
        }
        CHECK(count_stored(send(scp.destination(), instances, samples)) == 7);
        const auto received = scp.received();
        REQUIRE(received.size() == instances.size());
        for (std::size_t i = 0; i < received.size(); ++i) {
            CHECK((received[i].bytes == samples.data_set(instances[i])));
        }
    }
}

TEST_CASE("an odd data set is padded to the even length the wire demands") {
    Samples samples;
    StoreScp scp({});
    const auto instance = samples.add(CT, "1.2.840.10008.1.2.1.99", 16379);
    CHECK(count_stored(send(scp.destination(), {instance}, samples)) == 1);
    auto expected = samples.data_set(instance);
    expected.push_back(std::byte{0});
    CHECK((scp.received().at(0).bytes == expected));
}

TEST_CASE("a refused transfer syntax is replaced by transcoding, when that is allowed") {
    Behaviour behaviour;
    behaviour.refused_syntaxes = {JPEG};
    StoreScp scp(behaviour);
    Samples samples;
    const std::vector<StoredInstance> instances{samples.add(CT, JPEG), samples.add(CT, EXPLICIT),
                                                samples.add(MR, JPEG)};
    SUBCASE("allowed") {
        CHECK(count_stored(send(scp.destination(), instances, samples)) == 3);
        CHECK(samples.transcoded_to == std::vector<std::string>{EXPLICIT, EXPLICIT});
        CHECK(scp.received().at(0).transfer_syntax == EXPLICIT);
    }
    SUBCASE("forbidden") {
        auto destination = scp.destination();
        destination.allow_transcoding = false;
        const auto results = send(destination, instances, samples);
        CHECK(results[0].status == 0x0122);
        CHECK(results[0].reason.find("switched off") != std::string::npos);
        CHECK(results[1].status == 0);
        CHECK(results[2].status == 0x0122);
        CHECK(samples.transcoded_to.empty());
    }
    SUBCASE("the source gives something else") {
        samples.lie_about_transcoding = true;
        const auto results = send(scp.destination(), instances, samples);
        CHECK(results[0].status == 0x0110);
        CHECK(results[1].status == 0);
    }
}

TEST_CASE("a change between uncompressed syntaxes needs no leave") {
    Behaviour behaviour;
    behaviour.refused_syntaxes = {EXPLICIT};
    StoreScp scp(behaviour);
    Samples samples;
    auto destination = scp.destination();
    destination.allow_transcoding = false;
    CHECK(count_stored(send(destination, {samples.add(CT, EXPLICIT)}, samples)) == 1);
    CHECK(scp.received().at(0).transfer_syntax == IMPLICIT);
}

TEST_CASE("a refused SOP class fails its own instances only") {
    Behaviour behaviour;
    behaviour.refused_classes = {MR};
    StoreScp scp(behaviour);
    Samples samples;
    const auto results =
        send(scp.destination(), {samples.add(MR, EXPLICIT), samples.add(CT, EXPLICIT), samples.add(MR, JPEG)},
             samples);
    CHECK(results[0].status == 0x0122);
    CHECK(results[0].reason == "The receiver does not accept this SOP class");
    CHECK(results[1].status == 0);
    CHECK(results[2].status == 0x0122);
    CHECK(samples.opened == 1);
}

TEST_CASE("failure statuses are results, are not retried, and end in truthful counters") {
    Behaviour behaviour;
    behaviour.status = [](int number) {
        return number % 3 == 0 ? std::uint16_t{0xA900}
               : number == 1   ? std::uint16_t{0xB000}
                               : std::uint16_t{0};
    };
    StoreScp scp(behaviour);
    Samples samples;
    Lines log;
    auto operation = start(scp.destination(), add_many(samples, 10), samples, log);
    for (int call = 1; call < 7; ++call) {
        CHECK(operation->step() == MoveCounters::Step::Continue);
    }
    CHECK(operation->step() == MoveCounters::Step::Failed);
    const auto results = operation->results();
    CHECK(count_stored(results) == 7);
    CHECK(results[2].status == 0xA900);
    CHECK(results[0].status == 0xB000);
    CHECK(scp.requests() == 10);
    CHECK(log.all().find("Sent 7 of 10 instances to SINK") == 0);
    CHECK(log.all().find(
              "3: The receiver answered with status A900 (the data set does not match its SOP class)") !=
          std::string::npos);
    CHECK(log.all().find("2.25.") == std::string::npos);
}

TEST_CASE("an association lost in the middle is replaced and nothing is missing") {
    for (const Act act : {Act::Abort, Act::Close}) {
        Behaviour behaviour;
        behaviour.act = [act](int number, const std::string&) { return number == 5 ? act : Act::Store; };
        StoreScp scp(behaviour);
        Samples samples;
        CHECK(count_stored(send(scp.destination(), add_many(samples, 12), samples)) == 12);
        CHECK(scp.associations() == 2);
        CHECK(scp.received().size() == 12);
    }
}

TEST_CASE("an instance that always costs the association fails alone") {
    Behaviour behaviour;
    behaviour.act = [](int, const std::string& uid) { return uid == "2.25.3" ? Act::Abort : Act::Store; };
    StoreScp scp(behaviour);
    Samples samples;
    const auto results = send(scp.destination(), add_many(samples, 8), samples);
    CHECK(count_stored(results) == 7);
    CHECK_FALSE(results[2].stored());
    CHECK_FALSE(results[2].reason.empty());
    CHECK(scp.associations() == 3);
}

TEST_CASE("a receiver that aborts on everything is given up") {
    Behaviour behaviour;
    behaviour.act = [](int, const std::string&) { return Act::Abort; };
    StoreScp scp(behaviour);
    Samples samples;
    SilentLogger logger;
    auto operation = start(scp.destination(), add_many(samples, 300), samples, logger);
    CHECK(operation->step() == MoveCounters::Step::Failed);
    const auto results = operation->results();
    CHECK(count_stored(results) == 0);
    CHECK(results[299].reason == "The receiver broke off too often");
    CHECK(scp.associations() == 4);
}

TEST_CASE("a receiver that stops reading fails what is left and hangs nothing") {
    Behaviour behaviour;
    behaviour.act = [](int number, const std::string&) { return number == 3 ? Act::Stall : Act::Store; };
    StoreScp scp(behaviour);
    Samples samples;
    std::vector<StoredInstance> instances;
    for (int i = 0; i < 6; ++i) {
        instances.push_back(samples.add(CT, EXPLICIT, std::size_t{8} << 20U)); // more than all socket buffers
    }
    SilentLogger logger;
    auto operation = start(scp.destination(3), instances, samples, logger);
    CHECK(operation->step() == MoveCounters::Step::Continue);
    CHECK(operation->step() == MoveCounters::Step::Failed);
    const auto results = operation->results();
    CHECK(count_stored(results) == 2);
    CHECK(results[5].reason == "The receiver did not answer in time");
}

TEST_CASE("destroying an operation that waits for its receiver ends it at once") {
    Behaviour behaviour;
    behaviour.act = [](int number, const std::string&) { return number == 3 ? Act::Stall : Act::Store; };
    StoreScp scp(behaviour);
    Samples samples;
    Lines log;
    {
        // Were the cancellation missed, this would last until the test's own time-out.
        auto operation = start(scp.destination(3600), add_many(samples, 6), samples, log);
        scp.wait_for_requests(3);
    }
    CHECK(log.all().find("Sent 2 of 6") == 0);
    CHECK(log.all().find("cancelled") != std::string::npos);
}

TEST_CASE("start fails when there is no association") {
    Samples samples;
    SilentLogger logger;
    const auto instances = add_many(samples, 2);
    SUBCASE("nobody listens") {
        Destination destination;
        destination.host = "127.0.0.1";
        destination.port = free_port();
        const auto operation = OneOperation::start(destination, instances, samples, logger);
        REQUIRE_FALSE(operation.ok());
        CHECK(operation.failure().kind == ErrorKind::Unreachable);
    }
    SUBCASE("no such host") {
        Destination destination;
        destination.host = "host.invalid";
        CHECK_FALSE(OneOperation::start(destination, instances, samples, logger).ok());
    }
    SUBCASE("the association is rejected") {
        Behaviour behaviour;
        behaviour.reject = true;
        StoreScp scp(behaviour);
        const auto operation = OneOperation::start(scp.destination(), instances, samples, logger);
        REQUIRE_FALSE(operation.ok());
        CHECK(operation.failure().text.find("does not know our AE title") != std::string::npos);
    }
}

TEST_CASE("four hundred contexts travel over several associations of at most 128") {
    StoreScp scp({});
    Samples samples;
    std::vector<StoredInstance> instances;
    for (int i = 0; i < 400; ++i) {
        instances.push_back(samples.add("1.2.3." + std::to_string(i % 200), i < 200 ? JPEG : EXPLICIT, 100));
    }
    CHECK(count_stored(send(scp.destination(), instances, samples)) == 400);
    CHECK(scp.most_contexts() <= 128);
    CHECK(scp.most_contexts() > 100);
    CHECK(scp.associations() >= 4);
    CHECK(scp.associations() <= 8);
    CHECK(samples.transcoded_to.empty());
}

TEST_CASE("an empty list is over before it begins and opens nothing") {
    Samples samples;
    SilentLogger logger;
    Destination nowhere;
    nowhere.host = "127.0.0.1";
    nowhere.port = free_port();
    auto operation = start(nowhere, {}, samples, logger);
    CHECK(operation->size() == 0);
    CHECK(operation->step() == MoveCounters::Step::Continue);
    CHECK(operation->results().empty());
}

TEST_CASE("what cannot be read or named fails alone") {
    StoreScp scp({});
    Samples samples;
    auto instances = add_many(samples, 6);
    samples.unreadable = {instances[0].orthanc_id};
    samples.bare = {instances[1].orthanc_id};
    instances[2].sop_class_uid = "not a UID";
    instances[3].sop_instance_uid = "";
    instances[4].transfer_syntax_uid = "";
    const auto results = send(scp.destination(), instances, samples);
    CHECK(results[0].reason == "The file is gone");
    CHECK(results[1].status == 0); // the source was asked to make a proper file of it
    CHECK(results[2].status == 0x0122);
    CHECK(results[3].status == 0x0122);
    CHECK(results[5].status == 0);
    CHECK(samples.transcoded_to.size() >= 1);
}

TEST_CASE("a list without one valid SOP class fails without an association") {
    Samples samples;
    SilentLogger logger;
    Destination nowhere;
    nowhere.host = "127.0.0.1";
    nowhere.port = free_port();
    auto operation = start(nowhere, {samples.add("", EXPLICIT)}, samples, logger);
    CHECK(operation->step() == MoveCounters::Step::Failed);
}

TEST_CASE("several operations run side by side over one source") {
    StoreScp first({});
    StoreScp second({});
    Samples samples;
    SilentLogger logger;
    const auto instances = add_many(samples, 20);
    auto one = start(first.destination(), instances, samples, logger);
    auto two = start(second.destination(), instances, samples, logger);
    CHECK(count_stored(two->results()) == 20);
    CHECK(count_stored(one->results()) == 20);
}
