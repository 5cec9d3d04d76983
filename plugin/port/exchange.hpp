// What a handler of the query/retrieve port sees of the association that asked. Handlers run on the port's
// operation threads, one at a time for each association.
#pragma once

#include "core/base/result.hpp"
#include "plugin/dimse/command_set.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace recog::port {

using Bytes = std::span<const std::byte>;

/// PS3.4 C.5.1.1: SOP Class Extended Negotiation of the Query/Retrieve information models, as accepted.
struct ExtendedNegotiation {
    bool relational = false;
    bool combined_datetime = false;
    bool fuzzy_names = false;
    bool timezone = false;
};

/// An accepted presentation context.
struct Context {
    std::uint8_t id = 1;
    std::string abstract_syntax;
    std::string transfer_syntax;
    bool requestor_is_scp = false; ///< role selection: we may send C-STORE requests (C-GET)
    ExtendedNegotiation extended;
};

/// Who is at the other end.
struct Caller {
    std::string calling_aet;
    std::string called_aet;
    std::string host; ///< numeric address
    std::vector<Context> contexts;
};

/// One DIMSE request, whole.
struct Request {
    Context context;
    dimse::CommandSet command;
    std::vector<std::byte> data_set; ///< in the context's transfer syntax; empty when there is none
};

/// Thread-safe for one handler; valid until the handler returns, or what it has begun is over.
class Exchange {
public:
    virtual ~Exchange() = default;

    virtual const Caller& caller() const = 0;

    /// Stops when the request has been cancelled (C-CANCEL), the association is gone, or the node ends.
    virtual std::stop_token stop() const = 0;
    /// The association can carry no answer any more.
    virtual bool gone() const = 0;

    /// Queues a response to the request that is being handled: command, context and message id are filled in
    /// from it; the data set is in its context's transfer syntax. Waits while much is unsent. Unreachable
    /// when the association is gone or does not take bytes for too long.
    virtual Status respond(dimse::CommandSet response, Bytes data_set = {}) = 0;

    /// Sends a C-STORE request over this association (C-GET) and waits for its status. `data_set` parts are
    /// written one after the other and stay valid until this returns. Unreachable as above.
    virtual Result<std::uint16_t> store(std::uint8_t context, const dimse::CommandSet& request,
                                        std::span<const Bytes> data_set) = 0;
};

/// A request that waits for others most of its time, and holds no thread of the port meanwhile.
class Waiting {
public:
    /// go_on() is called at least so often: a requestor wants to hear something.
    static constexpr std::chrono::seconds kSign{2};

    virtual ~Waiting() = default;
    /// Does what can be done now, after a stop all that is left. True: the request has been answered. On an
    /// operation thread, one call at a time.
    virtual bool go_on() = 0;
    /// Has `wake` called once when go_on() has something to do, from any thread and perhaps at once. `wake`
    /// only posts. A stop is told by others.
    virtual void wake_once(std::function<void()> wake) = 0;
};

/// One service of the port (C-FIND, C-MOVE, ...). Any thread; several associations at once.
class Handler {
public:
    virtual ~Handler() = default;
    /// Answers with at least a final response, unless the association is gone. Must not throw.
    virtual void handle(const Request& request, Exchange& exchange) = 0;
    /// As handle(), or as far as it goes without waiting; null: that was all.
    virtual std::unique_ptr<Waiting> begin(const Request& request, Exchange& exchange) {
        handle(request, exchange);
        return nullptr;
    }
};

} // namespace recog::port
