// Many operations in one engine: bounds, fair shares, kept associations, cancellation.
#include "plugin/dimse/send_engine.hpp"
#include "tests/plugin/dimse/many_scp.hpp"
#include "tests/plugin/dimse/stored_samples.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>

using namespace recog;
using namespace recog::dimse;
using namespace recog::dimse::test;
using std::chrono::milliseconds;

namespace {

std::vector<StoredInstance> add_many(Samples& samples, int count, const std::string& sop_class = CT,
                                     std::size_t size = 1000) {
    std::vector<StoredInstance> instances;
    for (int i = 0; i < count; ++i) {
        instances.push_back(samples.add(sop_class, EXPLICIT, size));
    }
    return instances;
}

/// Long enough to stay for a whole test.
SendLimits keeping(std::size_t per_destination = 4, std::size_t per_request = 1) {
    SendLimits limits;
    limits.associations_per_destination = per_destination;
    limits.associations_per_request = per_request;
    limits.keep = milliseconds(3'600'000);
    limits.quantum_time = milliseconds(3'600'000); // instances are counted, time is not
    return limits;
}

std::size_t completed(const std::unique_ptr<SendOperation>& operation) {
    operation->results();
    return operation->progress().completed;
}

} // namespace

TEST_CASE("a request uses the association that another has left open") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(), logger);
    for (int i = 0; i < 3; ++i) {
        CHECK(completed(engine.start(scp.destination(), add_many(samples, 5), samples, {})) == 5);
    }
    CHECK(scp.counts().associations == 1);
    SUBCASE("but not when it carries other SOP classes") {
        CHECK(completed(engine.start(scp.destination(), add_many(samples, 5, MR), samples, {})) == 5);
        CHECK(scp.counts().associations == 2);
    }
    SUBCASE("nor for another calling AE title") {
        Destination other = scp.destination();
        other.local_aet = "OTHER";
        CHECK(completed(engine.start(other, add_many(samples, 5), samples, {})) == 5);
        CHECK(scp.counts().associations == 2);
    }
    SUBCASE("nor when the receiver has closed it meanwhile") {
        scp.close_all();
        scp.wait_until([](const auto& counts) { return counts.open == 0; });
        CHECK(completed(engine.start(scp.destination(), add_many(samples, 5), samples, {})) == 5);
        CHECK(scp.counts().associations == 2);
    }
    engine.stop();
    CHECK(scp.counts().open == 0);
}

TEST_CASE("an association that nobody uses is released when its time is over") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendLimits limits = keeping();
    limits.keep = milliseconds(20);
    SendEngine engine(limits, logger);
    CHECK(completed(engine.start(scp.destination(), add_many(samples, 2), samples, {})) == 2);
    scp.wait_until([](const auto& counts) { return counts.releases == 1; });
    CHECK(engine.state().kept == 0);
}

TEST_CASE("a kept association makes way for one that is needed") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(1), logger);
    CHECK(completed(engine.start(scp.destination(), add_many(samples, 2, CT), samples, {})) == 2);
    CHECK(completed(engine.start(scp.destination(), add_many(samples, 2, MR), samples, {})) == 2);
    CHECK(scp.counts().most_open == 1);
    CHECK(scp.counts().releases == 1);
}

TEST_CASE("a kept association that dies at its first use costs no try") {
    // The receiver closes what it sees for the second time, without a word before.
    ManyConduct conduct;
    conduct.answer = [](const ManyConduct::Request& request) {
        return ManyConduct::Answer{request.in_association == 3 ? ManyConduct::Reply::Close
                                                               : ManyConduct::Reply::Status};
    };
    ManyScp scp(conduct);
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(), logger);
    for (int i = 0; i < 4; ++i) {
        CHECK(completed(engine.start(scp.destination(), add_many(samples, 2), samples, {})) == 2);
    }
    CHECK(scp.counts().associations == 4);
}

