#include "core/base/task_threads.hpp"

#include <pthread.h>

#include <future>
#include <memory>
#include <system_error>

namespace recog {

namespace {

constexpr std::size_t kMaxNameBytes = 15; // pthread_setname_np(3)

} // namespace

void TaskThreads::stop() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        threads.swap(threads_);
    }
    arrived_.notify_all();
    for (std::thread& thread : threads) {
        thread.join();
    }
}

void TaskThreads::post(std::function<void()> task) {
    {
        std::unique_lock lock(mutex_);
        if (stopping_) {
            lock.unlock();
            task();
            return;
        }
        waiting_.push_back(std::move(task));
        if (idle_ < waiting_.size() && threads_.size() < most_) {
            try {
                threads_.emplace_back([this] { work(); });
            } catch (const std::system_error&) {
                // The system has no more threads: those there are will do it, later.
                if (threads_.empty()) {
                    waiting_.pop_back();
                    throw;
                }
            }
        }
    }
    arrived_.notify_one();
}

void TaskThreads::run(const std::function<void()>& task) {
    // Owned by both sides: the caller may be gone before the thread has let go of it.
    const auto job = std::make_shared<std::packaged_task<void()>>(std::cref(task));
    post([job] { (*job)(); });
    job->get_future().get();
}

void TaskThreads::work() {
    if (!name_.empty()) {
        pthread_setname_np(pthread_self(), name_.substr(0, kMaxNameBytes).c_str());
    }
    std::unique_lock lock(mutex_);
    while (true) {
        ++idle_;
        arrived_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
        --idle_;
        if (waiting_.empty()) {
            return;
        }
        std::function<void()> task = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        task();
        task = nullptr; // what it keeps alive may be slow to end
        lock.lock();
    }
}

} // namespace recog
