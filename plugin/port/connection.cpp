#include "plugin/port/connection.hpp"

#include "core/dicom/part10.hpp"
#include "plugin/port/negotiation.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace recog::port {

namespace {

using dimse::Command;
using dimse::CommandSet;
using dimse::PduType;
using namespace std::chrono_literals;

constexpr auto kArtim = 30s; ///< PS3.8 9.1.5: for the first PDU, and for the end of the connection
constexpr auto kEnding = 5s;
constexpr auto kStalled = 60s; ///< in the middle of a message, and for a response to C-STORE
constexpr std::size_t kMostWaiting = 16;
constexpr std::size_t kMostIdentifier = 16U << 20U; ///< 100,000 UIDs are 6.5 MB
constexpr std::size_t kMostInstance = 0x7FFFFFFF;   ///< what Orthanc takes
constexpr std::size_t kMostOther = 65'536;
// Larger fragments gain nothing.
constexpr std::uint32_t kMostFragment = 131'072;
constexpr std::uint32_t kLeastPdu = 128;

// PS3.7 annex C.
constexpr std::uint16_t kNotAuthorised = 0x0124;
constexpr std::uint16_t kSopClassNotSupported = 0x0122;
constexpr std::uint16_t kProcessingFailure = 0x0110;
// PS3.8 table 9-26.
constexpr std::uint8_t kUnexpectedPdu = 2;
constexpr std::uint8_t kInvalidParameter = 6;

Error protocol(const char* sentence) {
    return error(ErrorKind::Malformed, sentence);
}

std::optional<Service> service_of(Command command) {
    switch (command) {
    case Command::EchoRequest:
        return Service::Echo;
    case Command::FindRequest:
        return Service::Find;
    case Command::MoveRequest:
        return Service::Move;
    case Command::GetRequest:
        return Service::Get;
    case Command::StoreRequest:
        return Service::Store;
    default:
        return std::nullopt;
    }
}

/// PS3.8 9.3.5: one PDU for each fragment; `parts` point into `headers` and the data. A deflated data set may
/// be odd, and the wire wants even fragments (PS3.5 A.5).
void split(std::uint8_t context, bool command, Bytes data, std::size_t max_fragment,
           std::deque<std::array<std::byte, dimse::PDU_HEADER + dimse::PDV_HEADER>>& headers,
           std::vector<Bytes>& parts) {
    static constexpr std::array<std::byte, 1> kPadding{};
    do {
        const std::size_t size = std::min(data.size(), max_fragment);
        const bool last = size == data.size();
        headers.push_back(
            dimse::encode_data_header(context, command, last, static_cast<std::uint32_t>(size + size % 2)));
        parts.emplace_back(headers.back());
        parts.push_back(data.first(size));
        if (size % 2 != 0) {
            parts.emplace_back(kPadding);
        }
        data = data.subspan(size);
    } while (!data.empty());
}

} // namespace

/// One request and its way back.
class Connection::Operation final : public Exchange {
public:
    Operation(Connection& connection, Request request)
        : connection_(connection), request_(std::move(request)) {}

    const Request& request() const { return request_; }
    void request_stop() {
        stop_.request_stop();
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
    }
    void deliver(const CommandSet& response) {
        const std::lock_guard lock(mutex_);
        if (awaited_ == response.message_id_responded_to) {
            store_status_ = response.status;
            changed_.notify_all();
        }
    }

    const Caller& caller() const override { return connection_.caller_; }
    std::stop_token stop() const override { return stop_.get_token(); }
    bool gone() const override { return connection_.outbox_.closed(); }

    Status respond(CommandSet response, Bytes data_set) override {
        response.command =
            static_cast<Command>(static_cast<std::uint16_t>(request_.command.command) | 0x8000U);
        response.message_id_responded_to = request_.command.message_id;
        response.sop_class_uid = request_.context.abstract_syntax;
        response.has_data_set = !data_set.empty();
        const auto bytes = connection_.encode(request_.context.id, response, data_set);
        if (!connection_.outbox_.put(bytes)) {
            return error(ErrorKind::Unreachable, "The association is gone");
        }
        return {};
    }

