// Prepares the next instances on a thread of its own while the present one goes over the wire.
#pragma once

#include "plugin/dimse/prepared_instance.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>

namespace recog::dimse {

/// Bounds of what is held ready: instances, and bytes of their files (one instance is always allowed).
constexpr std::size_t READ_AHEAD_INSTANCES = 8;
constexpr std::uint64_t READ_AHEAD_BYTES = 64U << 20U;

/// take() is called by one thread. The destructor waits for the one call into the source that may be running.
class ReadAhead {
public:
    /// `instances`, `order` (indices into it) and the other references outlive this object.
    ReadAhead(std::span<const StoredInstance> instances, std::span<const std::size_t> order,
              const AcceptedContexts& accepted, bool allow_transcoding, InstanceSource& source);
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    /// The next of `order`; to be called at most once for each.
    PreparedInstance take();

private:
    void run();
    bool full() const;

    std::span<const StoredInstance> instances_;
    std::span<const std::size_t> order_;
    const AcceptedContexts& accepted_;
    const bool allow_transcoding_;
    InstanceSource& source_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<PreparedInstance> ready_;
    std::uint64_t ready_bytes_ = 0;
    bool stopping_ = false;
    std::thread thread_; // last: runs with all of the above
};

} // namespace recog::dimse
