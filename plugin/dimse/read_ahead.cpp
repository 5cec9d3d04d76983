#include "plugin/dimse/read_ahead.hpp"

#include <exception>

namespace recog::dimse {

namespace {

constexpr std::size_t PAGE = 4096;
constexpr std::uint16_t PROCESSING_FAILURE = 0x0110; // PS3.7 annex C

// Faults a mapped file in here, so that the thread that writes to the wire never waits for the disk.
void touch(Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += PAGE) {
        [[maybe_unused]] const volatile std::byte read = bytes[at];
    }
}

} // namespace

bool ReadAheadBudget::take(std::uint64_t bytes, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return used_ == 0 || used_ + bytes <= limit_; })) {
        return false;
    }
    used_ += bytes;
    return true;
}

void ReadAheadBudget::take_anyway(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    used_ += bytes;
}

void ReadAheadBudget::give(std::uint64_t bytes) {
    {
        const std::lock_guard lock(mutex_);
        used_ -= bytes;
    }
    changed_.notify_all();
}

ReadAhead::ReadAhead(InstanceFeed& feed, ReadAheadBudget& budget)
    : feed_(feed), budget_(budget), thread_([this](const std::stop_token& stop) { run(stop); }) {}

ReadAhead::~ReadAhead() {
    thread_.request_stop();
    thread_.join();
    std::vector<std::size_t> left;
    for (const Item& item : ready_) {
        left.push_back(item.index);
    }
    left.insert(left.end(), unused_.begin(), unused_.end());
    ready_.clear();
    budget_.give(held_);
    feed_.give_back(left);
}

bool ReadAhead::wait_for_room(const std::stop_token& stop) {
    std::vector<PreparedInstance> sent; // ends behind the lock
    std::unique_lock lock(mutex_);
    sent.swap(sent_);
    return changed_.wait(lock, stop, [this] {
        return ready_.empty() || (ready_.size() < READ_AHEAD_INSTANCES && held_ < READ_AHEAD_BYTES);
    });
}

bool ReadAhead::reserve(std::uint64_t bytes, const std::stop_token& stop) {
    bool holds_nothing = false;
    {
        const std::lock_guard lock(mutex_);
        holds_nothing = ready_.empty();
    }
    if (holds_nothing) {
        budget_.take_anyway(bytes);
    } else if (!budget_.take(bytes, stop)) {
        return false;
    }
    const std::lock_guard lock(mutex_);
    held_ += bytes;
    return true;
}

PreparedInstance ReadAhead::prepare(std::size_t index) const {
    try {
        PreparedInstance prepared = feed_.prepare(index);
        for (const Bytes part : prepared.data_set) {
            touch(part);
        }
        return prepared;
    } catch (const std::exception&) {
        PreparedInstance failed;
        failed.status = PROCESSING_FAILURE;
        failed.reason = "There was not enough memory to read or transcode an instance";
        return failed;
    }
}

void ReadAhead::run(const std::stop_token& stop) {
    while (wait_for_room(stop)) {
        const auto index = feed_.next(stop);
        if (!index) {
            break;
        }
        const std::uint64_t bytes = feed_.size(*index);
        if (!reserve(bytes, stop)) {
            unused_.push_back(*index);
            break;
        }
        Item item{*index, prepare(*index), bytes};
        const std::lock_guard lock(mutex_);
        ready_.push_back(std::move(item));
        changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
}

std::optional<ReadAhead::Item> ReadAhead::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over_ || !ready_.empty(); });
    if (ready_.empty()) {
        return std::nullopt;
    }
    Item item = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return item;
}

void ReadAhead::done(Item item) {
    {
        const std::lock_guard lock(mutex_);
        held_ -= item.bytes;
        sent_.push_back(std::move(item.prepared));
        changed_.notify_all();
    }
    budget_.give(item.bytes);
}

} // namespace recog::dimse
