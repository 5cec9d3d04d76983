#include "plugin/web/connection.hpp"

#include "core/dicomweb/uri.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace recog::web {

namespace {

using dicomweb::Method;
using dicomweb::Request;
using dicomweb::Response;
using namespace std::chrono_literals;

// A request that runs has no limit here: the service has its own.
constexpr auto kRunning = 24h;
// A body is handed on in pieces of this size at least, but for its last.
constexpr std::size_t kLeastPiece = 65'536;
// More than this waiting for a slow taker, and its sender is not read from.
constexpr std::size_t kMostPending = 262'144;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr const char* kChallenge = "Basic realm=\"Orthanc Secure Area\"";

Response text_response(int status, const std::string& sentence) {
    Response response;
    response.status = status;
    response.set_header("Content-Type", "text/plain");
    response.body.append(sentence + ".\n");
    return response;
}

bool takes_body(Method method) {
    return method == Method::Post || method == Method::Put;
}

/// The path and query of a target in any of its forms (RFC 9112 3.2).
std::string_view origin_form(std::string_view target) {
    if (target == "*") {
        return "/";
    }
    const std::size_t scheme = target.find("://");
    if (!target.starts_with('/') && scheme != std::string_view::npos) {
        const std::size_t path = target.find_first_of("/?", scheme + 3);
        return path == std::string_view::npos ? "/" : target.substr(path);
    }
    return target;
}

bool is_secret(std::string_view name) {
    static constexpr std::string_view kName = "authorization";
    return std::equal(kName.begin(), kName.end(), name.begin(), name.end(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
    });
}

} // namespace

Connection::Connection(boost::asio::any_io_executor strand, std::unique_ptr<net::Transport> transport,
                       std::string host, const Surroundings& surroundings, bool one_too_many)
    : strand_(std::move(strand)), transport_(std::move(transport)), host_(std::move(host)),
      surroundings_(surroundings), one_too_many_(one_too_many) {
    // Of the handshake; and it may be looked at before start() has run.
    deadline_.store((Clock::now() + surroundings_.patience.head).time_since_epoch().count(),
                    std::memory_order_relaxed);
}

void Connection::start() {
    transport_->handshake([self = shared_from_this()](bool ok) {
        if (!ok) {
            self->fail();
        } else if (self->one_too_many_) {
            self->refuse(503, "This server has too many connections");
        } else {
            self->renew_deadline();
            self->read();
        }
    });
}

void Connection::close() {
    boost::asio::post(strand_, [self = shared_from_this()] { self->fail(); });
}

void Connection::close_when_answered() {
    boost::asio::post(strand_, [self = shared_from_this()] {
        self->stopping_ = true;
        const bool idle = self->state_ == State::Reading && self->reader_.at_start() && self->unread_.empty();
        if (idle || self->state_ == State::Ending) {
            self->fail();
        }
    });
}

void Connection::close_if_overdue(Clock::time_point now) {
    if (now.time_since_epoch().count() <= deadline_.load(std::memory_order_relaxed)) {
        return;
    }
    boost::asio::post(strand_, [self = shared_from_this(), now] {
        if (now.time_since_epoch().count() <= self->deadline_.load(std::memory_order_relaxed)) {
            return; // something came meanwhile
        }
        if (self->state_ == State::Receiving || (self->state_ == State::Reading && self->in_head_)) {
            self->refuse(408, "The request did not come in time");
        } else {
            self->fail();
        }
    });
}

void Connection::renew_deadline() {
    const Patience& patience = surroundings_.patience;
    const bool theirs = writing_ || (state_ == State::Receiving && !adding_);
    const auto wait = state_ == State::Ending    ? Clock::duration(patience.ending)
                      : theirs                   ? Clock::duration(patience.stalled)
                      : state_ != State::Reading ? Clock::duration(kRunning)
                      : in_head_                 ? Clock::duration(patience.head)
                                                 : Clock::duration(patience.idle);
    deadline_.store((Clock::now() + wait).time_since_epoch().count(), std::memory_order_relaxed);
    progress_ = 0;
}

// A few bytes now and then are no progress: whoever sends or takes so little is ended.
void Connection::count_progress(std::size_t bytes) {
    progress_ += bytes;
    if (progress_ >= kLeastProgress) {
        renew_deadline();
    }
}

void Connection::read() {
    if (std::exchange(reading_, true)) {
        return;
    }
    transport_->read([self = shared_from_this()](Bytes bytes) { self->on_read(bytes); });
}