    Result<std::uint16_t> store(std::uint8_t context, const CommandSet& request,
                                std::span<const Bytes> data_set) override;

private:
    Connection& connection_; ///< kept alive by whoever runs this
    const Request request_;
    std::stop_source stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::uint16_t> awaited_; ///< Message ID of the C-STORE request under way
    std::optional<std::uint16_t> store_status_;
    std::uint16_t next_message_id_ = 1;
};

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
    const auto encoded = dimse::encode_command_set(command);
    std::deque<std::array<std::byte, dimse::PDU_HEADER + dimse::PDV_HEADER>> headers;
    std::vector<Bytes> parts;
    split(context, true, encoded, connection_.max_fragment_, headers, parts);
    // Each part of the data set ends a fragment; only the very last one says so. Parts but the last are even.
    for (std::size_t i = 0; i < data_set.size(); ++i) {
        split(context, false, data_set[i], connection_.max_fragment_, headers, parts);
        if (i + 1 < data_set.size()) {
            headers.back()[dimse::PDU_HEADER + dimse::PDV_HEADER - 1] = std::byte{0};
        }
    }
    if (!connection_.outbox_.put_and_wait(std::move(parts))) {
        return error(ErrorKind::Unreachable, "The association is gone");
    }
    std::unique_lock lock(mutex_);
    const bool answered =
        changed_.wait_for(lock, kStalled, [this] { return store_status_ || connection_.outbox_.closed(); });
    awaited_.reset();
    if (store_status_) {
        return *store_status_;
    }
    lock.unlock();
    if (!answered) {
        connection_.close();
    }
    return error(ErrorKind::Unreachable,
                 answered ? "The association is gone" : "The receiver did not answer in time");
}

Connection::Connection(boost::asio::any_io_executor strand, std::unique_ptr<Transport> transport,
                       std::string host, const Surroundings& surroundings, bool one_too_many)
    : strand_(std::move(strand)), transport_(std::move(transport)), surroundings_(surroundings),
      one_too_many_(one_too_many), reader_(*this, surroundings.max_pdu),
      outbox_([this] { boost::asio::post(strand_, [self = shared_from_this()] { self->flush(); }); }) {
    caller_.host = std::move(host);
}

void Connection::start() {
    renew_deadline();
    transport_->handshake([self = shared_from_this()](bool ok) { ok ? self->read() : self->fail(); });
}

void Connection::close() {
    boost::asio::post(strand_, [self = shared_from_this()] { self->fail(); });
}

void Connection::close_if_overdue(Clock::time_point now) {
    if (now.time_since_epoch().count() > deadline_.load(std::memory_order_relaxed)) {
        close();
    }
}

void Connection::renew_deadline() {
    const bool busy = writing_ || reader_.in_the_middle();
    const auto patience = state_ == State::AwaitingRequest ? Clock::duration(kArtim)
                          : state_ == State::Ending        ? Clock::duration(kEnding)
                          : busy                           ? Clock::duration(kStalled)
                          : running_ != nullptr            ? Clock::duration(24h)
                                                           : Clock::duration(surroundings_.idle);
    deadline_.store((Clock::now() + patience).time_since_epoch().count(), std::memory_order_relaxed);
}

void Connection::read() {
    transport_->read([self = shared_from_this()](Bytes bytes) {
        if (bytes.empty() || self->state_ == State::Closed) {
            self->fail();
            return;
        }
        // What comes after the end of the association is read and dropped: closing a socket with unread
        // bytes would take our last PDU away from the other side.
        if (self->state_ != State::Ending) {
            const bool renew = self->state_ == State::Established;
            if (const Status fed = self->reader_.feed(bytes); !fed) {
                self->abort(kInvalidParameter, fed.failure().text);
            }
            if (renew) {
                self->renew_deadline();
            }
        }
        if (self->state_ != State::Closed) {
            self->read();
        }
    });
}

void Connection::flush() {
    if (writing_ || state_ == State::Closed) {
        return;
    }
    auto parts = outbox_.take();
    if (!parts) {
        if (end_when_written_) {
            end_when_written_ = false;
            transport_->end_of_writing();
        }
        return;
    }
    writing_ = true;
    renew_deadline();
    transport_->write(
        *std::move(parts), [self = shared_from_this()] { self->renew_deadline(); },
        [self = shared_from_this()](bool ok) { self->on_written(ok); });
}

void Connection::on_written(bool ok) {
    writing_ = false;
    outbox_.written(ok);
    if (!ok) {
        fail();
        return;
    }
    renew_deadline();
    flush();
}

