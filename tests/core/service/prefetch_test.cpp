// Priors are made ready once for an announced patient, within their bounds, and nobody waits for it.
#include "core/service/prefetch.hpp"
#include "tests/core/service/fake_archive.hpp"
#include "tests/core/service/services.hpp"

#include <doctest/doctest.h>

#include <future>

using namespace recog;
using namespace recog::test;
using namespace std::chrono_literals;

namespace {

/// Longer than anything takes unless it hangs.
constexpr auto kPatience = 60s;

class CollectingLogger final : public Logger {
public:
    void info(const std::string& sentence) override { add(sentence); }
    void warning(const std::string& sentence) override { add(sentence); }
    void error(const std::string& sentence) override { add(sentence); }
    std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

private:
    void add(const std::string& sentence) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(sentence);
    }
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

class CollectingPush final : public service::PrefetchPush {
public:
    Status push(const std::string& aet, const std::vector<service::RetrievedInstance>& instances,
                std::stop_token stop) override {
        if (entered) {
            std::exchange(entered, nullptr)->set_value();
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any never;
            never.wait(lock, stop, [] { return false; });
        }
        for (const auto& one : instances) {
            sent.push_back(aet + " " + one.sop_instance_uid +
                           (one.local_patient ? " " + one.local_patient->patient_id : ""));
        }
        return answer;
    }
    std::vector<std::string> sent; ///< to be read when the service is idle
    Status answer;
    std::promise<void>* entered = nullptr; ///< set: the next push stays until it is stopped
};

/// The person with CARD123 has 4.1 at H001 and 4.2, 4.4 at H002; another has 4.3.
class Prefetch {
public:
    Prefetch() {
        services.settings.prefetch.enabled = true;
        std::vector<index::IndexEvent> events;
        for (const index::StoredInstance& one :
             {study(1, "H001", "100").identifier("CITIZEN_CARD", "CARD123").get(),
              study(2, "H002", "200").identifier("CITIZEN_CARD", "CARD123").get(),
              study(3, "H002", "100").get(),
              study(4, "H002", "200").series_value(tags::Modality, "MR").get()}) {
            events.emplace_back(one);
            archive.store(one.orthanc_id, std::string(one.file_size, 'x'), "");
        }
        services.store(events);
    }
    service::PrefetchService& start() {
        return running.emplace(services.priors, services.retrieve, archive, &push, logger);
    }

    Services services;
    FakeArchive archive;
    CollectingPush push;
    CollectingLogger logger;
    std::optional<service::PrefetchService> running;
};

service::Announcement at_h001(const std::string& number = "CARD123", const std::string& modality = "") {
    return {number, "", "H001", modality, "", {}};
}

} // namespace

TEST_CASE("priors of an announced patient are read, newest first, and told in one line without the patient") {
    Prefetch prefetch;
    std::vector<std::string> opened;
    prefetch.archive.after_open([&opened](const std::string& id) { opened.push_back(id); });
    auto& service = prefetch.start();
    service.announced(at_h001());
    REQUIRE(service.wait_until_idle(kPatience));
    CHECK(opened == std::vector<std::string>{orthanc_id(4), orthanc_id(2), orthanc_id(1)});
    const auto counts = service.counts();
    CHECK(counts.prepared == 1);
    CHECK(counts.studies == 3);
    CHECK(counts.warmed_files == 3);
    CHECK(counts.warmed_bytes == 1001 + 1002 + 1004);
    CHECK(counts.pushed_instances == 0);
    CHECK(prefetch.push.sent.empty());
    CHECK(prefetch.logger.lines() ==
          std::vector<std::string>{
              "Pre-fetch for institution H001: 3 studies, 3 files (0 MB) read, 0 objects pushed"});
}