void Connection::on_read(Bytes bytes) {
    reading_ = false;
    const bool answering = state_ == State::Beginning || state_ == State::Answering;
    if (bytes.empty() && answering) {
        return; // who sends no more may still want the answer; the write tells when it is gone
    }
    // Half closed: who sends no more of a request may still read why it was not carried out.
    if (bytes.empty() && (state_ == State::Receiving || (state_ == State::Reading && in_head_))) {
        refuse(400, "The request ended in its middle");
        return;
    }
    if (bytes.empty() || state_ == State::Closed) {
        fail();
        return;
    }
    // What comes behind the last answer is read and dropped: closing a socket with unread bytes would take
    // the answer away from the other side.
    if (state_ == State::Ending) {
        read();
        return;
    }
    try {
        process(bytes);
    } catch (const std::exception&) {
        surroundings_.logger.error("There is not enough memory for a request of the web port");
        fail();
    }
}

bool Connection::may_receive() const {
    return state_ == State::Receiving && !body_complete_ && pending_.size() < kMostPending;
}

/// Takes what came before and `bytes` as far as it can, and reads on when it needs more.
void Connection::process(Bytes bytes) {
    if (state_ == State::Receiving) {
        count_progress(bytes.size());
    }
    std::vector<std::byte> joined = std::exchange(unread_, {});
    Bytes input = bytes;
    if (!joined.empty()) {
        joined.insert(joined.end(), bytes.begin(), bytes.end());
        input = joined;
    }
    while (step(input)) {
    }
    if (state_ == State::Ending || state_ == State::Closed) {
        return;
    }
    if (!input.empty() && input.size() == joined.size()) {
        unread_ = std::move(joined);
    } else {
        unread_.assign(input.begin(), input.end());
    }
    if (state_ == State::Reading) {
        if (const bool in_head = !reader_.at_start() || !unread_.empty(); in_head != in_head_) {
            in_head_ = in_head;
            renew_deadline();
        }
    }
    if (state_ == State::Reading || may_receive()) {
        read();
    }
}

/// Whether to go on: a request at a time, and no more of a body than may wait.
bool Connection::step(Bytes& input) {
    if (state_ != State::Reading && !may_receive()) {
        return false;
    }
    const RequestReader::Step read = reader_.read(input);
    input = input.subspan(read.used);
    switch (read.event) {
    case RequestReader::Event::More:
        return read.used > 0;
    case RequestReader::Event::Head:
        on_head();
        return false;
    case RequestReader::Event::Body:
        pending_.insert(pending_.end(), read.body.begin(), read.body.end());
        pump_body();
        return true;
    case RequestReader::Event::End:
        body_complete_ = true;
        pump_body();
        return false;
    case RequestReader::Event::Refused:
        refuse(reader_.refusal().status, reader_.refusal().sentence);
        return false;
    }
    return false;
}

void Connection::on_head() {
    head_ = std::move(reader_.head());
    body_unread_ = head_.has_body();
    in_head_ = false;
    state_ = State::Beginning;
    renew_deadline();
    auto outcome = surroundings_.authentication.judge(host_, head_.field("Authorization"));
    if (auto here = answer_here(outcome.verdict)) {
        respond(*std::move(here));
        return;
    }
    auto request = request_of(std::move(outcome.user));
    if (!request) {
        refuse(request.failure().kind == ErrorKind::TooLarge ? 414 : 400, request.failure().text);
    } else if (takes_body(head_.method)) {
        begin_body(*std::move(request));
    } else {
        run_request(*std::move(request));
    }
}

/// What needs no service: who may not ask, and preflights, which carry no credentials.
std::optional<Response> Connection::answer_here(Authentication::Verdict verdict) const {
    if (verdict == Authentication::Verdict::Remote) {
        return text_response(403, "Only this machine itself may ask this server");
    }
    if (auto preflight = surroundings_.origins.preflight(head_)) {
        return preflight;
    }
    if (verdict == Authentication::Verdict::Unknown) {
        Response response = text_response(401, "This server answers its registered users");
        response.set_header("WWW-Authenticate", kChallenge);
        return response;
    }
    if (head_.has_body() && !takes_body(head_.method)) {
        return text_response(400, "A request of this method has no body");
    }
    return std::nullopt;
}