TEST_CASE("two requests to a destination of one association take turns") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendLimits limits = keeping(1);
    limits.quantum_instances = 4;
    SendEngine engine(limits, logger);
    const auto first = add_many(samples, 40);
    const auto second = add_many(samples, 40);
    scp.close_gate();
    const auto one = engine.start(scp.destination(), first, samples, {});
    scp.wait_until([](const auto& counts) { return counts.requests == 1; });
    const auto two = engine.start(scp.destination(), second, samples, {});
    scp.open_gate();
    CHECK(completed(one) == 40);
    CHECK(completed(two) == 40);
    CHECK(scp.counts().most_open == 1);
    CHECK(scp.counts().associations == 1); // handed on, not opened anew
    const auto stored = scp.stored();
    std::set<std::string> of_first;
    for (const auto& instance : first) {
        of_first.insert(instance.sop_instance_uid);
    }
    int turns = 1;
    int run = 0;
    int longest = 0;
    for (std::size_t i = 0; i < stored.size(); ++i) {
        const bool changes =
            i > 0 && of_first.contains(stored[i].uid) != of_first.contains(stored[i - 1].uid);
        turns += changes ? 1 : 0;
        run = changes ? 1 : run + 1;
        longest = std::max(longest, run);
    }
    CHECK(turns >= 16);
    CHECK(longest <= 8); // the last of the list may follow a turn of its own
}

TEST_CASE("waiting requests are served in the order of their arrival") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(1), logger);
    scp.close_gate();
    std::vector<std::unique_ptr<SendOperation>> operations;
    std::vector<std::string> expected;
    for (int i = 0; i < 6; ++i) {
        const auto instances = add_many(samples, 1);
        expected.push_back(instances[0].sop_instance_uid);
        operations.push_back(engine.start(scp.destination(), instances, samples, {}));
    }
    scp.wait_until([](const auto& counts) { return counts.requests == 1; });
    CHECK(engine.state().waiting == 5);
    CHECK(engine.state().sending == 1);
    scp.open_gate();
    for (const auto& operation : operations) {
        CHECK(completed(operation) == 1);
    }
    std::vector<std::string> seen;
    for (const auto& stored : scp.stored()) {
        seen.push_back(stored.uid);
    }
    CHECK(seen == expected);
}

TEST_CASE("no destination gets more associations at once than its bound") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(4, 3), logger);
    SendOptions options;
    options.associations = 2;
    std::vector<std::unique_ptr<SendOperation>> operations;
    for (int i = 0; i < 6; ++i) {
        operations.push_back(
            engine.start(scp.destination(), add_many(samples, 60, i % 2 == 0 ? CT : MR), samples, options));
    }
    for (const auto& operation : operations) {
        CHECK(completed(operation) == 60);
    }
    CHECK(scp.counts().most_open >= 2);
    CHECK(scp.counts().most_busy <= 2);
}

TEST_CASE("a request with much to send uses several associations, each in the order of the list") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(4, 3), logger);
    const auto instances = add_many(samples, 300);
    std::map<std::string, std::size_t> place;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        place[instances[i].sop_instance_uid] = i;
    }
    scp.close_gate();
    const auto operation = engine.start(scp.destination(), instances, samples, {});
    scp.wait_until([](const auto& counts) { return counts.requests == 1; });
    CHECK(scp.counts().associations == 1); // none beside the first image
    scp.open_gate();
    CHECK(completed(operation) == 300);
    CHECK(scp.counts().most_open >= 2);
    CHECK(scp.counts().most_busy <= 3);
    std::map<int, std::size_t> last;
    for (const auto& stored : scp.stored()) {
        CHECK(place[stored.uid] >= last[stored.association]);
        last[stored.association] = place[stored.uid];
        CHECK((stored.bytes == samples.data_set(instances[place[stored.uid]])));
    }
    CHECK(scp.counts().requests == 300);
}

