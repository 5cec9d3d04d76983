#include "plugin/net/operation_threads.hpp"

#include <system_error>

namespace recog::net {

void OperationThreads::stop() {
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

void OperationThreads::post(std::function<void()> task) {
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

void OperationThreads::work() {
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

} // namespace recog::net
