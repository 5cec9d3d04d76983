#include "core/index/index_reader.hpp"

namespace recog::index {

Result<ReaderPool::Lease> ReaderPool::take() {
    std::unique_lock lock(mutex_);
    available_.wait(lock, [this] { return !free_.empty() || opened_ < most_; });
    if (!free_.empty()) {
        auto connection = std::move(free_.back());
        free_.pop_back();
        return Lease(*this, std::move(connection));
    }
    ++opened_;
    lock.unlock();
    auto made = database_.connect();
    if (!made) {
        lock.lock();
        --opened_;
        available_.notify_one();
        return made.failure();
    }
    return Lease(*this, *std::move(made));
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
    connection->rollback();
    static_cast<void>(connection->take_failure());
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(connection));
    available_.notify_one();
}

} // namespace recog::index
