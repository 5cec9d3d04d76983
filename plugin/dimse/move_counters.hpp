// Truthful C-MOVE counters through a plugin interface that has none.
//
// Orthanc 1.10.1 and 1.12.7 call the plugin once for each sub-operation and derive every number from that:
// Completed is the number of the call, Remaining is the total less Completed, and the first call that fails
// ends the move with status B000 and Failed = 1. So the answers of step() are not those of single
// sub-operations. With S stored and F failed of N:
//
//   F = 0          every step succeeds                Completed N, Failed 0                   all true
//   S > 0, F > 0   step S fails, those before succeed Completed S, Failed 1, Remaining F     Failed is true
//   if F = 1 S = 0          the first step fails               Completed 1, Failed 1, Remaining N - 1  true
//   is 0, N, 0
//
// What cannot be had: Failed above 1, Completed = 0, the Warning counter (an instance stored with status Bxxx
// counts as completed), the Failed SOP Instance UID List, status A702 when all failed. The log has the true
// numbers. A step that may turn out to be the last successful one has to wait until one more success, or the
// end, is known; that delays each pending response by at most one sub-operation.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace recog::dimse {

/// record() and finish() are called by the sender's thread, step() by Orthanc's.
class MoveCounters {
public:
    enum class Step { Continue, Failed };

    explicit MoveCounters(std::size_t total) : total_(total), over_(total == 0) {}

    /// One sub-operation has its result.
    void record(bool stored) {
        const std::lock_guard lock(mutex_);
        (stored ? stored_ : failed_) += 1;
        over_ = over_ || stored_ + failed_ >= total_;
        changed_.notify_all();
    }

    /// There will be no further results: what has none has failed.
    void finish() {
        const std::lock_guard lock(mutex_);
        failed_ = total_ > stored_ ? total_ - stored_ : 0;
        over_ = true;
        changed_.notify_all();
    }

    /// Blocks until the answer to the next call is certain.
    Step step() {
        std::unique_lock lock(mutex_);
        const std::size_t call = ++calls_;
        changed_.wait(lock, [&] { return over_ || stored_ > call; });
        if (failed_ == 0 || stored_ > call) {
            return Step::Continue;
        }
        // Reached only when all is over: a failure before the end does not let the wait return.
        return Step::Failed;
    }

    /// Blocks until all sub-operations have their results.
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return over_; });
    }

    bool over() const {
        const std::lock_guard lock(mutex_);
        return over_;
    }

private:
    const std::size_t total_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t stored_ = 0;
    std::size_t failed_ = 0;
    std::size_t calls_ = 0;
    bool over_;
};

} // namespace recog::dimse
