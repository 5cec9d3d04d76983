// Every kind of receiver, and what becomes of forty instances sent to it over up to two associations.
#include "plugin/dimse/send_engine.hpp"
#include "tests/plugin/dimse/many_scp.hpp"
#include "tests/plugin/dimse/stored_samples.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dimse;
using namespace recog::dimse::test;

namespace {

constexpr std::size_t COUNT = 40;
using Answer = ManyConduct::Answer;
using Reply = ManyConduct::Reply;
using Request = ManyConduct::Request;

struct Row {
    const char* what;
    ManyConduct conduct;
    std::size_t completed;
    std::size_t warning;
    int most_requests;     ///< seen by the receiver
    int most_associations; ///< accepted by it
    const char* reason = "";
    int timeout_seconds = 20;
};

ManyConduct answering(std::function<Answer(const Request&)> answer) {
    ManyConduct conduct;
    conduct.answer = std::move(answer);
    return conduct;
}

bool is_one_of_five(const std::string& uid) {
    return uid.back() == '0' || uid.back() == '5';
}

std::vector<Row> rows() {
    ManyConduct refuses_syntax;
    refuses_syntax.refused_syntaxes = {JPEG};
    ManyConduct only_one;
    only_one.most = 1;
    ManyConduct unanswered = only_one;
    unanswered.beyond = ManyConduct::Beyond::Wait;
    return {
        {"stores", {}, 40, 0, 40, 2},
        {"takes its time", answering([](const Request&) {
             std::this_thread::sleep_for(std::chrono::milliseconds(3));
             return Answer{};
         }),
         40, 0, 40, 2},
        {"warns", answering([](const Request&) {
             return Answer{Reply::Status, 0xB000};
         }),
         0, 40, 40, 2, "B000"},
        {"refuses JPEG", refuses_syntax, 40, 0, 40, 2},
        {"aborts after five, again and again", answering([](const Request& r) {
             return Answer{r.in_association == 6 ? Reply::Abort : Reply::Status};
         }),
         40, 0, 60, 20},
        {"closes after five, again and again", answering([](const Request& r) {
             return Answer{r.in_association == 6 ? Reply::Close : Reply::Status};
         }),
         40, 0, 60, 20},
        {"releases in the middle",
         answering([](const Request& r) { return Answer{r.number == 9 ? Reply::Release : Reply::Status}; }),
         40, 0, 41, 5},
        {"aborts on everything", answering([](const Request&) { return Answer{Reply::Abort}; }), 0, 0, 4, 4,
         "broke off too often"},
        {"answers to another message", answering([](const Request&) { return Answer{Reply::WrongId}; }), 0, 0,
         4, 4, "another message"},
        {"stops after ten",
         answering([](const Request& r) { return Answer{r.number > 10 ? Reply::Never : Reply::Status}; }), 10,
         0, 18, 8, "did not answer in time", 1},
        {"takes one association and rejects the second", only_one, 40, 0, 40, 1},
        {"takes one association and leaves the second unanswered", unanswered, 40, 0, 40, 1},
        {"is short of room now and then", answering([](const Request& r) {
             const bool refuses = is_one_of_five(r.uid) && r.tries == 1;
             return Answer{Reply::Status, refuses ? std::uint16_t{0xA700} : std::uint16_t{0}};
         }),
         40, 0, 48, 2},
        {"is full", answering([](const Request&) {
             return Answer{Reply::Status, 0xA700};
         }),
         0, 0, 42, 2, "out of resources"},
        {"says no to some for good", answering([](const Request& r) {
             return Answer{Reply::Status, is_one_of_five(r.uid) ? std::uint16_t{0xC000} : std::uint16_t{0}};
         }),
         32, 0, 40, 2, "C000"},
    };
}

} // namespace

TEST_CASE("what can be stored is stored, once, and the rest fails with a reason") {
    for (const Row& row : rows()) {
        INFO(std::string(row.what));
        ManyScp scp(row.conduct);
        Samples samples;
        SilentLogger logger;
        std::vector<StoredInstance> instances;
        for (std::size_t i = 0; i < COUNT; ++i) {
            instances.push_back(samples.add(CT, JPEG, 1000));
        }
        SendEngine engine({}, logger);
        const auto operation = engine.start(scp.destination(row.timeout_seconds), instances, samples, {});
        const auto results = operation->results();
        const SendProgress progress = operation->progress();
        CHECK(progress.completed == row.completed);
        CHECK(progress.warning == row.warning);
        CHECK(progress.failed == COUNT - row.completed - row.warning);
        CHECK(progress.remaining == 0);
        CHECK(operation->failed_uids().size() == progress.failed);
        CHECK(operation->opened().ok());
        CHECK(scp.counts().requests <= row.most_requests);
        CHECK(scp.counts().associations <= row.most_associations);
        std::set<std::string> uids;
        for (const auto& stored : scp.stored()) {
            uids.insert(stored.uid);
        }
        CHECK(uids.size() >= row.completed + row.warning);
        bool told = row.reason[0] == '\0';
        for (const auto& result : results) {
            CHECK(result.reason.empty() == (result.status == 0));
            told = told || result.reason.find(row.reason) != std::string::npos;
        }
        CHECK(told);
    }
}

TEST_CASE("what a receiver takes at once is remembered") {
    ManyConduct only_one;
    only_one.most = 1;
    ManyScp scp(only_one);
    Samples samples;
    SilentLogger logger;
    std::vector<StoredInstance> instances;
    for (std::size_t i = 0; i < COUNT; ++i) {
        instances.push_back(samples.add(CT, EXPLICIT, 1000));
    }
    SendLimits limits;
    limits.keep = std::chrono::milliseconds(0);
    SendEngine engine(limits, logger);
    for (int i = 0; i < 10; ++i) {
        const auto operation = engine.start(scp.destination(), instances, samples, {});
        operation->results();
        CHECK(operation->progress().completed == COUNT);
        scp.wait_until([](const auto& counts) { return counts.open == 0; });
    }
    // Not once for each request. The first may have been over before its second association was looked at.
    CHECK(scp.counts().rejected <= 2);
}

TEST_CASE("several requests to a receiver of one association all succeed") {
    for (const auto beyond : {ManyConduct::Beyond::Reject, ManyConduct::Beyond::Wait}) {
        ManyConduct only_one;
        only_one.most = 1;
        only_one.beyond = beyond;
        ManyScp scp(only_one);
        Samples samples;
        SilentLogger logger;
        SendEngine engine({}, logger);
        std::vector<std::unique_ptr<SendOperation>> operations;
        for (int i = 0; i < 5; ++i) {
            std::vector<StoredInstance> instances;
            for (std::size_t k = 0; k < COUNT; ++k) {
                instances.push_back(samples.add(i % 2 == 0 ? CT : MR, EXPLICIT, 1000));
            }
            operations.push_back(engine.start(scp.destination(), instances, samples, {}));
        }
        for (const auto& operation : operations) {
            operation->results();
            CHECK(operation->progress().completed == COUNT);
        }
    }
}

TEST_CASE("a receiver that has too many associations of others is asked again") {
    ManyConduct full;
    full.most = 0;
    ManyScp scp(full);
    Samples samples;
    SilentLogger logger;
    SendEngine engine({}, logger);
    const auto operation = engine.start(scp.destination(), {samples.add(CT, EXPLICIT)}, samples, {});
    const Status opened = operation->opened();
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.failure().kind == ErrorKind::Unavailable);
    CHECK(opened.failure().text.find("limit of associations") != std::string::npos);
    CHECK(operation->progress().failed == 1);
    CHECK(scp.counts().rejected == 4);
}
