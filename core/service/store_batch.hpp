// The instances of one request that are being stored.
#pragma once

#include "core/base/task_threads.hpp"

namespace recog::service {

/// The tasks of one request: at most `most` at a time, running or in line, so that one request does not fill
/// the line of the threads that all requests share.
class StoreBatch {
public:
    StoreBatch(TaskThreads& threads, std::size_t most) : threads_(threads), most_(most) {}
    ~StoreBatch() { wait(); }
    StoreBatch(const StoreBatch&) = delete;
    StoreBatch& operator=(const StoreBatch&) = delete;

    /// Waits for a place. `task` must not throw.
    void run(std::function<void()> task);
    /// Until all have been run.
    void wait();

private:
    TaskThreads& threads_;
    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t open_ = 0;
};

} // namespace recog::service
