#include "plugin/orthanc/worker_threads.hpp"

#include <exception>
#include <future>

namespace recog::orthanc {

struct WorkerThreads::Job {
    const std::function<void()>& task;
    std::promise<void> done;
};

WorkerThreads::~WorkerThreads() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void WorkerThreads::run(const std::function<void()>& task) {
    Job job{task, {}};
    auto done = job.done.get_future();
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(&job);
        if (idle_ < waiting_.size() && threads_.size() < kMost) {
            threads_.emplace_back([this] { work(); });
        }
    }
    arrived_.notify_one();
    done.get();
}

void WorkerThreads::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        ++idle_;
        arrived_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
        --idle_;
        if (waiting_.empty()) {
            return;
        }
        Job* const job = waiting_.front();
        waiting_.pop_front();
        lock.unlock();
        // The job goes with its waiter, so nothing of it is touched once its promise is kept.
        try {
            job->task();
            job->done.set_value();
        } catch (...) {
            job->done.set_exception(std::current_exception());
        }
        lock.lock();
    }
}

} // namespace recog::orthanc