void Connection::fail() {
    if (state_ == State::Closed) {
        return;
    }
    state_ = State::Closed;
    outbox_.close();
    transport_->close();
    waiting_.clear();
    if (running_) {
        running_->request_stop();
    }
}

void Connection::end_after(Bytes last_pdu) {
    outbox_.put(last_pdu, false);
    state_ = State::Ending;
    end_when_written_ = true;
    waiting_.clear();
    if (running_) {
        running_->request_stop();
    }
    renew_deadline();
}

void Connection::abort(std::uint8_t reason, const std::string& why) {
    surroundings_.logger.warning("An association of " +
                                 (caller_.calling_aet.empty() ? "an unknown AE" : caller_.calling_aet) +
                                 " at " + caller_.host + " was aborted: " + why);
    end_after(dimse::encode_provider_abort(reason));
}

Status Connection::on_pdu(PduType type, Bytes body) {
    if (type == PduType::Abort) {
        fail();
        return {};
    }
    if (type == PduType::AssociateRequest && state_ == State::AwaitingRequest) {
        return on_association_request(body);
    }
    if (type == PduType::ReleaseRequest && state_ == State::Established) {
        end_after(dimse::encode_short_pdu(PduType::ReleaseReply));
        return {};
    }
    if (state_ != State::Ending && state_ != State::Closed) {
        abort(kUnexpectedPdu, "a PDU that is not expected now");
    }
    return {};
}

Status Connection::on_association_request(Bytes body) {
    const auto request = dimse::parse_associate_request(body);
    if (!request) {
        return request.failure();
    }
    if (one_too_many_) {
        end_after(dimse::encode_associate_reject({2, 3, 2})); // transient: local limit exceeded
        return {};
    }
    auto outcome = negotiate(*request, caller_.host, surroundings_.access, surroundings_.max_pdu);
    if (const auto* rejection = std::get_if<dimse::Rejection>(&outcome)) {
        surroundings_.logger.warning("An association from " + caller_.host + " was rejected (source " +
                                     std::to_string(rejection->source) + ", reason " +
                                     std::to_string(rejection->reason) + ")");
        end_after(dimse::encode_associate_reject(*rejection));
        return {};
    }
    if (request->max_pdu != 0 && request->max_pdu < kLeastPdu) {
        return protocol("a limit for PDUs that is too small to be used");
    }
    Negotiated& negotiated = std::get<Negotiated>(outcome);
    const std::uint32_t pdu =
        request->max_pdu == 0 ? kMostFragment : std::min(request->max_pdu, kMostFragment);
    // Fragments are even (PS3.8 E.2); the PDV header counts as part of the PDU's body.
    max_fragment_ = (pdu - dimse::PDV_HEADER) & ~std::size_t{1};
    caller_ = std::move(negotiated.caller);
    state_ = State::Established;
    outbox_.put(dimse::encode_associate_accept(*request, negotiated.acceptance), false);
    return {};
}

const Context* Connection::find_context(std::uint8_t id) const {
    const auto found = std::find_if(caller_.contexts.begin(), caller_.contexts.end(),
                                    [id](const Context& context) { return context.id == id; });
    return found == caller_.contexts.end() ? nullptr : &*found;
}

Result<MessageSink::DataSetPlan> Connection::on_command(std::uint8_t id, const CommandSet& command) {
    const Context* context = find_context(id);
    if (state_ != State::Established || context == nullptr) {
        return protocol("a message in a presentation context that was not accepted");
    }
    switch (command.command) {
    case Command::StoreRequest:
        return DataSetPlan{
            dicom::encode_file_meta({command.sop_class_uid, command.sop_instance_uid,
                                     context->transfer_syntax, std::string(dimse::IMPLEMENTATION_CLASS),
                                     std::string(dimse::IMPLEMENTATION_VERSION), caller_.calling_aet,
                                     surroundings_.node_aet}),
            kMostInstance};
    case Command::FindRequest:
    case Command::MoveRequest:
    case Command::GetRequest:
        return DataSetPlan{{}, kMostIdentifier};
    default:
        return DataSetPlan{{}, kMostOther};
    }
}