Result<Request> Connection::request_of(std::string user) const {
    Request request;
    // Asked as GET (RFC 9110 9.3.2); the answer goes without its body.
    request.method = head_.method == Method::Head ? Method::Get : head_.method;
    const std::string_view target = origin_form(head_.target);
    if (!target.starts_with('/')) {
        return error(ErrorKind::BadRequest, "the URL does not begin with a slash");
    }
    const std::size_t question = target.find('?');
    auto segments = dicomweb::parse_path(target.substr(0, question));
    if (!segments) {
        return segments.failure();
    }
    request.segments = *std::move(segments);
    if (question != std::string_view::npos) {
        auto query = dicomweb::parse_query(target.substr(question + 1));
        if (!query) {
            return query.failure();
        }
        request.query = *std::move(query);
    }
    for (const dicomweb::Field& field : head_.fields) {
        if (!is_secret(field.name)) {
            request.headers.push_back(field);
        }
    }
    request.headers.push_back({std::string(dicomweb::kPeerField), host_});
    request.headers.push_back({std::string(dicomweb::kSchemeField), surroundings_.secure ? "https" : "http"});
    if (!user.empty()) {
        request.headers.push_back({std::string(dicomweb::kUserField), std::move(user)});
    }
    return request;
}

void Connection::run_request(Request request) {
    state_ = State::Answering;
    surroundings_.requests.post(
        [self = shared_from_this(), options = answer_options(), request = std::move(request)] {
            Response response;
            try {
                response = self->surroundings_.service.answer(request);
            } catch (const std::exception&) {
                response = self->internal_error("a request");
            }
            self->begin_answer(std::move(response), options);
        });
}

void Connection::begin_body(Request request) {
    surroundings_.bodies.post([self = shared_from_this(), request = std::move(request)] {
        Result<std::unique_ptr<dicomweb::RequestBody>> begun = error(ErrorKind::Internal, "Internal error");
        try {
            begun = self->surroundings_.service.begin_body(request);
        } catch (const std::exception&) {
            static_cast<void>(self->internal_error("the beginning of a body"));
        }
        boost::asio::post(self->strand_, [self, begun = std::move(begun), request]() mutable {
            self->on_begun(std::move(begun), std::move(request));
        });
    });
}

void Connection::on_begun(Result<std::unique_ptr<dicomweb::RequestBody>> begun, Request request) {
    if (state_ != State::Beginning) {
        return;
    }
    if (!begun) {
        respond(surroundings_.service.refusal(begun.failure()));
        return;
    }
    if (*begun == nullptr) {
        run_request(std::move(request));
        return;
    }
    body_ = *std::move(begun);
    state_ = State::Receiving;
    body_complete_ = !head_.has_body();
    renew_deadline();
    invite_body();
    if (body_complete_) {
        pump_body();
    } else {
        process({});
    }
}

/// To a client that waits before it sends (RFC 9110 10.1.1).
void Connection::invite_body() {
    if (!head_.expects_continue || body_complete_ || !unread_.empty()) {
        return;
    }
    inviting_ = true;
    transport_->write(
        {std::as_bytes(std::span(kContinue))}, [](std::size_t) {},
        [self = shared_from_this()](bool ok) {
            self->inviting_ = false;
            if (!ok) {
                self->fail();
            } else if (self->ready_ && self->state_ == State::Answering) {
                self->write(*std::exchange(self->ready_, std::nullopt));
            }
        });
}

/// One piece at a time is with whoever takes the body.
void Connection::pump_body() {
    if (adding_ || state_ != State::Receiving || (!body_complete_ && pending_.size() < kLeastPiece)) {
        return;
    }
    if (pending_.empty()) {
        finish_body();
        return;
    }
    adding_ = true;
    renew_deadline();
    const auto chunk = std::make_shared<const std::vector<std::byte>>(std::exchange(pending_, {}));
    surroundings_.bodies.post([self = shared_from_this(), chunk, body = body_] {
        Status added = error(ErrorKind::Internal, "Internal error");
        try {
            added = body->add(*chunk);
        } catch (const std::exception&) {
            static_cast<void>(self->internal_error("a body"));
        }
        boost::asio::post(self->strand_, [self, added = std::move(added)] { self->on_added(added); });
    });
}

void Connection::on_added(const Status& added) {
    adding_ = false;
    if (state_ != State::Receiving) {
        return;
    }
    if (!added) {
        respond(surroundings_.service.refusal(added.failure()));
        return;
    }
    renew_deadline();
    pump_body();
    if (may_receive() && !reading_) {
        process({});
    }
}

void Connection::finish_body() {
    state_ = State::Answering;
    body_unread_ = false;
    renew_deadline();
    surroundings_.bodies.post(
        [self = shared_from_this(), options = answer_options(), body = std::exchange(body_, nullptr)] {
            Response response;
            try {
                response = body->finish();
            } catch (const std::exception&) {
                response = self->internal_error("the end of a body");
            }
            self->begin_answer(std::move(response), options);
        });
}

