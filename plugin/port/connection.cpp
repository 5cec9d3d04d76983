#include "plugin/port/operation.hpp"

#include "core/dicom/part10.hpp"
#include "plugin/port/message_writer.hpp"
#include "plugin/port/negotiation.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace recog::port {

namespace {

using dimse::Command;
using dimse::CommandSet;
using dimse::PduType;
using namespace std::chrono_literals;

// Somebody else's messages are to be received first.
constexpr auto kPaused = 10min;
constexpr auto kOperation = 24h;
constexpr std::size_t kMostWaiting = 16;
constexpr std::size_t kMostIdentifier = 16U << 20U; ///< 100,000 UIDs are 6.5 MB
constexpr std::size_t kMostInstance = 0x7FFFFFFF;   ///< what Orthanc takes
constexpr std::size_t kMostOther = 65'536;
// Beyond what a handler may leave unsent: requests whose answers nobody reads are not read either.
constexpr std::size_t kMostAnswers = 4 * Outbox::kMostUnsent;
// Of one association; such a message never waits for the big ones of others.
constexpr std::size_t kFreeBytes = 65'536;
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

} // namespace

Connection::Connection(boost::asio::any_io_executor strand, std::unique_ptr<Transport> transport,
                       std::string host, const Surroundings& surroundings, bool one_too_many)
    : strand_(std::move(strand)), transport_(std::move(transport)), surroundings_(surroundings),
      one_too_many_(one_too_many), reader_(*this, surroundings.max_pdu),
      outbox_([this] { boost::asio::post(strand_, [self = shared_from_this()] { self->flush(); }); }),
      share_(surroundings.memory) {
    caller_.host = std::move(host);
    renew_deadline(); // it may be looked at before start() has run
}

void Connection::start() {
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
    const Patience& patience = surroundings_.patience;
    const bool busy = writing_ || reader_.in_the_middle();
    const auto wait = state_ == State::AwaitingRequest ? Clock::duration(patience.first_pdu)
                      : state_ == State::Ending        ? Clock::duration(patience.ending)
                      : pause_ == Pause::Memory        ? Clock::duration(kPaused)
                      : busy                           ? Clock::duration(patience.stalled)
                      : running_ != nullptr            ? Clock::duration(kOperation)
                                                       : Clock::duration(patience.idle);
    deadline_.store((Clock::now() + wait).time_since_epoch().count(), std::memory_order_relaxed);
}

void Connection::read() {
    transport_->read([self = shared_from_this()](Bytes bytes) { self->on_read(bytes); });
}

void Connection::on_read(Bytes bytes) {
    if (bytes.empty() || state_ == State::Closed) {
        fail();
        return;
    }
    // What comes after the end of the association is read and dropped: closing a socket with unread bytes
    // would take our last PDU away from the other side.
    if (state_ != State::Ending) {
        const bool renew = state_ == State::Established;
        feed(bytes);
        if (renew && state_ == State::Established) {
            renew_deadline();
        }
    }
    if (state_ != State::Closed && may_read_on()) {
        read();
    }
}

void Connection::feed(Bytes bytes) {
    try {
        if (const Status fed = reader_.feed(bytes); !fed) {
            abort(kInvalidParameter, fed.failure().text);
        }
    } catch (const std::exception&) {
        surroundings_.logger.error(
            "There is not enough memory for an association of the query/retrieve port");
        fail();
    }
}

/// If not, read_again() will be called.
bool Connection::may_read_on() {
    if (state_ != State::Established) {
        return true;
    }
    const std::size_t held = reader_.held() + queued_bytes_;
    if (outbox_.unsent() > kMostAnswers) {
        pause_ = Pause::Output;
    } else if (held <= kFreeBytes) {
        share_.hold(held);
    } else if (!share_.may_grow(held, [self = shared_from_this()] {
                   boost::asio::post(self->strand_, [self] {
                       if (self->pause_ == Pause::Memory) {
                           self->read_again();
                       }
                   });
               })) {
        pause_ = Pause::Memory;
        renew_deadline();
    }
    return pause_ == Pause::None;
}

void Connection::read_again() {
    pause_ = Pause::None;
    if (state_ != State::Closed) {
        renew_deadline();
        read();
    }
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
    try {
        write(*std::move(parts));
    } catch (const std::exception&) { // no memory: who waits for these bytes must not wait for ever
        on_written(false);
    }
}

