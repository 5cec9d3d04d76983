#include "core/service/store_batch.hpp"

namespace recog::service {

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
