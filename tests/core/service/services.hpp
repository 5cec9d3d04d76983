// The services over a real store of this test with the small region, and instances to fill it: for tests of
// the services and of what stands above them.
#pragma once

#include "core/index/index_writer.hpp"
#include "core/index/schema.hpp"
#include "core/service/retrieve_service.hpp"
#include "tests/contract/instance_builder.hpp"
#include "tests/core/service/region.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace recog::test {

class FixedClock final : public Clock {
public:
    std::chrono::system_clock::time_point now() const override {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    Day today() const override { return std::chrono::floor<std::chrono::days>(now()); }
    void set(const char* yyyymmdd) {
        const std::lock_guard lock(mutex_);
        now_ = *parse_day(yyyymmdd);
    }
    void advance(std::chrono::minutes minutes) {
        const std::lock_guard lock(mutex_);
        now_ += minutes;
    }

private:
    mutable std::mutex mutex_;
    std::chrono::system_clock::time_point now_ = *parse_day("20240620");
};

class SwitchedReadiness final : public service::Readiness {
public:
    Status wait() override { return ready ? Status() : Status(error(ErrorKind::Unavailable, "not ready")); }
    std::atomic<bool> ready = true;
};

class Services {
public:
    Services() : database(make_database(folder.path())), readers(*database, 4) {
        auto connection = expect_ok(database->connect());
        expect_ok(index::prepare_schema(*connection));
        writer = std::make_unique<index::IndexWriter>(std::move(connection));
    }
    void store(const std::vector<index::IndexEvent>& events) { expect_ok(writer->apply(events)); }

    TemporaryFolder folder;
    std::unique_ptr<index::Database> database;
    index::ReaderPool readers;
    std::unique_ptr<index::IndexWriter> writer;
    SwitchedReadiness readiness;
    recognition::Rules rules = region_rules();
    identity::DomainResolver resolver = region_resolver(rules.institutions());
    FixedClock clock;
    service::Settings settings;
    service::PriorService priors{{readers, readiness, resolver, rules, clock, settings}};
    service::RetrieveService retrieve{priors};
};

/// Study 4.<number> of one CT image, made at `hospital`, which is the issuer of `id` too.
inline InstanceBuilder study(std::uint32_t number, const std::string& hospital, const std::string& id,
                             const std::string& name = "Wang^Wu=王^五") {
    const std::string uid = "4." + std::to_string(number);
    InstanceBuilder builder(number, uid, uid + ".1", uid + ".1.1");
    builder.patient(id, name, "19800101").date("202406" + std::to_string(10 + number % 10));
    builder.patient_value(tags::IssuerOfPatientID, hospital);
    const bool placeholder = id == "0";
    builder.identifier(identity::local_domain(hospital), id, placeholder);
    return builder.at(hospital);
}

} // namespace recog::test