TEST_CASE("what was made elsewhere is pushed to the institution's PACS, under its number if it wants that") {
    Prefetch prefetch;
    prefetch.services.settings.prefetch.push = {{"H001", "PACS1"}};
    SUBCASE("as stored") {
        auto& service = prefetch.start();
        service.announced(at_h001("CARD123", "CT"));
        REQUIRE(service.wait_until_idle(kPatience));
        CHECK(prefetch.push.sent == std::vector<std::string>{"PACS1 4.2.1.1"});
        CHECK(service.counts().warmed_files == 2);
    }
    SUBCASE("localised") {
        prefetch.services.settings.own_policy("PACS1").local_patient_id = true;
        auto& service = prefetch.start();
        service.announced(at_h001());
        REQUIRE(service.wait_until_idle(kPatience));
        CHECK(prefetch.push.sent == std::vector<std::string>{"PACS1 4.4.1.1 100", "PACS1 4.2.1.1 100"});
        CHECK(service.counts().pushed_instances == 2);
    }
    SUBCASE("not at another institution") {
        auto& service = prefetch.start();
        service.announced({"200", "", "H002", "", "", {}});
        REQUIRE(service.wait_until_idle(kPatience));
        CHECK(prefetch.push.sent.empty());
        CHECK(service.counts().prepared == 1);
    }
}

TEST_CASE(
    "the same person at the same institution is prepared again only after a while, by whatever number") {
    Prefetch prefetch;
    auto& service = prefetch.start();
    for (const char* number : {"CARD123", "CARD123", "100"}) {
        service.announced(at_h001(number));
        REQUIRE(service.wait_until_idle(kPatience));
    }
    CHECK(service.counts().prepared == 1);
    CHECK(service.counts().repeated == 2);
    service.announced({"CARD123", "", "H002", "", "", {}});
    REQUIRE(service.wait_until_idle(kPatience));
    CHECK(service.counts().prepared == 2);
    prefetch.services.clock.advance(31min);
    service.announced(at_h001("100"));
    REQUIRE(service.wait_until_idle(kPatience));
    CHECK(service.counts().prepared == 3);
}

TEST_CASE("no more is read than the settings allow, and files that are gone are passed over") {
    Prefetch prefetch;
    SUBCASE("nothing") {
        prefetch.services.settings.prefetch.warm_megabytes = 0;
        auto& service = prefetch.start();
        service.announced(at_h001());
        REQUIRE(service.wait_until_idle(kPatience));
        CHECK(service.counts().prepared == 1);
        CHECK(service.counts().warmed_files == 0);
    }
    SUBCASE("one file is gone") {
        prefetch.archive.lose_file(orthanc_id(4));
        auto& service = prefetch.start();
        service.announced(at_h001());
        REQUIRE(service.wait_until_idle(kPatience));
        CHECK(service.counts().warmed_files == 2);
    }
}

TEST_CASE("nothing is prepared for nobody, for two persons, and when it is switched off") {
    Prefetch prefetch;
    SUBCASE("nobody") {
        auto& service = prefetch.start();
        service.announced(at_h001("NOBODY"));
        service.announced({"100", "", "H003", "", "", {}}); // of H001 or of H002
        REQUIRE(service.wait_until_idle(kPatience));
        CHECK(service.counts().nobody == 2);
        CHECK(service.counts().prepared == 0);
    }
    SUBCASE("off") {
        prefetch.services.settings.prefetch.enabled = false;
        auto& service = prefetch.start();
        service.announced(at_h001());
        REQUIRE(service.wait_until_idle(kPatience));
        CHECK(service.counts().announced == 0);
    }
    CHECK(prefetch.logger.lines().empty());
}