void Connection::write(std::vector<Bytes> parts) {
    transport_->write(
        std::vector<net::Part>(parts.begin(), parts.end()),
        [self = shared_from_this()](std::size_t) {
            // The end of the association is not put off by an other side that reads a byte now and then.
            if (self->state_ != State::Ending) {
                self->renew_deadline();
            }
        },
        [self = shared_from_this()](bool ok) { self->on_written(ok); });
}

void Connection::on_written(bool ok) {
    writing_ = false;
    outbox_.written(ok);
    if (!ok) {
        fail();
        return;
    }
    if (state_ != State::Ending) {
        renew_deadline();
    }
    flush();
    if (pause_ == Pause::Output && outbox_.unsent() <= kMostAnswers) {
        read_again();
    }
}

void Connection::fail() {
    if (state_ == State::Closed) {
        return;
    }
    state_ = State::Closed;
    outbox_.close();
    transport_->close();
    stop_operations();
}

/// Nothing more is sent behind `last_pdu`: whoever runs can answer no more (PS3.8 9.2, Sta13).
void Connection::end_after(Bytes last_pdu, bool drop_others) {
    outbox_.finish(last_pdu, drop_others);
    state_ = State::Ending;
    end_when_written_ = true;
    stop_operations();
    renew_deadline();
}

void Connection::stop_operations() {
    reader_.drop();
    waiting_.clear();
    queued_bytes_ = running_ ? running_->request().data_set.size() : 0;
    share_.hold(queued_bytes_);
    if (running_) {
        stop(running_);
    }
}

void Connection::abort(std::uint8_t reason, const std::string& why) {
    if (state_ == State::Ending || state_ == State::Closed) {
        return;
    }
    surroundings_.logger.warning("An association of " +
                                 (caller_.calling_aet.empty() ? "an unknown AE" : caller_.calling_aet) +
                                 " at " + caller_.host + " was aborted: " + why);
    end_after(dimse::encode_provider_abort(reason), true);
}

Status Connection::on_pdu(PduType type, Bytes body) {
    if (type == PduType::Data && state_ == State::Established) {
        return {};
    }
    if (type == PduType::AssociateRequest && state_ == State::AwaitingRequest) {
        return on_association_request(body);
    }
    if (type == PduType::Abort) {
        fail();
    } else if (type == PduType::ReleaseRequest && state_ == State::Established) {
        end_after(dimse::encode_short_pdu(PduType::ReleaseReply), false);
    } else {
        abort(kUnexpectedPdu, "a PDU that is not expected now");
    }
    return protocol("the association is over"); // nothing behind it is looked at
}

Status Connection::on_association_request(Bytes body) {
    const auto request = dimse::parse_associate_request(body);
    if (!request) {
        return request.failure();
    }
    if (one_too_many_) {
        end_after(dimse::encode_associate_reject({2, 3, 2}), true); // transient: local limit exceeded
        return {};
    }
    auto outcome = negotiate(*request, caller_.host, surroundings_.access, surroundings_.max_pdu);
    if (const auto* rejection = std::get_if<dimse::Rejection>(&outcome)) {
        surroundings_.logger.warning("An association from " + caller_.host + " was rejected (source " +
                                     std::to_string(rejection->source) + ", reason " +
                                     std::to_string(rejection->reason) + ")");
        end_after(dimse::encode_associate_reject(*rejection), true);
        return {};
    }
    if (request->max_pdu != 0 && request->max_pdu < kLeastPdu) {
        return protocol("a limit for PDUs that is too small to be used");
    }
    Negotiated& negotiated = std::get<Negotiated>(outcome);
    max_fragment_ = fragment_size(request->max_pdu);
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
    if (service_of(command.command)) {
        if (waiting_.size() >= kMostWaiting) {
            return protocol("too many requests at once");
        }
        refusal_ = refusal(*context, command);
    }
    const bool keep = refusal_.value_or(0) == 0;
    switch (command.command) {
    case Command::StoreRequest:
        return DataSetPlan{
            dicom::encode_file_meta({command.sop_class_uid, command.sop_instance_uid,
                                     context->transfer_syntax, std::string(dimse::IMPLEMENTATION_CLASS),
                                     std::string(dimse::IMPLEMENTATION_VERSION), caller_.calling_aet,
                                     surroundings_.node_aet}),
            kMostInstance, keep};
    case Command::FindRequest:
    case Command::MoveRequest:
    case Command::GetRequest:
        return DataSetPlan{{}, kMostIdentifier, keep};
    default:
        return DataSetPlan{{}, kMostOther, false};
    }
}

