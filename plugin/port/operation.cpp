#include "plugin/port/operation.hpp"

namespace recog::port {

using dimse::Command;
using dimse::CommandSet;

Result<std::uint16_t> Connection::Operation::store(std::uint8_t context, const CommandSet& request,
                                                   std::span<const Bytes> data_set) {
    CommandSet command = request;
    command.command = Command::StoreRequest;
    command.has_data_set = true;
    command.message_id = next_message_id_;
    next_message_id_ =
        next_message_id_ == 0xFFFFU ? std::uint16_t{1} : static_cast<std::uint16_t>(next_message_id_ + 1);
    {
        const std::lock_guard lock(mutex_);
        awaited_ = command.message_id;
        store_status_.reset();
    }
    const MessageParts message(context, command, data_set, connection_.max_fragment_);
    // The response is waited for and not first the write: one change of threads less for each instance. The
    // parts are let go when they are written, though, for a response may come before its request was read.
    Outbox::Ticket ticket;
    if (!connection_.outbox_.put_parts(message.parts(), ticket)) {
        return error(ErrorKind::Unreachable, "The association is gone");
    }
    const auto status = wait_for_status(ticket);
    const bool written = connection_.outbox_.wait(ticket);
    return status && !written ? error(ErrorKind::Unreachable, "The association is gone") : status;
}

Result<std::uint16_t> Connection::Operation::wait_for_status(const Outbox::Ticket& ticket) {
    std::unique_lock lock(mutex_);
    // The patience for the answer begins when the request is written; for the write, who writes has his own.
    for (bool written = false;;) {
        const bool over = changed_.wait_for(lock, connection_.surroundings_.patience.stalled,
                                            [this] { return store_status_ || connection_.outbox_.closed(); });
        if (over || written) {
            break;
        }
        written = connection_.outbox_.done(ticket);
    }
    awaited_.reset();
    if (store_status_) {
        return *store_status_;
    }
    lock.unlock();
    if (connection_.outbox_.closed()) {
        return error(ErrorKind::Unreachable, "The association is gone");
    }
    connection_.outbox_.close(); // at once: nothing more is to be said
    connection_.close();
    return error(ErrorKind::Unreachable, "The receiver did not answer in time");
}

} // namespace recog::port
