// The state of one SendOperation: which sub-operations are left, what became of the others, and the rules of
// what is tried again (told at the head of send_engine.hpp). No sockets, no threads of its own.
#pragma once

#include "plugin/dimse/connection.hpp"
#include "plugin/dimse/context_plan.hpp"
#include "plugin/dimse/send_engine.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace recog::dimse {

/// Half a second lets a receiver write out what it has; three in a row are no hiccup.
constexpr std::chrono::milliseconds OUT_OF_RESOURCES_PAUSE{500};
constexpr int REFUSALS_UNTIL_FULL = 3;
/// A further association costs a round trip or two: not for less than this.
constexpr std::size_t MIN_INSTANCES_FOR_FURTHER = 16;
constexpr std::uint64_t MIN_BYTES_FOR_FURTHER = 32U << 20U;
/// A receiver that serves one association at a time leaves further ones unanswered. It has had its chance
/// when the request's other associations got so many results and at least so much time meanwhile.
constexpr std::size_t RESULTS_UNTIL_NOT_ACCEPTED = 64;
constexpr std::chrono::milliseconds TIME_UNTIL_NOT_ACCEPTED{100};

/// Any thread may call any method.
class SendRequest {
public:
    /// `owned` may be null; `source` and `logger` outlive the request.
    SendRequest(Destination destination, std::vector<StoredInstance> instances, InstanceSource& source,
                std::unique_ptr<InstanceSource> owned, SendOptions options, Logger& logger);
    SendRequest(const SendRequest&) = delete;
    SendRequest& operator=(const SendRequest&) = delete;

    const Destination& destination() const { return destination_; }
    const SendOptions& options() const { return options_; }
    const std::vector<StoredInstance>& instances() const { return instances_; }
    const AssociationPlan& plan(std::size_t number) const { return plans_[number]; }
    InstanceSource& source() const { return source_; }

    // For the engine's threads.

    /// Between the two the source may be used. False when there is nothing to do any more.
    bool enter();
    void leave();
    bool has_work() const;
    /// Whether a further association would be of use.
    bool worth_further() const;
    /// A plan with instances left; the one asked for if it has some.
    std::optional<std::size_t> plan_with_work(std::size_t preferred) const;
    /// The next instance of a plan. Blocks only while all that is left has to rest; nothing when nothing is
    /// left or `stop` is requested. What was lost with an association is given to `fresh` ones only.
    std::optional<std::size_t> next(std::size_t plan, bool fresh, const std::stop_token& stop);
    /// Whether all that is left of a plan needs a fresh association.
    bool needs_fresh(std::size_t plan) const;
    /// Taken by next(), not sent: they go to their places in the order.
    void give_back(std::size_t plan, const std::vector<std::size_t>& indices);

    /// Until detach() cancel() raises the connection's signal. False when it is too late. `further`: it is
    /// being opened while others of the request send.
    bool attach(Connection& connection, bool further);
    /// The connection is open.
    void open(Connection& connection);
    /// False when the connection's signal has been raised.
    bool detach(Connection& connection);
    /// Returns early, with false, when all is over.
    bool rest(std::chrono::milliseconds time);

    /// It could not even be sent.
    void unsendable(std::size_t index, std::uint16_t status, std::string reason);
    void answered(std::size_t plan, std::size_t index, std::uint16_t status);
    /// The association was lost while it was sent. A kept association does not count.
    void lost(std::size_t plan, std::size_t index, const std::string& why, bool counts);
    /// There will be no association: what is left fails.
    void give_up(const Error& why);

    // For SendOperation.

    Status opened() const;
    SendProgress progress() const;
    SendProgress wait_for_progress(std::size_t known, std::chrono::milliseconds limit,
                                   const std::stop_token& stop) const;
    void wake_once(std::size_t known, std::function<void()> wake);
    MoveCounters::Step step() { return counters_.step(); }
    std::vector<SubOperationResult> results() const;
    void cancel();
    /// Blocks until no thread is between enter() and leave().
    void wait_until_left() const;

private:
    struct Resting {
        std::size_t index = 0;
        std::chrono::steady_clock::time_point until;
    };
    struct Work {
        std::deque<std::size_t> ready;
        std::deque<Resting> resting;
        std::deque<std::size_t> lost; ///< to be the first over a fresh association
        bool empty() const { return ready.empty() && resting.empty() && lost.empty(); }
    };

    // All with mutex_ held.
    void record(std::size_t index, std::uint16_t status, std::string reason);
    void put_back(std::size_t plan, std::size_t index);
    void fail_left(const std::string& reason);
    void look_at_openings();
    void finish();
    void wake_waiter();
    void report();
    bool idle() const;

    const Destination destination_;
    const std::vector<StoredInstance> instances_;
    const std::unique_ptr<InstanceSource> owned_;
    InstanceSource& source_;
    const SendOptions options_;
    Logger& logger_;
    const std::vector<AssociationPlan> plans_;
    MoveCounters counters_;

    mutable std::mutex mutex_;
    mutable std::condition_variable_any changed_;
    std::vector<Work> work_;        ///< for each plan
    std::vector<std::size_t> rank_; ///< of each instance in the order of sending
    std::vector<SubOperationResult> results_;
    std::vector<bool> finished_;
    std::vector<bool> tried_; ///< once already
    std::vector<Connection*> connections_;
    SendProgress progress_;
    std::uint64_t bytes_left_ = 0;
    std::optional<Status> opened_;
    std::optional<std::string> gone_; ///< nothing more is sent, for this reason
    bool cancelled_ = false;
    std::function<void()> wake_; ///< of wake_once()
    std::size_t wake_above_ = 0;
    int losses_ = 0;   ///< associations lost since the receiver's last answer
    int refusals_ = 0; ///< A7xx in a row
    std::size_t senders_ = 0;
};

} // namespace recog::dimse
