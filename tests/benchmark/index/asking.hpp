// The questions that are measured, and how long they take.
#pragma once

#include "core/service/report_service.hpp"
#include "core/service/retrieve_service.hpp"
#include "tests/benchmark/index/region_filler.hpp"

#include <functional>
#include <string>
#include <vector>

namespace recog::bench {

/// Microseconds.
struct Timing {
    std::string name;
    double p50 = 0;
    double p99 = 0;
    double mean = 0;
    double most = 0;
    double cpu = 0;        ///< p50 of the asking thread's processor time, which other programs do not disturb
    double answers = 0;    ///< of one question
    double per_second = 0; ///< of all threads
};

/// What was measured of a row of questions.
struct Samples {
    std::vector<double> times; ///< microseconds
    std::vector<double> cpu;   ///< microseconds of processor
    std::uint64_t answers = 0;
    double seconds = 0; ///< all together
};

Timing timing_of(const std::string& name, Samples samples);

service::PriorQuery by_card(std::uint64_t person, bool verdict);

/// One thread.
class Asking {
public:
    Asking(const service::PriorService& priors, service::Archive& archive, const Region& region,
           std::size_t repeat)
        : priors_(priors), retrieve_(priors), reports_(priors, archive), region_(region), repeat_(repeat) {}

    /// Questions of which few rows can be the answer: complete answers.
    std::vector<Timing> narrow() const;
    /// Until the first answer.
    std::vector<Timing> broad() const;
    /// By card alone, the first `count` persons of a list that no other measurement uses.
    Timing cards(const std::string& name, std::size_t count) const;
    Timing selection(const std::string& name, const std::string& study_uid, std::size_t count) const;

private:
    using Ask = std::function<std::uint64_t(std::uint64_t n)>;
    Timing measure(const std::string& name, std::size_t count, const Ask& ask) const;
    Ask found(const std::function<service::PriorQuery(std::uint64_t)>& make) const;
    Ask first(const std::function<service::PriorQuery(std::uint64_t)>& make) const;

    const service::PriorService& priors_;
    service::RetrieveService retrieve_;
    service::ReportService reports_;
    const Region& region_;
    std::size_t repeat_;
};

/// Questions by card from `threads` threads at once, for some seconds.
Timing ask_at_once(const service::PriorService& priors, const Region& region, const std::string& name,
                   std::size_t threads, double seconds);

} // namespace recog::bench
