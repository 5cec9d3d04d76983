#include "plugin/port/outbox.hpp"

#include <utility>

namespace recog::port {

bool Outbox::put(Bytes bytes, bool may_wait) {
    std::unique_lock lock(mutex_);
    if (may_wait) {
        changed_.wait(lock, [this] { return closed_ || unsent_ < kMostUnsent; });
    }
    if (closed_) {
        return false;
    }
    if (queued_.empty() || queued_.back().waiter != nullptr) {
        queued_.emplace_back();
    }
    queued_.back().owned.insert(queued_.back().owned.end(), bytes.begin(), bytes.end());
    unsent_ += bytes.size();
    if (!std::exchange(scheduled_, true)) {
        schedule_();
    }
    return true;
}

bool Outbox::put_and_wait(std::vector<Bytes> parts) {
    std::unique_lock lock(mutex_);
    if (closed_) {
        return false;
    }
    int outcome = 0;
    queued_.push_back({{}, std::move(parts), &outcome});
    if (!std::exchange(scheduled_, true)) {
        schedule_();
    }
    changed_.wait(lock, [&outcome] { return outcome != 0; });
    return outcome > 0;
}

std::optional<std::vector<Bytes>> Outbox::take() {
    const std::lock_guard lock(mutex_);
    if (writing_) {
        return std::nullopt;
    }
    if (closed_ || queued_.empty()) {
        scheduled_ = false;
        return std::nullopt;
    }
    writing_ = std::move(queued_.front());
    queued_.pop_front();
    return writing_->waiter != nullptr ? writing_->parts : std::vector<Bytes>{writing_->owned};
}

void Outbox::written(bool ok) {
    {
        const std::lock_guard lock(mutex_);
        if (writing_) {
            unsent_ -= writing_->owned.size();
            if (writing_->waiter != nullptr) {
                *writing_->waiter = ok ? 1 : -1;
            }
            writing_.reset();
        }
    }
    changed_.notify_all();
}

void Outbox::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        for (const Item& item : queued_) {
            if (item.waiter != nullptr) {
                *item.waiter = -1;
            }
        }
        queued_.clear();
        unsent_ = writing_ ? writing_->owned.size() : 0;
    }
    changed_.notify_all();
}

bool Outbox::closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

} // namespace recog::port
