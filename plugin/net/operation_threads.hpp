// The threads that run the requests of a listener.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace recog::net {

/// Threads are made when all others are busy, up to a bound, and kept. What comes beyond waits in line.
/// Thread-safe.
class OperationThreads {
public:
    explicit OperationThreads(std::size_t most) : most_(most) {}
    ~OperationThreads() { stop(); }
    OperationThreads(const OperationThreads&) = delete;
    OperationThreads& operator=(const OperationThreads&) = delete;

    /// `task` must not throw. After stop() it runs in the caller's thread: what waits for the end of others
    /// may have to end itself still.
    void post(std::function<void()> task);
    /// Runs what waits, and waits for it.
    void stop();

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

} // namespace recog::net