TEST_CASE("a destination that hangs keeps nobody else waiting") {
    ManyScp hanging;
    ManyScp other;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(1), logger);
    hanging.close_gate();
    const auto first = engine.start(hanging.destination(3600), add_many(samples, 5), samples, {});
    const auto second = engine.start(hanging.destination(3600), add_many(samples, 5), samples, {});
    CHECK(completed(engine.start(other.destination(), add_many(samples, 5), samples, {})) == 5);
    CHECK_FALSE(first->progress().over);
    hanging.open_gate();
    CHECK(completed(first) == 5);
    CHECK(completed(second) == 5);
}

namespace {

/// Takes connections, as the system does for it, and never says a word.
class MuteListener {
public:
    MuteListener() : socket_(bind_loopback()) { ::listen(socket_, 64); }
    ~MuteListener() { ::close(socket_); }
    MuteListener(const MuteListener&) = delete;
    MuteListener& operator=(const MuteListener&) = delete;
    Destination destination(int timeout_seconds) const {
        Destination destination;
        destination.aet = "MUTE";
        destination.local_aet = "NODE";
        destination.host = "127.0.0.1";
        destination.port = port_of(socket_);
        destination.timeout_seconds = timeout_seconds;
        return destination;
    }
    int connections() const {
        int count = 0;
        for (int one = ::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK); one >= 0; ++count) {
            ::close(one);
            one = ::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK);
        }
        return count;
    }
    void never_block() const { ::fcntl(socket_, F_SETFL, O_NONBLOCK); }

private:
    int socket_;
};

} // namespace

TEST_CASE("silent destinations do not use up the associations of all") {
    ManyConduct silent;
    silent.answer = [](const ManyConduct::Request&) {
        return ManyConduct::Answer{ManyConduct::Reply::Never};
    };
    MuteListener mute;
    ManyScp never_answers(silent);
    ManyScp good;
    Samples samples;
    SilentLogger logger;
    SendLimits limits = keeping();
    limits.associations = 2;
    SendEngine engine(limits, logger);
    std::vector<std::unique_ptr<SendOperation>> held;
    for (int i = 0; i < 10; ++i) {
        held.push_back(engine.start(mute.destination(3600), add_many(samples, 2), samples, {}));
        held.push_back(engine.start(never_answers.destination(3600), add_many(samples, 2), samples, {}));
    }
    never_answers.wait_until([](const auto& counts) { return counts.requests > 0; });
    CHECK(completed(engine.start(good.destination(), add_many(samples, 40), samples, {})) == 40);
    for (const auto& operation : held) {
        CHECK_FALSE(operation->progress().over);
    }
}

TEST_CASE("those who wait for a destination that does not answer fail with the one that has tried") {
    MuteListener mute;
    mute.never_block();
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(), logger);
    // Whoever waits has come before the first try begins or while it lasts: two tries at the most.
    std::vector<std::unique_ptr<SendOperation>> operations;
    for (int i = 0; i < 20; ++i) {
        operations.push_back(engine.start(mute.destination(1), add_many(samples, 2), samples, {}));
    }
    for (const auto& operation : operations) {
        CHECK(operation->opened().failure().kind == ErrorKind::Unreachable);
        CHECK(operation->failed_uids().size() == 2);
    }
    CHECK(mute.connections() <= 2);
    CHECK(engine.state().waiting == 0);
}

TEST_CASE("a destination gets all its associations as soon as it has accepted one") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(4), logger);
    scp.close_gate();
    std::vector<std::unique_ptr<SendOperation>> operations;
    for (int i = 0; i < 4; ++i) {
        operations.push_back(engine.start(scp.destination(), add_many(samples, 2), samples, {}));
    }
    scp.wait_until([](const auto& counts) { return counts.busy == 4; });
    scp.open_gate();
    for (const auto& operation : operations) {
        CHECK(completed(operation) == 2);
    }
}

