// One association of the port: reads PDUs and writes answers on a strand, and has its requests handled one
// after the other on operation threads. While a request runs the reading goes on, so that C-CANCEL, A-ABORT
// and the responses to C-STORE (C-GET) arrive at once.
#pragma once

#include "core/base/logger.hpp"
#include "core/base/task_threads.hpp"
#include "plugin/net/socket_server.hpp"
#include "plugin/net/transport.hpp"
#include "plugin/port/access_policy.hpp"
#include "plugin/port/exchange.hpp"
#include "plugin/port/message_reader.hpp"
#include "plugin/port/outbox.hpp"
#include "plugin/port/receive_budget.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>

namespace recog::port {

using net::Transport;

/// A null handler: the service is answered 0122 (SOP class not supported).
struct Handlers {
    Handler* find = nullptr;
    Handler* move = nullptr;
    Handler* get = nullptr;
    Handler* store = nullptr;
};

/// How long the other side is waited for.
struct Patience {
    std::chrono::milliseconds first_pdu{30'000}; ///< PS3.8 9.1.5 (ARTIM), the TLS handshake included
    std::chrono::milliseconds ending{10'000};    ///< for the end of the connection, behind the last PDU
    std::chrono::milliseconds stalled{60'000}; ///< in the middle of a message, and for a response to C-STORE
    std::chrono::milliseconds idle{600'000};
};

/// What all associations of a port share; outlives them.
struct Surroundings {
    const AccessPolicy& access;
    Handlers handlers;
    Logger& logger;
    TaskThreads& queries;   ///< C-FIND
    TaskThreads& stores;    ///< C-STORE
    TaskThreads& transfers; ///< C-GET, which waits for slow receivers, and C-MOVE while it has to do
    ReceiveBudget& memory;
    Patience patience;
    std::uint32_t max_pdu = 131'072;
    std::string node_aet; ///< receiver of what is stored, however it was called
};

class Connection final : public net::ServedConnection,
                         public std::enable_shared_from_this<Connection>,
                         private MessageSink {
public:
    Connection(boost::asio::any_io_executor strand, std::unique_ptr<Transport> transport, std::string host,
               const Surroundings& surroundings, bool one_too_many);
    ~Connection() override = default;

    void start() override;
    /// Ends the association.
    void close() override;
    void close_if_overdue(Clock::time_point now) override;

private:
    class Operation;
    friend class Operation;

    enum class State { AwaitingRequest, Established, Ending, Closed };

    void read();
    void on_read(Bytes bytes);
    void feed(Bytes bytes);
    bool may_read_on();
    void read_again();
    void flush();
    void write(std::vector<Bytes> parts);
    void on_written(bool ok);
    void fail();
    void abort(std::uint8_t reason, const std::string& why);
    void end_after(Bytes last_pdu, bool drop_others);
    void stop_operations();
    void renew_deadline();

    Status on_pdu(dimse::PduType type, Bytes body) override;
    Result<DataSetPlan> on_command(std::uint8_t context, const dimse::CommandSet& command) override;
    Status on_message(std::uint8_t context, dimse::CommandSet command,
                      std::vector<std::byte> data_set) override;

    Status on_association_request(Bytes body);
    void on_cancel(std::uint16_t message_id);
    Status enqueue(const Context& context, dimse::CommandSet command, std::vector<std::byte> data_set);
    void run_next();
    void run(const std::shared_ptr<Operation>& operation);
    bool advance(Operation& operation) const;
    void let_wait(const std::shared_ptr<Operation>& operation);
    void wake(const std::shared_ptr<Operation>& operation);
    void stop(const std::shared_ptr<Operation>& operation);
    void on_operation_done();
    TaskThreads& threads_for(dimse::Command command) const;
    const Context* find_context(std::uint8_t id) const;
    Handler* handler_of(dimse::Command command) const;
    std::uint16_t refusal(const Context& context, const dimse::CommandSet& command) const;
    void answer(const Context& context, const dimse::CommandSet& request, std::uint16_t status);

    const boost::asio::any_io_executor strand_;
    const std::unique_ptr<Transport> transport_;
    const Surroundings& surroundings_;
    const bool one_too_many_;

    // On the strand only, except where an Operation reads what no longer changes.
    State state_ = State::AwaitingRequest;
    Caller caller_;
    std::size_t max_fragment_ = 0; ///< bytes of one P-DATA fragment that the other side takes
    MessageReader reader_;
    std::optional<std::uint16_t> refusal_; ///< of the request whose data set is arriving; 0: it may come
    bool writing_ = false;
    bool end_when_written_ = false;
    enum class Pause { None, Output, Memory };
    Pause pause_ = Pause::None; ///< why the other side is not read from
    std::deque<std::shared_ptr<Operation>> waiting_;
    std::shared_ptr<Operation> running_;
    std::size_t queued_bytes_ = 0; ///< of the data sets of these

    Outbox outbox_;
    ReceiveBudget::Share share_;
    std::atomic<Clock::rep> deadline_{};
};

} // namespace recog::port
