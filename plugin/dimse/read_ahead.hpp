// Prepares the next instances on a thread of its own while the present one goes over the wire.
#pragma once

#include "plugin/dimse/send_request.hpp"

#include <thread>

namespace recog::dimse {

/// Bounds of what is held ready for one association: instances, and bytes of their files (one instance is
/// always allowed).
constexpr std::size_t READ_AHEAD_INSTANCES = 8;
constexpr std::uint64_t READ_AHEAD_BYTES = 64U << 20U;

/// Bytes held ready over all associations. Any thread may call any method.
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

/// take() is called by one thread. The destructor waits for the one call into the source that may be running,
/// and gives what was not taken back to the request.
class ReadAhead {
public:
    struct Item {
        std::size_t index = 0;
        PreparedInstance prepared;
        std::uint64_t bytes = 0; ///< of the budget
    };

    /// The references outlive this object. `fresh`: the association has carried nothing yet.
    ReadAhead(SendRequest& request, std::size_t plan, bool fresh, const AcceptedContexts& accepted,
              ReadAheadBudget& budget);
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    /// The next instance of the plan; nothing when none is left.
    std::optional<Item> take();
    /// The bytes of an item that was taken are of no more use.
    void done(const Item& item);

private:
    void run(const std::stop_token& stop);
    bool wait_for_room(const std::stop_token& stop);
    bool reserve(std::uint64_t bytes, const std::stop_token& stop);
    PreparedInstance prepare(std::size_t index) const;

    SendRequest& request_;
    const std::size_t plan_;
    bool fresh_; ///< the thread's
    const AcceptedContexts& accepted_;
    ReadAheadBudget& budget_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Item> ready_;
    std::vector<std::size_t> unused_; ///< taken from the request, not prepared
    std::uint64_t held_ = 0;          ///< of the budget: ready, and taken but not done
    bool over_ = false;
    std::jthread thread_; // last: runs with all of the above
};

} // namespace recog::dimse
