#include "core/service/store_threads.hpp"

namespace recog::service {

StoreThreads::~StoreThreads() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void StoreThreads::post(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(task));
        if (idle_ < waiting_.size() && threads_.size() < most_) {
            threads_.emplace_back([this] { work(); });
        }
    }
    arrived_.notify_one();
}

void StoreThreads::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        arrived_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
        --idle_;
        if (waiting_.empty()) {
            return;
        }
        const std::function<void()> task = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        task();
        lock.lock();
    }
}

void StoreBatch::run(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return open_ < most_; });
    ++open_;
    lock.unlock();
    threads_.post([this, task = std::move(task)] {
        task();
        // Under the lock: once it is released, the waiter may take the batch away.
        const std::lock_guard ended(mutex_);
        --open_;
        ended_.notify_all();
    });
}

void StoreBatch::wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return open_ == 0; });
}

} // namespace recog::service
