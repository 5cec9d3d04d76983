// Prepares the next instances on a thread of its own while the present one goes over the wire: for C-STORE to
// a destination (C-MOVE, pre-fetch) and over the asker's own association (C-GET).
#pragma once

#include "plugin/dimse/prepared_instance.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace recog::dimse {

/// Bounds of what is held ready for one association: instances, and bytes of their files (one instance is
/// always allowed).
constexpr std::size_t READ_AHEAD_INSTANCES = 8;
constexpr std::uint64_t READ_AHEAD_BYTES = 64U << 20U;

/// Bytes held ready over all associations that share it. Any thread may call any method.
class ReadAheadBudget {
public:
    explicit ReadAheadBudget(std::uint64_t limit) : limit_(limit) {}

    /// Waits until `bytes` more fit, or are the only ones. False when `stop` is requested.
    bool take(std::uint64_t bytes, const std::stop_token& stop);
    /// Whoever holds nothing may go on: else a few large files could stop everybody.
    void take_anyway(std::uint64_t bytes);
    void give(std::uint64_t bytes);

private:
    const std::uint64_t limit_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t used_ = 0;
};

/// What is to be sent over one association. Called from the thread of ReadAhead; give_back() behind its end.
class InstanceFeed {
public:
    virtual ~InstanceFeed() = default;
    /// Names the next instance; nothing when none is left or `stop` is requested. May block until then.
    virtual std::optional<std::size_t> next(const std::stop_token& stop) = 0;
    /// Bytes of its file.
    virtual std::uint64_t size(std::size_t index) const = 0;
    /// May throw for want of memory: the instance fails then.
    virtual PreparedInstance prepare(std::size_t index) = 0;
    /// Named by next(), but not taken.
    virtual void give_back(const std::vector<std::size_t>& indices) = 0;
};

/// take() is called by one thread. The destructor waits for the one call into the feed that may be running,
/// and gives what was not taken back to it.
class ReadAhead {
public:
    struct Item {
        std::size_t index = 0;
        PreparedInstance prepared;
        std::uint64_t bytes = 0; ///< of the budget
    };

    /// The references outlive this object.
    ReadAhead(InstanceFeed& feed, ReadAheadBudget& budget);
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    /// The next instance of the feed; nothing when none is left.
    std::optional<Item> take();
    /// An item that was taken has been sent. It is let go of on the thread that reads: to end a mapping takes
    /// a while that the other side would wait.
    void done(Item item);

private:
    void run(const std::stop_token& stop);
    bool wait_for_room(const std::stop_token& stop);
    bool reserve(std::uint64_t bytes, const std::stop_token& stop);
    PreparedInstance prepare(std::size_t index) const;

    InstanceFeed& feed_;
    ReadAheadBudget& budget_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Item> ready_;
    std::vector<PreparedInstance> sent_;
    std::vector<std::size_t> unused_; ///< named by the feed, not prepared
    std::uint64_t held_ = 0;          ///< of the budget: ready, and taken but not done
    bool over_ = false;
    std::jthread thread_; // last: runs with all of the above
};

} // namespace recog::dimse
