// What a node has round its index, for benchmarks: rules, a resolver of numbers, a clock, and what must hold.
#pragma once

#include "core/identity/domain_resolver.hpp"
#include "core/service/prior_service.hpp"
#include "tests/benchmark/index/program.hpp"

#include <string>

namespace recog::bench {

template <typename T> T must(Result<T> result) {
    if (!result) {
        stop(result.failure().text);
    }
    return std::move(result).value();
}

inline void must(const Status& status) {
    if (!status) {
        stop(status.failure().text);
    }
}

class FixedClock final : public Clock {
public:
    std::chrono::system_clock::time_point now() const override { return today(); }
    Day today() const override { return *parse_day("20251120"); }
};

class AlwaysReady final : public service::Readiness {
public:
    Status wait() override { return {}; }
};

/// The sample catalogue, and the hospitals of region_filler.hpp.
recognition::Rules make_rules();
identity::DomainResolver make_resolver(const recognition::Institutions& institutions);

/// A table "key value" of /proc/self/status, in MiB: VmRSS, VmHWM.
double memory_mib(const std::string& key);

} // namespace recog::bench
