// One HTTP connection: reads requests and writes answers on a strand, one request after the other. Whatever
// may wait (the service, the pieces of a body, whoever takes the body of a request) runs on threads of a pool
// and holds none of them while the other side is waited for.
//
//   head ──▶ answer()      on a request thread ──▶ windows, each made on a piece thread while the one before
//   body ──▶ begin_body() ... add() ... finish() on a body thread ──┘                          it is written
#pragma once

#include "core/base/logger.hpp"
#include "core/base/task_threads.hpp"
#include "core/dicomweb/service.hpp"
#include "plugin/net/socket_server.hpp"
#include "plugin/web/answer_stream.hpp"
#include "plugin/web/authentication.hpp"
#include "plugin/web/cross_origin.hpp"
#include "plugin/web/request_reader.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

namespace recog::web {

/// How long the other side is waited for.
struct Patience {
    std::chrono::milliseconds head{30'000};    ///< from the first byte of a head to its end, TLS included
    std::chrono::milliseconds stalled{30'000}; ///< for each kLeastProgress bytes of a body, either way
    std::chrono::milliseconds ending{5'000};   ///< for the end of the connection, behind the last answer
    std::chrono::milliseconds idle{60'000};
};

/// Slower than this in Patience::stalled, and a body is taken for stuck.
inline constexpr std::size_t kLeastProgress = 32'768;

/// What all connections of a listener share; outlives them.
struct Surroundings {
    dicomweb::Service& service;
    const Authentication& authentication;
    const CrossOrigin& origins;
    Logger& logger;
    TaskThreads& requests;
    TaskThreads& pieces; ///< of answers
    TaskThreads& bodies; ///< of requests
    Patience patience;
    bool secure = false; ///< over TLS
};

class Connection final : public net::ServedConnection, public std::enable_shared_from_this<Connection> {
public:
    Connection(boost::asio::any_io_executor strand, std::unique_ptr<net::Transport> transport,
               std::string host, const Surroundings& surroundings, bool one_too_many);
    ~Connection() override = default;

    void start() override;
    void close() override;
    void close_when_answered() override;
    void close_if_overdue(Clock::time_point now) override;

private:
    enum class State { Reading, Beginning, Receiving, Answering, Ending, Closed };

    void read();
    void on_read(Bytes bytes);
    void process(Bytes bytes);
    bool step(Bytes& input);
    bool may_receive() const;

    void on_head();
    std::optional<dicomweb::Response> answer_here(Authentication::Verdict verdict) const;
    Result<dicomweb::Request> request_of(std::string user) const;
    void run_request(dicomweb::Request request);
    void begin_body(dicomweb::Request request);
    void on_begun(Result<std::unique_ptr<dicomweb::RequestBody>> begun, dicomweb::Request request);
    void invite_body();
    void pump_body();
    void on_added(const Status& added);
    void finish_body();
    void drop_body();

    void refuse(int status, const std::string& sentence);
    void respond(dicomweb::Response response);
    AnswerOptions answer_options() const;
    // These on a thread that may wait.
    void begin_answer(dicomweb::Response response, AnswerOptions options);
    Result<Window> next_window(AnswerStream& stream) const;
    dicomweb::Response internal_error(const char* where) const;

    void prepare_next();
    void on_window(Result<Window> window);
    void write(Window window);
    void on_written(bool ok);
    void on_answered(bool keep_alive);
    void end();
    void fail();
    void renew_deadline();
    void count_progress(std::size_t bytes);

    const boost::asio::any_io_executor strand_;
    const std::unique_ptr<net::Transport> transport_;
    const std::string host_;
    const Surroundings& surroundings_;
    const bool one_too_many_;

    // On the strand only, except that head_ is read where an answer is made: it changes behind the answer.
    State state_ = State::Reading;
    RequestReader reader_;
    std::vector<std::byte> unread_; ///< what came and has not been looked at
    bool reading_ = false;
    bool in_head_ = false;     ///< some of a head has come
    bool leaving_ = false;     ///< the connection ends behind the answer to this request
    bool stopping_ = false;    ///< and that at once
    bool body_unread_ = false; ///< so no request behind it can be found
    Head head_;                ///< of the request that is being answered

    std::shared_ptr<dicomweb::RequestBody> body_;
    std::vector<std::byte> pending_; ///< of the body, for body_
    bool adding_ = false;
    bool body_complete_ = false;
    bool inviting_ = false; ///< "100 Continue" is being written

    std::shared_ptr<AnswerStream> answer_;
    std::optional<Window> writing_;
    std::optional<Window> ready_; ///< the one behind it

    std::size_t progress_ = 0; ///< bytes since the deadline was renewed
    std::atomic<Clock::rep> deadline_{};
};

} // namespace recog::web
