// Threads that run tasks for many callers: requests of a port, what is stored, what Orthanc's HTTP threads
// hand over.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace recog {

/// Threads are made when all others are busy, up to a bound, and kept. What comes beyond waits in line, first
/// come first served; the line has no bound of its own: whoever posts bounds what it posts. Every thread has
/// the stack that the system gives (RLIMIT_STACK, 8 MiB as a rule), whoever posts: Orthanc's HTTP server
/// (civetweb) gives its own threads 100 KiB, which a data set of fifty nested sequences overruns.
/// Thread-safe.
class TaskThreads {
public:
    /// `name` is shown by ps and gdb, 15 bytes of it; empty: that of the thread that posts.
    explicit TaskThreads(std::size_t most, std::string name = {}) : most_(most), name_(std::move(name)) {}
    ~TaskThreads() { stop(); }
    TaskThreads(const TaskThreads&) = delete;
    TaskThreads& operator=(const TaskThreads&) = delete;

    /// `task` must not throw. Throws std::system_error when the system has not even one thread for it; it is
    /// not run then.
    void post(std::function<void()> task);
    /// Runs `task` on one of the threads and waits for it; throws on what it threw, and what post() throws.
    /// Not to be called by a task of the same threads, which might wait for itself.
    void run(const std::function<void()>& task);
    /// Runs what waits, and waits for it. Nothing may be posted any more.
    void stop();

private:
    void work();

    const std::size_t most_;
    const std::string name_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::function<void()>> waiting_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace recog