TEST_CASE("who asks to be woken is woken once, for a result or for the end") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(), logger);
    scp.close_gate();
    const auto operation = engine.start(scp.destination(), add_many(samples, 3), samples, {});
    std::atomic<int> woken{0};
    operation->wake_once(0, [&woken] { ++woken; });
    CHECK(woken == 0);
    scp.open_gate();
    CHECK(completed(operation) == 3);
    CHECK(woken == 1);
    operation->wake_once(3, [&woken] { ++woken; });
    CHECK(woken == 2);
    scp.close_gate();
    const auto cancelled = engine.start(scp.destination(), add_many(samples, 3), samples, {});
    cancelled->wake_once(2, [&woken] { ++woken; });
    cancelled->cancel();
    CHECK(woken == 3);
    scp.open_gate();
}

TEST_CASE("a hundred operations to ten destinations over eight associations in all") {
    std::vector<std::unique_ptr<ManyScp>> scps;
    for (int i = 0; i < 10; ++i) {
        scps.push_back(std::make_unique<ManyScp>());
    }
    Samples samples;
    SilentLogger logger;
    SendLimits limits;
    limits.associations = 8;
    limits.read_ahead_bytes = 10'000; // a few files
    limits.quantum_instances = 4;
    SendEngine engine(limits, logger);
    std::vector<std::unique_ptr<SendOperation>> operations;
    for (std::size_t i = 0; i < 100; ++i) {
        operations.push_back(engine.start(scps[i % 10]->destination(), add_many(samples, 20), samples, {}));
    }
    for (const auto& operation : operations) {
        CHECK(completed(operation) == 20);
    }
    for (const auto& scp : scps) {
        CHECK(scp->stored().size() == 200);
        CHECK(scp->counts().most_busy <= 4);
    }
}

TEST_CASE("the middle of each series goes first where the order is free") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(), logger);
    auto instances = add_many(samples, 12);
    for (std::size_t i = 0; i < 12; ++i) {
        instances[i].series_uid = i < 7 ? "1.2.3" : i < 11 ? "1.2.4" : "";
    }
    SendOptions options;
    std::vector<std::size_t> expected{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    SUBCASE("free") {
        options.any_order = true;
        expected = {3, 9, 0, 1, 2, 4, 5, 6, 7, 8, 10, 11};
    }
    SUBCASE("as listed") {}
    CHECK(completed(engine.start(scp.destination(), instances, samples, options)) == 12);
    const auto stored = scp.stored();
    REQUIRE(stored.size() == 12);
    for (std::size_t i = 0; i < 12; ++i) {
        CHECK(stored[i].uid == instances[expected[i]].sop_instance_uid);
    }
}

TEST_CASE("a cancelled operation is over at once and tells what is left") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(1), logger);
    const auto instances = add_many(samples, 10);
    const auto running = engine.start(scp.destination(3600), instances, samples, {});
    SendProgress progress = running->wait_for_progress(2, milliseconds(60'000));
    CHECK(progress.finished() >= 3);
    scp.close_gate();
    const auto held = engine.start(scp.destination(3600), add_many(samples, 10), samples, {});
    const auto waiting = engine.start(scp.destination(3600), add_many(samples, 10), samples, {});
    waiting->cancel();
    CHECK_FALSE(waiting->opened().ok());
    CHECK(waiting->progress().over);
    CHECK(waiting->progress().remaining == 10);
    CHECK(waiting->failed_uids().empty());
    running->cancel();
    held->cancel();
    progress = held->progress();
    CHECK(progress.over);
    CHECK(progress.remaining + progress.finished() == 10);
    const auto results = held->results();
    CHECK(results[9].status == SubOperationResult::CANCELLED);
    CHECK_FALSE(results[9].stored());
    scp.open_gate();
    CHECK(completed(engine.start(scp.destination(), add_many(samples, 3), samples, {})) == 3);
}

TEST_CASE("waiting for progress ends with a result, at the limit, or when asked to") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    SendEngine engine(keeping(), logger);
    scp.close_gate();
    const auto operation = engine.start(scp.destination(), add_many(samples, 5), samples, {});
    CHECK(operation->wait_for_progress(0, milliseconds(1)).finished() == 0);
    std::stop_source stop;
    stop.request_stop();
    CHECK(operation->wait_for_progress(0, milliseconds(3'600'000), stop.get_token()).finished() == 0);
    scp.open_gate();
    std::size_t known = 0;
    while (!operation->progress().over) {
        const SendProgress progress = operation->wait_for_progress(known, milliseconds(3'600'000));
        CHECK((progress.over || progress.finished() > known));
        CHECK(progress.finished() + progress.remaining == 5);
        known = progress.finished();
    }
    CHECK(operation->wait_for_progress(5, milliseconds(3'600'000)).completed == 5);
}

