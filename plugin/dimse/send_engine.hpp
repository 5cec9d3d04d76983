// All sending of stored instances: C-MOVE, whether Orthanc or our own port was asked, and pre-fetch push.
//
//   start ─▶ SendRequest (sub-operations, results)      ─▶ SendOperation: counters, results, cancel
//               │ tickets: one first, further ones when there is much to send
//            Lane (a destination: bound, first come first served, kept associations)
//               │ grant                       ┌─ ReadAhead ◀─ InstanceSource
//            sender thread: Association::store┘
//
// Fair sharing: a request waits for its first association in the order of arrival. A sender whose destination
// is fully used gives its association up after a quantum when another request waits, and queues again.
// Further associations of a request are taken only when nobody waits for a first one. Destinations do not
// wait for each other, as long as the bound over all of them is not reached; a destination that has been
// silent for a second does not count for that bound. Until a destination has accepted an association it gets
// one at a time: when nobody answers, those that were waiting fail with the one that has tried.
//
// What fails is tried again:
//   association lost             once more on a fresh association; after two instances in a row have lost
//   both
//                                their associations the receiver is gone, and what is left fails at once
//   kept association found dead  on a fresh one, and that does not count
//   A7xx, out of resources       once more at the end of the request, half a second later at the earliest;
//                                not when three in a row were refused so: then it is full, not busy
//   any other status             is the receiver's last word
//   association not accepted     while others of ours are open there: waits for one of those, and the
//                                destination is given no more at once for a while; while none is: a transient
//                                rejection is repeated three times within two seconds, all else is final
#pragma once

#include "core/base/logger.hpp"
#include "plugin/dimse/move_counters.hpp"
#include "plugin/dimse/stored_instance.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace recog::dimse {

/// Of one engine.
struct SendLimits {
    std::size_t associations_per_destination = 4;
    std::size_t associations_per_request = 2;
    /// Over all destinations; each has a sending and a reading thread. As many again to silent destinations.
    std::size_t associations = 64;
    std::chrono::milliseconds keep{5000}; ///< a finished association waits this long for the next request
    std::uint64_t read_ahead_bytes = 256U << 20U; ///< of files held ready, over all operations
    std::size_t quantum_instances = 32;           ///< after so many, or ...
    std::chrono::milliseconds quantum_time{200};  ///< ... so long, a sender makes way for who waits
};

/// Of one operation.
struct SendOptions {
    std::string originator_aet; ///< of the C-MOVE; empty: no C-MOVE stands behind it (pre-fetch)
    std::uint16_t originator_message_id = 0;
    bool any_order = false; ///< the middle instance of each series goes first
    /// At once to this destination, for all requests. Not stated: SendLimits::associations_per_destination.
    std::optional<std::size_t> associations;
};

/// PS3.4 C.4.2.1.6 to 9. Their sum is the number of sub-operations.
struct SendProgress {
    std::size_t completed = 0; ///< stored with status 0000
    std::size_t warning = 0;   ///< stored with Bxxx
    std::size_t failed = 0;
    std::size_t remaining = 0; ///< without a result; stays above 0 when cancelled
    bool over = false;         ///< no number changes any more

    std::size_t finished() const { return completed + warning + failed; }
};

class SendRequest;

/// One running list of sub-operations. Any thread may call any method. May outlive its engine. The destructor
/// cancels what is not done and waits for a running call into the source and for nothing else that is slow.
class SendOperation {
public:
    explicit SendOperation(std::shared_ptr<SendRequest> request);
    ~SendOperation();
    SendOperation(const SendOperation&) = delete;
    SendOperation& operator=(const SendOperation&) = delete;

    /// The number of sub-operations.
    std::size_t size() const;

    /// Blocks until the first association is open, which includes waiting for its turn. Unreachable or
    /// Unavailable when none came about before anything was sent; every instance has then failed. A list
    /// without anything that could be sent needs no association.
    Status opened() const;

    SendProgress progress() const;

    /// Blocks until more than `known` sub-operations have results, or all is over, or `limit` has passed, or
    /// `stop` is requested.
    SendProgress wait_for_progress(std::size_t known, std::chrono::milliseconds limit,
                                   const std::stop_token& stop = {}) const;

    /// Calls `wake` once, as soon as more than `known` sub-operations have results or all is over; at once
    /// when that is so. It is called with a lock held and must only post; a later call takes its place.
    void wake_once(std::size_t known, std::function<void()> wake);

    /// What Orthanc's next call is to be answered: see MoveCounters. Blocks until that is certain.
    MoveCounters::Step step();

    /// Blocks until all is over; in the order of the list. What was cancelled has status FE00.
    std::vector<SubOperationResult> results() const;
    /// The Failed SOP Instance UID List: blocks as results().
    std::vector<std::string> failed_uids() const;

    /// Returns at once. Associations in the middle of a transfer are aborted.
    void cancel();

private:
    std::shared_ptr<SendRequest> request_; ///< shared with the engine's threads
};

/// Lives as long as the node. Any thread may call any method.
class SendEngine {
public:
    /// `logger` outlives the engine and all its operations.
    SendEngine(SendLimits limits, Logger& logger);
    /// As stop().
    ~SendEngine();
    SendEngine(const SendEngine&) = delete;
    SendEngine& operator=(const SendEngine&) = delete;

    /// `source` outlives the operation, or is owned by it.
    std::unique_ptr<SendOperation> start(Destination destination, std::vector<StoredInstance> instances,
                                         InstanceSource& source, SendOptions options);
    std::unique_ptr<SendOperation> start(Destination destination, std::vector<StoredInstance> instances,
                                         std::unique_ptr<InstanceSource> source, SendOptions options);

    /// Cancels all operations, ends kept associations, joins all threads. What is started later is cancelled.
    void stop();

    /// For the operator.
    struct State {
        std::size_t sending = 0; ///< associations in use or being opened
        std::size_t waiting = 0; ///< requests without an association
        std::size_t kept = 0;    ///< idle associations
    };
    State state() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace recog::dimse
