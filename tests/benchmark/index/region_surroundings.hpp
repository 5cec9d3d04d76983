// What questions to the index of a generated region need beside it: its institutions, a day, a readiness.
#pragma once

#include "core/base/date.hpp"
#include "core/identity/domain_resolver.hpp"
#include "core/recognition/rules.hpp"
#include "core/service/readiness.hpp"

#include <chrono>

namespace recog::bench {

/// A day inside the catalogue's validity, in every run the same.
class FixedClock final : public Clock {
public:
    std::chrono::system_clock::time_point now() const override { return today(); }
    Day today() const override { return *parse_day("20251120"); }
};

class AlwaysReady final : public service::Readiness {
public:
    Status wait() override { return {}; }
};

/// The catalogue of dicom-conf, and the hospitals of region_filler.hpp, each of which may do everything.
/// `source`: the top folder of the sources. Configuration errors.
Result<recognition::Rules> region_rules(const std::string& source);

Result<identity::DomainResolver> region_resolver(const recognition::Institutions& institutions);

} // namespace recog::bench