TEST_CASE("operations outlive their engine, and nothing starts in a stopped one") {
    ManyScp scp;
    Samples samples;
    SilentLogger logger;
    auto engine = std::make_unique<SendEngine>(keeping(1), logger);
    scp.close_gate();
    const auto running = engine->start(scp.destination(3600), add_many(samples, 5), samples, {});
    const auto waiting = engine->start(scp.destination(3600), add_many(samples, 5), samples, {});
    scp.wait_until([](const auto& counts) { return counts.requests == 1; });
    engine->stop();
    const auto late = engine->start(scp.destination(), add_many(samples, 5), samples, {});
    CHECK_FALSE(late->opened().ok());
    engine.reset();
    CHECK(running->progress().remaining == 5);
    CHECK(waiting->progress().remaining == 5);
    CHECK(running->step() == MoveCounters::Step::Failed);
}

namespace {

/// A file in pieces, cut wherever it hurts.
class InPieces final : public InstanceBytes {
public:
    InPieces(std::vector<std::byte> head, std::vector<std::byte> body, std::size_t piece)
        : head_(std::move(head)), body_(std::move(body)), piece_(piece) {}
    std::span<const std::byte> bytes() const override { return head_; }
    std::vector<std::span<const std::byte>> parts() const override {
        std::vector<std::span<const std::byte>> parts{head_};
        for (std::span<const std::byte> left(body_); !left.empty();) {
            const std::size_t size = std::min(piece_, left.size());
            parts.push_back(left.first(size));
            parts.emplace_back();
            left = left.subspan(size);
        }
        return parts;
    }

private:
    std::vector<std::byte> head_;
    std::vector<std::byte> body_;
    std::size_t piece_;
};

class PieceSource final : public InstanceSource {
public:
    explicit PieceSource(std::size_t piece) : piece_(piece) {}
    Result<std::unique_ptr<InstanceBytes>> open(const StoredInstance&) override {
        return std::unique_ptr<InstanceBytes>(
            std::make_unique<InPieces>(part10(EXPLICIT, pattern(100, 1)), pattern(40'001, 2), piece_));
    }
    Result<std::unique_ptr<InstanceBytes>> transcode(const StoredInstance&, const std::string&) override {
        return error(ErrorKind::NotAcceptable, "no transcoding");
    }

private:
    const std::size_t piece_;
};

} // namespace

TEST_CASE("a file in pieces arrives as one data set") {
    auto expected = pattern(100, 1);
    const auto body = pattern(40'001, 2);
    expected.insert(expected.end(), body.begin(), body.end());
    expected.push_back(std::byte{0}); // even on the wire
    for (const std::size_t piece :
         {std::size_t{7}, std::size_t{16'278}, std::size_t{16'378}, std::size_t{50'000}}) {
        CAPTURE(piece);
        ManyScp scp;
        SilentLogger logger;
        SendEngine engine(keeping(), logger);
        auto operation = engine.start(scp.destination(), {{"id", CT, "2.25.1", EXPLICIT, 40'000}},
                                      std::make_unique<PieceSource>(piece), {});
        CHECK(completed(operation) == 1);
        CHECK((scp.stored().at(0).bytes == expected));
    }
}
