// One request of an association: what its handler sees of it, and how it waits.
#pragma once

#include "plugin/port/connection.hpp"
#include "plugin/port/message_writer.hpp"

#include <boost/asio/steady_timer.hpp>

#include <condition_variable>
#include <mutex>

namespace recog::port {

/// One request and its way back.
class Connection::Operation final : public Exchange {
public:
    Operation(Connection& connection, Request request)
        : sign(connection.strand_), connection_(connection), request_(std::move(request)) {}

    const Request& request() const { return request_; }
    void request_stop() {
        stop_.request_stop();
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
    }
    void deliver(const dimse::CommandSet& response) {
        const std::lock_guard lock(mutex_);
        if (awaited_ == response.message_id_responded_to) {
            store_status_ = response.status;
            changed_.notify_all();
        }
    }

    const Caller& caller() const override { return connection_.caller_; }
    std::stop_token stop() const override { return stop_.get_token(); }
    bool gone() const override { return connection_.outbox_.closed(); }

    Status respond(dimse::CommandSet response, Bytes data_set) override {
        response.command =
            static_cast<dimse::Command>(static_cast<std::uint16_t>(request_.command.command) | 0x8000U);
        response.message_id_responded_to = request_.command.message_id;
        response.sop_class_uid = request_.context.abstract_syntax;
        response.has_data_set = !data_set.empty();
        const auto bytes = encode_message(request_.context.id, response, data_set, connection_.max_fragment_);
        if (!connection_.outbox_.put(bytes)) {
            return error(ErrorKind::Unreachable, "The association is gone");
        }
        return {};
    }

    Result<std::uint16_t> store(std::uint8_t context, const dimse::CommandSet& request,
                                std::span<const Bytes> data_set) override;

    std::unique_ptr<Waiting>
        waiting;                    ///< of whoever runs the request: a thread, or the strand while it sleeps
    bool asleep = false;            ///< on the strand
    boost::asio::steady_timer sign; ///< on the strand

private:
    Result<std::uint16_t> wait_for_status(const Outbox::Ticket& ticket);

    Connection& connection_; ///< kept alive by whoever runs this
    const Request request_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::uint16_t> awaited_; ///< Message ID of the C-STORE request under way
    std::optional<std::uint16_t> store_status_;
    std::uint16_t next_message_id_ = 1;
};

} // namespace recog::port