/// Where it may wait for what has been begun.
void Connection::drop_body() {
    pending_ = {};
    if (body_) {
        surroundings_.bodies.post([body = std::exchange(body_, nullptr)] {});
    }
}

void Connection::refuse(int status, const std::string& sentence) {
    leaving_ = true;
    respond(text_response(status, sentence));
}

/// An answer that is at hand.
void Connection::respond(Response response) {
    state_ = State::Answering;
    drop_body();
    renew_deadline();
    surroundings_.pieces.post([self = shared_from_this(), options = answer_options(),
                               response = std::move(response)] { self->begin_answer(response, options); });
}

AnswerOptions Connection::answer_options() const {
    AnswerOptions options;
    options.head_only = head_.method == Method::Head;
    options.http11 = head_.http11 || head_.target.empty();
    options.keep_alive = head_.keep_alive && !body_unread_ && !leaving_ && !stopping_;
    options.files = transport_->takes_files();
    // Compressing is slower than the loopback interface.
    options.gzip = !is_loopback(host_) && takes_gzip(head_.field("Accept-Encoding"));
    return options;
}

void Connection::begin_answer(Response response, AnswerOptions options) {
    surroundings_.origins.mark(head_, response);
    auto stream = std::make_shared<AnswerStream>(std::move(response), options);
    Result<Window> window = next_window(*stream);
    if (!window) { // and nothing has been sent
        Response refusal = surroundings_.service.refusal(window.failure());
        surroundings_.origins.mark(head_, refusal);
        stream = std::make_shared<AnswerStream>(std::move(refusal), options);
        window = next_window(*stream);
    }
    boost::asio::post(strand_, [self = shared_from_this(), stream, window = std::move(window)]() mutable {
        self->answer_ = stream;
        self->on_window(std::move(window));
    });
}

Result<Window> Connection::next_window(AnswerStream& stream) const {
    try {
        return stream.next();
    } catch (const std::exception&) {
        static_cast<void>(internal_error("an answer"));
    }
    return error(ErrorKind::Internal, "Internal error");
}

Response Connection::internal_error(const char* where) const {
    // The text of an exception may hold anything, a patient's name too.
    surroundings_.logger.error(std::string("Internal error in ") + where + " of the web port");
    return text_response(500, "Internal error");
}

void Connection::prepare_next() {
    surroundings_.pieces.post([self = shared_from_this(), stream = answer_] {
        auto window = self->next_window(*stream);
        boost::asio::post(self->strand_, [self, window = std::move(window)]() mutable {
            self->on_window(std::move(window));
        });
    });
}

void Connection::on_window(Result<Window> window) {
    if (state_ != State::Answering) {
        answer_ = nullptr;
        return;
    }
    if (!window) {
        surroundings_.logger.warning("An answer of the web port was cut off: " + window.failure().text);
        fail();
    } else if (writing_ || inviting_) {
        ready_ = *std::move(window);
    } else {
        write(*std::move(window));
    }
}

void Connection::write(Window window) {
    writing_ = std::move(window);
    renew_deadline();
    if (!writing_->last) {
        prepare_next();
    }
    transport_->write(
        writing_->parts, [self = shared_from_this()](std::size_t bytes) { self->count_progress(bytes); },
        [self = shared_from_this()](bool ok) { self->on_written(ok); });
}

void Connection::on_written(bool ok) {
    const bool last = writing_->last;
    const bool keep_alive = writing_->keep_alive;
    writing_.reset();
    if (!ok || state_ == State::Closed) {
        fail();
    } else if (last) {
        on_answered(keep_alive);
    } else if (ready_) {
        write(*std::exchange(ready_, std::nullopt));
    } else {
        renew_deadline();
    }
}

void Connection::on_answered(bool keep_alive) {
    answer_ = nullptr;
    head_ = {};
    if (!keep_alive || stopping_) {
        end();
        return;
    }
    reader_.next();
    body_complete_ = false;
    state_ = State::Reading;
    renew_deadline();
    process({});
}

void Connection::end() {
    state_ = State::Ending;
    unread_ = {};
    renew_deadline();
    transport_->end_of_writing();
    if (stopping_) {
        fail();
    } else {
        read();
    }
}

void Connection::fail() {
    if (state_ == State::Closed) {
        return;
    }
    state_ = State::Closed;
    transport_->close();
    drop_body();
    unread_ = {};
    ready_.reset(); // what is being written stays until the transport lets go of it
    answer_ = nullptr;
}

} // namespace recog::web
