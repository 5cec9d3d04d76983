#include "plugin/access_refresher.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace recog {

AccessRefresher::AccessRefresher(Read read, PortAccess& access, Logger& logger, RefreshPauses pauses)
    : read_(std::move(read)), access_(access), logger_(logger), pauses_(pauses) {}

void AccessRefresher::start() {
    refresh();
    thread_ = std::thread([this] { follow(); });
}

void AccessRefresher::wake() {
    {
        const std::lock_guard lock(mutex_);
        wanted_ = true;
    }
    changed_.notify_all();
}

void AccessRefresher::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void AccessRefresher::follow() {
    std::unique_lock lock(mutex_);
    const auto called = [this] { return wanted_ || stopping_; };
    while (!stopping_) {
        pause_ ? void(changed_.wait_for(lock, *pause_, called)) : changed_.wait(lock, called);
        if (stopping_) {
            return;
        }
        wanted_ = false;
        lock.unlock();
        refresh();
        lock.lock();
    }
}

Result<AccessTable> AccessRefresher::read() const {
    try {
        return read_();
    } catch (const std::exception&) { // no memory, for one
        return error(ErrorKind::Internal, "an internal error");
    }
}

void AccessRefresher::refresh() {
    auto table = read();
    if (table) {
        access_.set_table(*std::move(table));
        if (std::exchange(pause_, std::nullopt)) {
            logger_.warning("Who may ask on the query/retrieve port is known again");
        }
        return;
    }
    pause_ = pause_ ? std::min(2 * *pause_, pauses_.longest) : pauses_.first;
    logger_.error("Who may ask on the query/retrieve port cannot be read and is asked for again in " +
                  std::to_string(pause_->count()) + " ms: " + table.failure().text);
}

} // namespace recog