Status Connection::on_message(std::uint8_t id, CommandSet command, std::vector<std::byte> data_set) {
    const Context* context = find_context(id);
    if (state_ != State::Established || context == nullptr) {
        return protocol("a message in a presentation context that was not accepted");
    }
    if (command.command == Command::CancelRequest) {
        on_cancel(command.message_id_responded_to);
        return {};
    }
    if (command.command == Command::StoreResponse) {
        if (running_) {
            running_->deliver(command);
        }
        return {};
    }
    if (!service_of(command.command)) {
        return protocol("a response to nothing that was asked");
    }
    if (const std::uint16_t status = refusal(*context, command); status != 0) {
        answer(*context, command, status);
        return {};
    }
    if (command.command == Command::EchoRequest) {
        answer(*context, command, 0);
        return {};
    }
    return enqueue(*context, std::move(command), std::move(data_set));
}

std::uint16_t Connection::refusal(const Context& context, const CommandSet& command) const {
    const Service service = *service_of(command.command);
    const auto model = port::service_of(context.abstract_syntax);
    if (model.value_or(Service::Store) != service) {
        return kSopClassNotSupported;
    }
    if (!surroundings_.access.may_ask(service, caller_.calling_aet, caller_.host)) {
        surroundings_.logger.warning("A request of " + caller_.calling_aet + " at " + caller_.host +
                                     " was refused: it may not ask for this service");
        return kNotAuthorised;
    }
    return service != Service::Echo && handler_of(command.command) == nullptr ? kSopClassNotSupported : 0;
}

Handler* Connection::handler_of(Command command) const {
    switch (command) {
    case Command::FindRequest:
        return surroundings_.handlers.find;
    case Command::MoveRequest:
        return surroundings_.handlers.move;
    case Command::GetRequest:
        return surroundings_.handlers.get;
    case Command::StoreRequest:
        return surroundings_.handlers.store;
    default:
        return nullptr;
    }
}

void Connection::answer(const Context& context, const CommandSet& request, std::uint16_t status) {
    CommandSet response;
    response.command = static_cast<Command>(static_cast<std::uint16_t>(request.command) | 0x8000U);
    response.message_id_responded_to = request.message_id;
    response.sop_class_uid = context.abstract_syntax;
    if (request.command == Command::StoreRequest) {
        response.sop_instance_uid = request.sop_instance_uid;
    }
    response.status = status;
    outbox_.put(encode(context.id, response, {}), false);
}

void Connection::on_cancel(std::uint16_t message_id) {
    // Of an unknown message: it has been answered meanwhile (PS3.7 9.3.2.3).
    if (running_ && running_->request().command.message_id == message_id) {
        running_->request_stop();
    }
    for (const auto& operation : waiting_) {
        if (operation->request().command.message_id == message_id) {
            operation->request_stop();
        }
    }
}

Status Connection::enqueue(const Context& context, CommandSet command, std::vector<std::byte> data_set) {
    if (waiting_.size() >= kMostWaiting) {
        return protocol("too many requests at once");
    }
    waiting_.push_back(
        std::make_shared<Operation>(*this, Request{context, std::move(command), std::move(data_set)}));
    run_next();
    return {};
}

void Connection::run_next() {
    if (running_ || waiting_.empty()) {
        return;
    }
    running_ = std::move(waiting_.front());
    waiting_.pop_front();
    const Command command = running_->request().command.command;
    auto& threads = command == Command::FindRequest ? surroundings_.queries : surroundings_.transfers;
    threads.post([self = shared_from_this(), operation = running_, handler = handler_of(command)] {
        try {
            handler->handle(operation->request(), *operation);
        } catch (const std::exception&) {
            // Its text may hold anything, a patient's name too.
            self->surroundings_.logger.error("Internal error in a request of the query/retrieve port");
            CommandSet failed;
            failed.status = kProcessingFailure;
            static_cast<void>(operation->respond(failed, {}));
        }
        boost::asio::post(self->strand_, [self] { self->on_operation_done(); });
    });
}

void Connection::on_operation_done() {
    running_.reset();
    if (state_ == State::Established) {
        renew_deadline();
        run_next();
    }
}

std::vector<std::byte> Connection::encode(std::uint8_t context, const CommandSet& command,
                                          Bytes data_set) const {
    const auto encoded = dimse::encode_command_set(command);
    std::deque<std::array<std::byte, dimse::PDU_HEADER + dimse::PDV_HEADER>> headers;
    std::vector<Bytes> parts;
    split(context, true, encoded, max_fragment_, headers, parts);
    if (command.has_data_set) {
        split(context, false, data_set, max_fragment_, headers, parts);
    }
    std::vector<std::byte> bytes;
    for (const Bytes part : parts) {
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
}

} // namespace recog::port
