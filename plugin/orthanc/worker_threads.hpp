// Threads with a stack of the usual size. Orthanc's HTTP server (civetweb) gives its own threads 100 KiB,
// which a data set of fifty nested sequences overruns.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace recog::orthanc {

/// Threads are made when all others are busy, up to kMost, and kept. Thread-safe.
class WorkerThreads {
public:
    static constexpr std::size_t kMost = 64;

    ~WorkerThreads();

    /// Runs `task` on one of the threads and waits for it; throws on what it threw.
    void run(const std::function<void()>& task);

private:
    struct Job;
    void work();

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Job*> waiting_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace recog::orthanc
