// Instances that come while questions are asked: a queue and one writer, as core/service/ingest has them, and
// a readiness that waits for what was told before the question, as the node's.
#pragma once

#include "core/index/index_writer.hpp"
#include "core/service/readiness.hpp"
#include "tests/benchmark/index/region_filler.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace recog::bench {

class Storing final : public service::Readiness {
public:
    /// Tells `per_second` new instances a second, one by one, from now until stop(): slices of studies of
    /// 300.
    Storing(index::IndexWriter& writer, const Region& region, int per_second);
    ~Storing() override;

    Status wait() override;
    /// Writes what is left. How many instances came.
    std::uint64_t stop();
    /// Removes them again.
    void remove_all();

private:
    void tell(int per_second);
    void write();

    index::IndexWriter& writer_;
    const Region& region_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable written_;
    std::deque<index::IndexEvent> queue_;
    std::vector<std::string> told_;
    std::uint64_t pushed_ = 0;
    std::uint64_t done_ = 0;
    bool stopping_ = false;
    std::thread telling_;
    std::thread writing_;
};

} // namespace recog::bench
