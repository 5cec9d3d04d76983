// One association of the port: reads PDUs and writes answers on a strand, and has its requests handled one
// after the other on operation threads. While a request runs the reading goes on, so that C-CANCEL, A-ABORT
// and the responses to C-STORE (C-GET) arrive at once.
#pragma once

#include "core/base/logger.hpp"
#include "plugin/port/access_policy.hpp"
#include "plugin/port/exchange.hpp"
#include "plugin/port/message_reader.hpp"
#include "plugin/port/operation_threads.hpp"
#include "plugin/port/outbox.hpp"
#include "plugin/port/transport.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>

namespace recog::port {

/// A null handler: the service is answered 0122 (SOP class not supported).
struct Handlers {
    Handler* find = nullptr;
    Handler* move = nullptr;
    Handler* get = nullptr;
    Handler* store = nullptr;
};

/// What all associations of a port share; outlives them.
struct Surroundings {
    const AccessPolicy& access;
    Handlers handlers;
    Logger& logger;
    OperationThreads& queries;   ///< C-FIND
    OperationThreads& transfers; ///< all others
    std::chrono::seconds idle{600};
    std::uint32_t max_pdu = 131'072;
    std::string node_aet; ///< receiver of what is stored, however it was called
};

class Connection final : public std::enable_shared_from_this<Connection>, private MessageSink {
public:
    using Clock = std::chrono::steady_clock;

    Connection(boost::asio::any_io_executor strand, std::unique_ptr<Transport> transport, std::string host,
               const Surroundings& surroundings, bool one_too_many);
    ~Connection() override = default;

    /// On the strand.
    void start();
    /// From any thread: ends the association.
    void close();
    /// From any thread: closes it when it has waited too long for the other side.
    void close_if_overdue(Clock::time_point now);

private:
    class Operation;
    friend class Operation;

    enum class State { AwaitingRequest, Established, Ending, Closed };

    void read();
    void flush();
    void on_written(bool ok);
    void fail();
    void abort(std::uint8_t reason, const std::string& why);
    void end_after(Bytes last_pdu);
    void renew_deadline();

    Status on_pdu(dimse::PduType type, Bytes body) override;
    Result<DataSetPlan> on_command(std::uint8_t context, const dimse::CommandSet& command) override;
    Status on_message(std::uint8_t context, dimse::CommandSet command,
                      std::vector<std::byte> data_set) override;

    Status on_association_request(Bytes body);
    void on_release_request();
    void on_cancel(std::uint16_t message_id);
    Status enqueue(const Context& context, dimse::CommandSet command, std::vector<std::byte> data_set);
    void run_next();
    void on_operation_done();
    const Context* find_context(std::uint8_t id) const;
    Handler* handler_of(dimse::Command command) const;
    std::uint16_t refusal(const Context& context, const dimse::CommandSet& command) const;
    void answer(const Context& context, const dimse::CommandSet& request, std::uint16_t status);
    std::vector<std::byte> encode(std::uint8_t context, const dimse::CommandSet& command,
                                  Bytes data_set) const;

    const boost::asio::any_io_executor strand_;
    const std::unique_ptr<Transport> transport_;
    const Surroundings& surroundings_;
    const bool one_too_many_;

    // On the strand only, except where an Operation reads what no longer changes.
    State state_ = State::AwaitingRequest;
    Caller caller_;
    std::size_t max_fragment_ = 0; ///< bytes of one P-DATA fragment that the other side takes
    MessageReader reader_;
    bool writing_ = false;
    bool end_when_written_ = false;
    std::deque<std::shared_ptr<Operation>> waiting_;
    std::shared_ptr<Operation> running_;
    std::vector<std::byte> last_pdu_;

    Outbox outbox_;
    std::atomic<Clock::rep> deadline_{};
};

} // namespace recog::port
