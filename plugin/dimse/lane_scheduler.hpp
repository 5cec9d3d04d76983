// Which request gets the next association to which destination, and the associations kept for later. Decides
// only: sender threads ask it, and do all that waits for the network outside its lock.
#pragma once

#include "plugin/dimse/send_request.hpp"

#include <functional>
#include <map>
#include <tuple>

namespace recog::dimse {

/// A destination that did not accept an association is given no more at once than it had, for so long.
constexpr std::chrono::minutes REMEMBER_LIMIT{5};
/// How long an association may take to open while others of ours are open there: a receiver that serves one
/// at a time leaves further ones in its backlog.
constexpr std::chrono::milliseconds BESIDE_OTHERS_LIMIT{1500};
/// So long one that is being opened is left alone when another is free.
constexpr std::chrono::milliseconds OPENING_PATIENCE{200};
/// A destination from which nothing has been heard for so long takes no association away from others.
constexpr std::chrono::milliseconds SILENCE{1000};
/// How many associations there may be, in SendLimits::associations: as many again to silent destinations.
constexpr std::size_t WITH_SILENT = 2;

/// Any thread may call any method.
class LaneScheduler {
public:
    using Clock = std::chrono::steady_clock;
    using Connections = std::vector<std::unique_ptr<Connection>>;

    /// A destination as its receiver sees it.
    struct Lane;
    /// A request among the lanes.
    struct Job;
    /// Leave to use one association.
    struct Grant {
        Job* job = nullptr;
        Lane* lane = nullptr;
        bool further = false; ///< the request has others at work
        Clock::time_point since;
        std::size_t sent = 0; ///< counted by the sender
    };
    enum class Ending {
        Done,       ///< or nothing more can be done
        Yielded,    ///< others come first now
        NotAccepted ///< waits for an association of others to end
    };

    /// `spawn` is called under the lock when there are more grants than threads in next_grant().
    LaneScheduler(SendLimits limits, std::function<void()> spawn);
    ~LaneScheduler();
    LaneScheduler(const LaneScheduler&) = delete;
    LaneScheduler& operator=(const LaneScheduler&) = delete;

    /// False after stop(): the request will not be served.
    bool add(std::shared_ptr<SendRequest> request);
    /// Blocks; nothing after stop().
    std::optional<Grant> next_grant();
    static SendRequest& request_of(const Grant& grant);
    void end(const Grant& grant, Ending ending);

    /// Whether the sender is to make way now: its quantum is over and somebody waits.
    bool must_yield(const Grant& grant) const;
    /// Asks for further associations of the request, as many as it may have.
    void want_further(const Grant& grant);

    /// A kept association that fits and is alive; null when there is none. It counts as open then.
    std::unique_ptr<Connection> take_kept(const Grant& grant, const std::vector<ProposedContext>& contexts);
    /// Kept associations that stand in the way of one more, to be released by the caller.
    Connections make_room(const Grant& grant);
    /// Until opened() or not_opened() it is given up when it is left unanswered while others are open, or
    /// when another one becomes free.
    void opening(const Grant& grant, Connection& connection);
    void opened(const Grant& grant, const Connection& connection);
    /// True when that is no wonder, since others of ours are open there or were meanwhile: the request is to
    /// wait for one of those. `busy`: the receiver has said to come again.
    bool not_opened(const Grant& grant, const Connection& connection, bool busy);
    /// Nobody answers there: those that have waited since before the association was tried need not try
    /// again.
    void unreachable(const Grant& grant, const Error& why);
    /// The destination has answered a request. Takes no lock.
    static void heard(const Grant& grant);
    void lost(const Grant& grant);
    /// Keeps the association for others, or hands it back to be released.
    std::unique_ptr<Connection> keep(const Grant& grant, std::unique_ptr<Connection> connection);

    /// For the thread that watches the time: blocks until kept associations are due, or stop() was called.
    Connections wait_for_expired();
    /// Cancels every request, ends all waiting, and hands out all kept associations.
    Connections stop();

    SendEngine::State state() const;

private:
    using Key = std::tuple<std::string, std::uint16_t, std::string, std::string, bool, std::string>;

    static Key key_of(const Destination& destination);
    // All with mutex_ held.
    bool somebody_waits_for(const Lane& lane, Clock::time_point now) const;
    /// Though its destination could take one more.
    bool somebody_is_left_out(Clock::time_point now) const;
    bool grant_from(Lane& lane, bool further, Clock::time_point now);
    void dispatch();
    std::size_t not_silent(Clock::time_point now) const;
    bool is_full(Clock::time_point now) const;
    void forget_if_unused(Lane& lane);
    static Clock::time_point give_up_unanswered(Lane& lane, Clock::time_point now);

    const SendLimits limits_;
    const std::function<void()> spawn_;
    mutable std::mutex mutex_;
    std::condition_variable granted_changed_;
    std::condition_variable time_changed_;
    std::map<Key, std::unique_ptr<Lane>> lanes_;
    Key last_served_;
    std::vector<std::unique_ptr<Job>> jobs_;
    std::deque<Grant> granted_;
    std::size_t busy_ = 0;            ///< grants given and not ended
    std::size_t waiting_threads_ = 0; ///< in next_grant()
    bool stopping_ = false;
};

} // namespace recog::dimse
