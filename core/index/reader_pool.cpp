#include "core/index/reader_pool.hpp"

#include <algorithm>

namespace recog::index {

bool ReaderPool::has_room(Use use) const {
    const std::size_t most_long = std::max<std::size_t>(1, most_ / 2);
    return in_use_ < most_ && (use == Use::Short || long_uses_ < most_long);
}

void ReaderPool::occupy(Use use) {
    ++in_use_;
    long_uses_ += use == Use::Long ? 1U : 0U;
}

void ReaderPool::vacate(Use use) {
    --in_use_;
    long_uses_ -= use == Use::Long ? 1U : 0U;
    serve_waiting();
}

/// Who came first, but for long searches that have their share already. The place is taken for the waiter, so
/// that nobody who comes later slips in between.
void ReaderPool::serve_waiting() {
    const auto next = std::find_if(waiting_.begin(), waiting_.end(),
                                   [this](const Waiter* one) { return has_room(one->use); });
    if (next != waiting_.end()) {
        Waiter* const waiter = *next;
        waiting_.erase(next);
        occupy(waiter->use);
        waiter->served = true;
        waiter->turn.notify_one();
    }
}

Result<ReaderPool::Lease> ReaderPool::take(Use use, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const bool nobody_before = std::none_of(waiting_.begin(), waiting_.end(),
                                            [this](const Waiter* one) { return has_room(one->use); });
    if (has_room(use) && nobody_before) {
        occupy(use);
    } else {
        Waiter waiter{use, false, {}};
        waiting_.push_back(&waiter);
        if (!waiter.turn.wait(lock, stop, [&waiter] { return waiter.served; })) {
            std::erase(waiting_, &waiter);
            return error(ErrorKind::Unavailable, "the question was given up before its turn came");
        }
    }
    if (!free_.empty()) {
        auto connection = std::move(free_.back());
        free_.pop_back();
        return Lease(*this, use, std::move(connection));
    }
    lock.unlock();
    auto made = database_.connect();
    if (!made) {
        lock.lock();
        vacate(use);
        return made.failure();
    }
    return Lease(*this, use, *std::move(made));
}

void ReaderPool::give_back(Use use, std::unique_ptr<Connection> connection) {
    connection->rollback();
    static_cast<void>(connection->take_failure());
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(connection));
    vacate(use);
}

} // namespace recog::index