Status Connection::on_message(std::uint8_t id, CommandSet command, std::vector<std::byte> data_set) {
    const Context* context = find_context(id);
    if (state_ != State::Established || context == nullptr) {
        return protocol("a message in a presentation context that was not accepted");
    }
    const auto refused = std::exchange(refusal_, std::nullopt);
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
    if (const std::uint16_t status = refused ? *refused : refusal(*context, command); status != 0) {
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
    outbox_.put(encode_message(context.id, response, {}, max_fragment_), false);
}

void Connection::on_cancel(std::uint16_t message_id) {
    // Of an unknown message: it has been answered meanwhile (PS3.7 9.3.2.3).
    if (running_ && running_->request().command.message_id == message_id) {
        stop(running_);
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
    queued_bytes_ += data_set.size();
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
    threads_for(running_->request().command.command).post([self = shared_from_this(), operation = running_] {
        self->run(operation);
    });
}

TaskThreads& Connection::threads_for(Command command) const {
    switch (command) {
    case Command::FindRequest:
        return surroundings_.queries;
    case Command::StoreRequest:
        return surroundings_.stores;
    default:
        return surroundings_.transfers;
    }
}

/// On an operation thread.
void Connection::run(const std::shared_ptr<Operation>& operation) {
    const bool over = advance(*operation);
    boost::asio::post(strand_, [self = shared_from_this(), operation, over] {
        over ? self->on_operation_done() : self->let_wait(operation);
    });
}

/// Whether the request is over.
bool Connection::advance(Operation& operation) const {
    try {
        if (operation.waiting) {
            if (!operation.waiting->go_on()) {
                return false;
            }
        } else if (!operation.gone()) { // else it went while the request waited for a thread
            Handler& handler = *handler_of(operation.request().command.command);
            operation.waiting = handler.begin(operation.request(), operation);
            return operation.waiting == nullptr;
        }
    } catch (const std::exception&) {
        // Its text may hold anything, a patient's name too.
        surroundings_.logger.error("Internal error in a request of the query/retrieve port");
        CommandSet failed;
        failed.status = kProcessingFailure;
        static_cast<void>(operation.respond(failed, {}));
    }
    operation.waiting.reset();
    return true;
}

/// Until something happens, somebody wants it to end, or it is time for a sign of life.
void Connection::let_wait(const std::shared_ptr<Operation>& operation) {
    operation->asleep = true;
    if (operation->stop().stop_requested()) {
        wake(operation);
        return;
    }
    operation->sign.expires_after(Waiting::kSign);
    operation->sign.async_wait([self = shared_from_this(), operation](const auto& failed) {
        if (!failed) {
            self->wake(operation);
        }
    });
    // The timer keeps both alive; who is to wake them may forget to, and outlive the port.
    operation->waiting->wake_once([weak = weak_from_this(), waiting = std::weak_ptr<Operation>(operation)] {
        auto self = weak.lock();
        auto woken = waiting.lock();
        if (self && woken) {
            const auto strand = self->strand_;
            boost::asio::post(strand,
                              [self = std::move(self), woken = std::move(woken)] { self->wake(woken); });
        }
    });
}

void Connection::wake(const std::shared_ptr<Operation>& operation) {
    if (!std::exchange(operation->asleep, false)) {
        return;
    }
    operation->sign.cancel();
    threads_for(operation->request().command.command).post([self = shared_from_this(), operation] {
        self->run(operation);
    });
}

void Connection::stop(const std::shared_ptr<Operation>& operation) {
    operation->request_stop();
    wake(operation);
}

void Connection::on_operation_done() {
    queued_bytes_ -= running_->request().data_set.size();
    running_.reset();
    if (state_ == State::Established) {
        renew_deadline();
        run_next();
    }
    if (pause_ != Pause::Memory) {
        share_.hold(queued_bytes_ + reader_.held());
        return;
    }
    pause_ = Pause::None;
    if (may_read_on()) {
        read_again();
    }
}

} // namespace recog::port
