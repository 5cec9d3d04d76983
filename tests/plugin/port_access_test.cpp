// Who may ask on the port, as Orthanc tells it, and what becomes of it when Orthanc does not answer.
#include "plugin/access_refresher.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>

using namespace recog;
using port::Service;

namespace {

/// Orthanc as far as it answers GET requests. A resource without an answer fails.
class FakeOrthanc {
public:
    explicit FakeOrthanc(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
        context_.pluginsManager = this;
        context_.orthancVersion = "1.12.7";
        context_.Free = std::free;
        context_.InvokeService = invoke;
    }
    orthanc::Sdk sdk() { return orthanc::Sdk(&context_); }

private:
    static OrthancPluginErrorCode invoke(OrthancPluginContext* context, _OrthancPluginService service,
                                         const void* parameters) {
        if (service != _OrthancPluginService_RestApiGet) {
            return OrthancPluginErrorCode_Success; // logging
        }
        const auto& get = *static_cast<const _OrthancPluginRestApiGet*>(parameters);
        const auto& answers = static_cast<FakeOrthanc*>(context->pluginsManager)->answers_;
        const auto found = answers.find(get.uri);
        if (found == answers.end()) {
            return OrthancPluginErrorCode_DatabaseUnavailable;
        }
        get.target->size = static_cast<std::uint32_t>(found->second.size());
        get.target->data = std::malloc(found->second.size() + 1);
        std::memcpy(get.target->data, found->second.data(), found->second.size());
        return OrthancPluginErrorCode_Success;
    }

    std::map<std::string, std::string> answers_;
    OrthancPluginContext context_{};
};

const std::map<std::string, std::string> kAnswers{
    {"/modalities?expand", R"({"a": {"AET": "H001_WS", "Host": "10.0.0.1", "Port": 104, "AllowMove": false},
                               "b": ["H002_WS", "10.0.0.2", "105", "Generic"], "broken": 5})"},
    {"/tools/accepted-transfer-syntaxes", R"(["1.2.840.10008.1.2.1"])"},
    {"/tools/unknown-sop-class-accepted", "1"}};

orthanc::Modality modality(const std::string& aet, const std::string& host = "10.0.0.1") {
    orthanc::Modality made;
    made.aet = aet;
    made.host = host;
    return made;
}

class Sentences final : public Logger {
public:
    void info(const std::string&) override {}
    void warning(const std::string& text) override { note(text); }
    void error(const std::string& text) override { note(text); }
    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, std::chrono::minutes(1), [&] { return sentences_.size() >= count; }));
    }
    std::vector<std::string> sentences() {
        const std::lock_guard lock(mutex_);
        return sentences_;
    }

private:
    void note(const std::string& text) {
        const std::lock_guard lock(mutex_);
        sentences_.push_back(text);
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> sentences_;
};

/// Fails as often as it is told, and tells when it was asked.
class Asked {
public:
    explicit Asked(int failures) : failures_(failures) {}
    Result<AccessTable> read() {
        const std::lock_guard lock(mutex_);
        ++times_;
        changed_.notify_all();
        if (failures_-- > 0) {
            return error(ErrorKind::Unavailable, "the archive did not answer");
        }
        AccessTable table;
        table.modalities = {modality(title)};
        return table;
    }
    void wait_for(int times) {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, std::chrono::minutes(1), [&] { return times_ >= times; }));
    }
    std::string title = "H001_WS"; ///< while nobody asks

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int failures_;
    int times_ = 0;
};

orthanc::OrthancConfiguration closed(AetComparison comparison = AetComparison::WithoutCase) {
    orthanc::OrthancConfiguration configuration;
    configuration.aet_comparison = comparison;
    configuration.check_called_aet = true;
    configuration.always_allow_echo = configuration.always_allow_store = false;
    return configuration;
}

constexpr RefreshPauses kShort{std::chrono::milliseconds(1), std::chrono::milliseconds(4)};
constexpr RefreshPauses kNever{std::chrono::hours(1), std::chrono::hours(1)};

} // namespace

TEST_CASE("the table of access is read whole or not at all") {
    FakeOrthanc whole(kAnswers);
    const auto table = read_access_table(whole.sdk());
    REQUIRE(table.ok());
    CHECK(table->modalities.size() == 2);
    CHECK(table->transfer_syntaxes.contains("1.2.840.10008.1.2.1"));
    CHECK(table->unknown_sop_classes);
    for (const auto& [resource, answer] : kAnswers) {
        CAPTURE(resource);
        auto answers = kAnswers;
        answers.erase(resource);
        FakeOrthanc silent(answers);
        CHECK_FALSE(read_access_table(silent.sdk()).ok());
        if (resource != "/tools/unknown-sop-class-accepted") {
            for (const char* broken : {"", "{", "5", "null"}) {
                answers[resource] = broken;
                FakeOrthanc wrong(answers);
                CHECK_FALSE(read_access_table(wrong.sdk()).ok());
            }
        }
    }
}

