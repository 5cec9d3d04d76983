// A few threads that store instances, for all requests together.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace recog::service {

/// Threads are made when they are needed and kept. What comes beyond waits in line, first come first served:
/// a StoreBatch keeps one request from filling the line. Thread-safe.
class StoreThreads {
public:
    explicit StoreThreads(std::size_t most) : most_(most) {}
    /// Runs what waits.
    ~StoreThreads();
    StoreThreads(const StoreThreads&) = delete;
    StoreThreads& operator=(const StoreThreads&) = delete;

    /// `task` must not throw.
    void post(std::function<void()> task);

private:
    void work();

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::function<void()>> waiting_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

/// The tasks of one request: at most `most` at a time, running or in line.
class StoreBatch {
public:
    StoreBatch(StoreThreads& threads, std::size_t most) : threads_(threads), most_(most) {}
    ~StoreBatch() { wait(); }
    StoreBatch(const StoreBatch&) = delete;
    StoreBatch& operator=(const StoreBatch&) = delete;

    /// Waits for a place. `task` must not throw.
    void run(std::function<void()> task);
    /// Until all have been run.
    void wait();

private:
    StoreThreads& threads_;
    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t open_ = 0;
};

} // namespace recog::service
