#include "plugin/port/outbox.hpp"

#include <utility>

namespace recog::port {

bool Outbox::put(Bytes bytes, bool may_wait) {
    std::unique_lock lock(mutex_);
    if (may_wait) {
        changed_.wait(lock, [this] { return finished_ || unsent_ < kMostUnsent; });
    }
    if (finished_) {
        return false;
    }
    append(bytes);
    return true;
}

void Outbox::append(Bytes bytes) {
    if (queued_.empty() || queued_.back().ticket != nullptr) {
        queued_.emplace_back();
    }
    queued_.back().owned.insert(queued_.back().owned.end(), bytes.begin(), bytes.end());
    unsent_ += bytes.size();
    if (!std::exchange(scheduled_, true)) {
        schedule_();
    }
}

bool Outbox::put_parts(std::vector<Bytes> parts, Ticket& ticket) {
    const std::lock_guard lock(mutex_);
    if (finished_) {
        return false;
    }
    queued_.push_back({{}, std::move(parts), &ticket});
    if (!std::exchange(scheduled_, true)) {
        schedule_();
    }
    return true;
}

bool Outbox::wait(const Ticket& ticket) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&ticket] { return ticket.outcome_ != 0; });
    return ticket.outcome_ > 0;
}

bool Outbox::done(const Ticket& ticket) const {
    const std::lock_guard lock(mutex_);
    return ticket.outcome_ != 0;
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
    return writing_->ticket != nullptr ? writing_->parts : std::vector<Bytes>{writing_->owned};
}

void Outbox::written(bool ok) {
    {
        const std::lock_guard lock(mutex_);
        if (writing_) {
            unsent_ -= writing_->owned.size();
            if (writing_->ticket != nullptr) {
                writing_->ticket->outcome_ = ok ? 1 : -1;
            }
            writing_.reset();
        }
    }
    changed_.notify_all();
}

void Outbox::drop_queued() {
    for (const Item& item : queued_) {
        if (item.ticket != nullptr) {
            item.ticket->outcome_ = -1;
        }
    }
    queued_.clear();
    unsent_ = writing_ ? writing_->owned.size() : 0;
}

void Outbox::finish(Bytes last, bool drop_others) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(finished_, true)) {
            return;
        }
        if (drop_others) {
            drop_queued();
        }
        append(last);
    }
    changed_.notify_all();
}

void Outbox::close() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
        closed_ = true;
        drop_queued();
    }
    changed_.notify_all();
}

bool Outbox::closed() const {
    const std::lock_guard lock(mutex_);
    return finished_;
}

std::size_t Outbox::unsent() const {
    const std::lock_guard lock(mutex_);
    return unsent_;
}

} // namespace recog::port