TEST_CASE("titles are compared as Orthanc is told to compare them, and spaces round them mean nothing") {
    for (const AetComparison comparison : {AetComparison::WithoutCase, AetComparison::Strict}) {
        const bool strict = comparison == AetComparison::Strict;
        const auto configuration = closed(comparison);
        PortAccess access(configuration);
        AccessTable table;
        table.modalities = {modality("H001_WS ")};
        access.set_table(table);
        CHECK(access.may_ask(Service::Find, "H001_WS", "10.0.0.1"));
        CHECK(access.may_ask(Service::Find, " H001_WS", "10.0.0.1"));
        CHECK(access.may_ask(Service::Find, "h001_ws", "10.0.0.1") != strict);
        CHECK(access.may_associate("h001_ws ", "10.0.0.1") != strict);
        CHECK_FALSE(access.may_ask(Service::Find, "H001_WS2", "10.0.0.1"));
        CHECK(access.is_called(" ORTHANC "));
        CHECK(access.is_called("Orthanc") != strict);
        CHECK_FALSE(access.is_called("ANOTHER"));
    }
}

TEST_CASE("a destination is found as Orthanc finds it, and the one called so to the letter before others") {
    const std::vector<orthanc::Modality> modalities = {modality("ws", "first"), modality("WS", "second"),
                                                       modality("PACS ", "third")};
    const auto host = [&](const char* aet, AetComparison comparison) {
        const auto* const found = orthanc::choose_modality(modalities, aet, comparison);
        return found != nullptr ? found->host : std::string("none");
    };
    CHECK(host("WS", AetComparison::WithoutCase) == "second");
    CHECK(host("ws ", AetComparison::WithoutCase) == "first");
    CHECK(host("Ws", AetComparison::WithoutCase) == "first");
    CHECK(host("Ws", AetComparison::Strict) == "none");
    CHECK(host(" PACS", AetComparison::Strict) == "third");
    CHECK(host("pacs", AetComparison::WithoutCase) == "third");
    CHECK(host("", AetComparison::WithoutCase) == "none");
}

TEST_CASE("a table that could not be read is asked for again until it can be") {
    const auto configuration = closed();
    PortAccess access(configuration);
    Sentences log;
    Asked orthanc(3);
    AccessRefresher refresher([&] { return orthanc.read(); }, access, log, kShort);
    refresher.start();
    log.wait_for(4); // three failures, then that all is well again
    CHECK(access.may_ask(Service::Find, "H001_WS", "10.0.0.1"));
    const auto sentences = log.sentences();
    CHECK(sentences[0].find("again in 1 ms") != std::string::npos);
    CHECK(sentences[1].find("again in 2 ms") != std::string::npos);
    CHECK(sentences[2].find("again in 4 ms") != std::string::npos);
    CHECK(sentences[3].find("known again") != std::string::npos);
}

TEST_CASE("the pause between two tries has a bound") {
    const auto configuration = closed();
    PortAccess access(configuration);
    Sentences log;
    Asked orthanc(6);
    AccessRefresher refresher([&] { return orthanc.read(); }, access, log, kShort);
    refresher.start();
    log.wait_for(7);
    CHECK(log.sentences()[5].find("again in 4 ms") != std::string::npos);
}

TEST_CASE("a change is read at once, also while a failure is waited out, and what was known stays in force") {
    const auto configuration = closed();
    PortAccess access(configuration);
    Sentences log;
    Asked orthanc(0);
    AccessRefresher refresher([&] { return orthanc.read(); }, access, log, kNever);
    refresher.start();
    CHECK(access.may_ask(Service::Find, "H001_WS", "10.0.0.1")); // start() has read it
    Asked failing(1);
    AccessRefresher other([&] { return failing.read(); }, access, log, kNever);
    other.start();
    CHECK(access.may_ask(Service::Find, "H001_WS", "10.0.0.1"));
    failing.title = "H002_WS";
    other.wake();
    log.wait_for(2);
    CHECK(access.may_ask(Service::Find, "H002_WS", "10.0.0.1"));
    CHECK_FALSE(access.may_ask(Service::Find, "H001_WS", "10.0.0.1"));
}

TEST_CASE("a reader that throws is a failure like others, and waiting for the next try can be ended") {
    const auto configuration = closed();
    PortAccess access(configuration);
    Sentences log;
    AccessRefresher refresher([]() -> Result<AccessTable> { throw std::bad_alloc(); }, access, log, kNever);
    refresher.start();
    log.wait_for(1);
    refresher.stop();
    CHECK_FALSE(access.may_associate("H001_WS", "10.0.0.1"));
}