TEST_CASE("after a failure the next announcement tries again") {
    Prefetch prefetch;
    prefetch.services.settings.prefetch.push = {{"H001", "PACS1"}};
    prefetch.push.answer = error(ErrorKind::Unreachable, "the PACS does not answer");
    auto& service = prefetch.start();
    service.announced(at_h001());
    REQUIRE(service.wait_until_idle(kPatience));
    CHECK(service.counts().failed == 1);
    REQUIRE(prefetch.logger.lines().size() == 1);
    CHECK(prefetch.logger.lines()[0].ends_with("; then: the PACS does not answer"));
    prefetch.push.answer = {};
    service.announced(at_h001());
    REQUIRE(service.wait_until_idle(kPatience));
    CHECK(service.counts().prepared == 1);
    prefetch.services.readiness.ready = false;
    service.announced({"CARD123", "", "H002", "", "", {}});
    REQUIRE(service.wait_until_idle(kPatience));
    CHECK(service.counts().failed == 2);
}

TEST_CASE("what waits is bounded, the oldest gives way, and stopping waits for nothing") {
    Prefetch prefetch;
    prefetch.services.settings.prefetch.push = {{"H001", "PACS1"}};
    std::promise<void> entered;
    prefetch.push.entered = &entered;
    auto& service = prefetch.start();
    service.announced(at_h001());
    REQUIRE(entered.get_future().wait_for(kPatience) == std::future_status::ready);
    for (std::size_t i = 0; i < service::PrefetchService::kMaxQueue + 3; ++i) {
        service.announced(at_h001("N" + std::to_string(i)));
    }
    CHECK(service.counts().dropped == 3);
    CHECK_FALSE(service.wait_until_idle(0ms));
    // One that was dropped may be announced again.
    service.announced(at_h001("N0"));
    CHECK(service.counts().dropped == 4);
    CHECK(service.counts().repeated == 0);
    service.stop();
    CHECK(service.wait_until_idle(0ms));
    service.announced(at_h001("LATE"));
    CHECK(service.counts().nobody == 0);
    service.stop();
}

TEST_CASE("announcements from many threads") {
    Prefetch prefetch;
    auto& service = prefetch.start();
    std::vector<std::jthread> askers;
    for (int thread = 0; thread < 4; ++thread) {
        askers.emplace_back([&service, thread] {
            for (int i = 0; i < 20; ++i) {
                service.announced(at_h001(i % 2 == 0 ? "CARD123" : "X" + std::to_string(thread)));
            }
        });
    }
    askers.clear();
    REQUIRE(service.wait_until_idle(kPatience));
    const auto counts = service.counts();
    CHECK(counts.announced == 80);
    CHECK(counts.prepared == 1);
    CHECK(counts.prepared + counts.nobody + counts.repeated == 80);
}

TEST_CASE("a question announces its patient when it names one, and its asker's institution is known") {
    service::PriorQuery query;
    query.asker.institution = "H001";
    service::PriorSummary summary;
    summary.answers = 1;
    const auto announced = [&](const std::string& number) {
        query.keys.set(tags::PatientID, number);
        const auto announcement = service::announcement_of(query, summary);
        return announcement ? announcement->patient_id : "none";
    };
    CHECK(announced("CARD123") == "CARD123");
    CHECK(announced("*CARD123*") == "CARD123");
    for (const char* pattern : {"", "*", "**", "CARD*", "C?RD", "*C*D*", "A\\B"}) {
        CHECK(announced(pattern) == "none");
    }
    query.keys.set(tags::ModalitiesInStudy, "CT");
    query.keys.set(tags::BodyPartExamined, "CH*");
    query.keys.set(tags::IssuerOfPatientID, "CARDS");
    announced("CARD123");
    const auto announcement = service::announcement_of(query, summary);
    REQUIRE(announcement);
    CHECK(announcement->modality == "CT");
    CHECK(announcement->body_part.empty());
    CHECK(announcement->issuer == "CARDS");
    CHECK(announcement->institution == "H001");
    summary.answers = 0;
    CHECK(announced("CARD123") == "none");
    summary.answers = 1;
    summary.ambiguous_patient = true;
    CHECK(announced("CARD123") == "none");
    summary.ambiguous_patient = false;
    query.asker.institution.clear();
    CHECK(announced("CARD123") == "none");
}
