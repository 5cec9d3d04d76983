// The services over a real store with the small region, for tests of what stands above them.
#pragma once

#include "core/index/index_writer.hpp"
#include "core/index/schema.hpp"
#include "core/service/prior_service.hpp"
#include "tests/contract/instance_builder.hpp"
#include "tests/core/service/region.hpp"

#include <memory>
#include <string>
#include <vector>

namespace recog::test {

class RegionClock final : public Clock {
public:
    std::chrono::system_clock::time_point now() const override { return today_; }
    Day today() const override { return today_; }

private:
    Day today_ = *parse_day("20240620");
};

class RegionReadiness final : public service::Readiness {
public:
    Status wait() override { return ready ? Status() : Status(error(ErrorKind::Unavailable, "not ready")); }
    bool ready = true;
};

class RegionServices {
public:
    RegionServices() : database(make_database(folder.path())), readers(*database, 4) {
        auto connection = expect_ok(database->connect());
        expect_ok(index::prepare_schema(*connection));
        writer = std::make_unique<index::IndexWriter>(std::move(connection));
    }
    void store(const std::vector<index::IndexEvent>& events) { expect_ok(writer->apply(events)); }

    TemporaryFolder folder;
    std::unique_ptr<index::Database> database;
    index::ReaderPool readers;
    std::unique_ptr<index::IndexWriter> writer;
    RegionReadiness readiness;
    recognition::Rules rules = region_rules();
    identity::DomainResolver resolver = region_resolver(rules.institutions());
    RegionClock clock;
    service::Settings settings;
    service::PriorService priors{{readers, readiness, resolver, rules, clock, settings}};
};

/// One study with one image of a patient at a hospital.
inline InstanceBuilder study_of(std::uint32_t number, const std::string& hospital, const std::string& id,
                                const std::string& name) {
    const std::string uid = "4." + std::to_string(number);
    InstanceBuilder builder(number, uid, uid + ".1", uid + ".1.1");
    builder.patient(id, name, "19800101").date("202406" + std::to_string(10 + number % 10));
    builder.patient_value(tags::IssuerOfPatientID, hospital);
    return builder.local(hospital, id).at(hospital);
}

} // namespace recog::test
