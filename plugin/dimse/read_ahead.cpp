#include "plugin/dimse/read_ahead.hpp"

#include <exception>

namespace recog::dimse {

namespace {

constexpr std::size_t PAGE = 4096;

// Faults a mapped file in here, so that the thread that writes to the wire never waits for the disk.
void touch(Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += PAGE) {
        [[maybe_unused]] const volatile std::byte read = bytes[at];
    }
}

PreparedInstance prepare(const StoredInstance& instance, const AcceptedContexts& accepted,
                         bool allow_transcoding, InstanceSource& source) {
    try {
        PreparedInstance prepared = prepare_instance(instance, accepted, allow_transcoding, source);
        touch(prepared.data_set);
        return prepared;
    } catch (const std::exception&) {
        PreparedInstance failed;
        failed.status = 0x0110;
        failed.reason = "There was not enough memory to read or transcode an instance";
        return failed;
    }
}

} // namespace

ReadAhead::ReadAhead(std::span<const StoredInstance> instances, std::span<const std::size_t> order,
                     const AcceptedContexts& accepted, bool allow_transcoding, InstanceSource& source)
    : instances_(instances), order_(order), accepted_(accepted), allow_transcoding_(allow_transcoding),
      source_(source), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool ReadAhead::full() const {
    return ready_.size() >= READ_AHEAD_INSTANCES || (!ready_.empty() && ready_bytes_ >= READ_AHEAD_BYTES);
}

void ReadAhead::run() {
    for (const std::size_t index : order_) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !full(); });
            if (stopping_) {
                return;
            }
        }
        PreparedInstance prepared = prepare(instances_[index], accepted_, allow_transcoding_, source_);
        {
            const std::lock_guard lock(mutex_);
            ready_bytes_ += prepared.data_set.size();
            ready_.push_back(std::move(prepared));
        }
        changed_.notify_all();
    }
}

PreparedInstance ReadAhead::take() {
    PreparedInstance prepared;
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !ready_.empty(); });
        prepared = std::move(ready_.front());
        ready_.pop_front();
        ready_bytes_ -= prepared.data_set.size();
    }
    changed_.notify_all();
    return prepared;
}

} // namespace recog::dimse
