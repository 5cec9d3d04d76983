#include "plugin/net/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

namespace recog::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadAtOnce = 262'144;
constexpr std::size_t kTlsReadAtOnce = 16'384; // one record, RFC 8446 5.1
// Far below IOV_MAX (1024).
constexpr std::size_t kPartsAtOnce = 64;
// A receiver that takes everything at once does not keep a network thread to itself.
constexpr std::size_t kWritesAtOnce = 16;

void prepare(tcp::socket& socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
}

// The kernel drops the flag whenever it likes (tcp(7)), so it is set again after each read.
void acknowledge_now(tcp::socket& socket) {
    const int on = 1;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/// What is left of the parts of one write.
class Remainder {
public:
    explicit Remainder(std::vector<Part> parts) : parts_(std::move(parts)) { skip(0); }
    bool empty() const { return first_ == parts_.size(); }
    const Part& front() const { return parts_[first_]; }
    /// `with_files`: bytes of files too, from memory; else the bytes up to the first that stand in a file.
    std::vector<asio::const_buffer> next(bool with_files) const {
        std::vector<asio::const_buffer> buffers;
        for (std::size_t i = first_; i < parts_.size() && buffers.size() < kPartsAtOnce; ++i) {
            if (parts_[i].descriptor >= 0 && !with_files) {
                break;
            }
            buffers.emplace_back(parts_[i].bytes.data(), parts_[i].bytes.size());
        }
        return buffers;
    }
    bool is_followed(std::size_t parts) const { return first_ + parts < parts_.size(); }
    void skip(std::size_t written) {
        while (first_ < parts_.size() && written >= parts_[first_].bytes.size()) {
            written -= parts_[first_++].bytes.size();
        }
        if (written > 0) {
            parts_[first_].bytes = parts_[first_].bytes.subspan(written);
            parts_[first_].offset += written;
        }
    }

private:
    std::vector<Part> parts_;
    std::size_t first_ = 0;
};

// sendfile() knows no MSG_NOSIGNAL. A blocked signal stays with the thread, and nobody takes it.
void block_broken_pipes() {
    static thread_local const bool blocked = [] {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGPIPE);
        return pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0;
    }();
    static_cast<void>(blocked);
}

/// As write_some(). A file that has become shorter is a failure.
std::size_t send_file(tcp::socket& socket, const Part& part, error_code& failed) {
    block_broken_pipes();
    auto offset = static_cast<off_t>(part.offset);
    const ssize_t sent = ::sendfile(socket.native_handle(), part.descriptor, &offset, part.bytes.size());
    if (sent > 0) {
        return static_cast<std::size_t>(sent);
    }
    failed = sent == 0         ? error_code(asio::error::eof)
             : errno == EAGAIN ? error_code(asio::error::would_block)
                               : error_code(errno, boost::system::system_category());
    return 0;
}

struct Write {
    Remainder left;
    Transport::Progress progress;
    Transport::Handler done;
};

class PlainTransport final : public Transport {
public:
    explicit PlainTransport(tcp::socket socket) : socket_(std::move(socket)) {
        prepare(socket_);
        acknowledge_now(socket_);
    }

    void handshake(Handler done) override {
        asio::post(socket_.get_executor(), [done = std::move(done)] { done(true); });
    }

    void read(ReadHandler done) override {
        socket_.async_wait(tcp::socket::wait_read,
                           [this, done = std::move(done)](const error_code& failed) mutable {
                               failed ? done({}) : receive(std::move(done));
                           });
    }

    void write(std::vector<Part> parts, Progress progress, Handler done) override {
        send(std::make_shared<Write>(
            Write{Remainder(std::move(parts)), std::move(progress), std::move(done)}));
    }

    bool takes_files() const override { return true; }

    void end_of_writing() override {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }

    void close() override {
        error_code ignored;
        socket_.close(ignored);
    }

private:
    void receive(ReadHandler done) {
        // An idle association waits without a buffer; those that read share one on each thread.
        static thread_local const auto buffer = std::make_unique<std::byte[]>(kReadAtOnce);
        error_code failed;
        const std::size_t got = socket_.read_some(asio::buffer(buffer.get(), kReadAtOnce), failed);
        if (failed == asio::error::would_block) {
            read(std::move(done));
            return;
        }
        if (!failed) {
            acknowledge_now(socket_);
        }
        done(failed ? Bytes() : Bytes(buffer.get(), got));
    }

    // Tried at once: the socket's buffer nearly always takes an answer.
    void send(const std::shared_ptr<Write>& write) {
        for (std::size_t writes = 0; !write->left.empty(); ++writes) {
            if (writes == kWritesAtOnce) {
                asio::post(socket_.get_executor(), [this, write] { send(write); });
                return;
            }
            error_code failed;
            const std::size_t sent = send_some(write->left, failed);
            if (failed == asio::error::interrupted) {
                continue;
            }
            if (failed == asio::error::would_block) {
                socket_.async_wait(tcp::socket::wait_write, [this, write](const error_code& broken) {
                    broken ? write->done(false) : send(write);
                });
                return;
            }
            if (failed) {
                finish(write, false);
                return;
            }
            write->left.skip(sent);
            write->progress(sent);
        }
        finish(write, true);
    }

    // Bytes in front of a file go with its first ones.
    std::size_t send_some(const Remainder& left, error_code& failed) {
        if (left.front().descriptor >= 0) {
            return send_file(socket_, left.front(), failed);
        }
        const auto buffers = left.next(false);
        return socket_.send(buffers, left.is_followed(buffers.size()) ? MSG_MORE : 0, failed);
    }

    // Posted: the caller of write() must not be called back from inside.
    void finish(const std::shared_ptr<Write>& write, bool ok) {
        asio::post(socket_.get_executor(), [write, ok] { write->done(ok); });
    }

    tcp::socket socket_;
};

class TlsTransport final : public Transport {
public:
    TlsTransport(tcp::socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {
        prepare(stream_.next_layer());
        acknowledge_now(stream_.next_layer());
    }

    void handshake(Handler done) override {
        stream_.async_handshake(asio::ssl::stream_base::server,
                                [this, done = std::move(done)](const error_code& failed) {
                                    if (!failed) {
                                        acknowledge_now(stream_.next_layer());
                                    }
                                    done(!failed);
                                });
    }

    void read(ReadHandler done) override {
        buffer_.resize(kTlsReadAtOnce);
        stream_.async_read_some(asio::buffer(buffer_),
                                [this, done = std::move(done)](const error_code& failed, std::size_t got) {
                                    if (!failed) {
                                        acknowledge_now(stream_.next_layer());
                                    }
                                    done(failed ? Bytes() : Bytes(buffer_).first(got));
                                });
    }

    void write(std::vector<Part> parts, Progress progress, Handler done) override {
        send(std::make_shared<Write>(
            Write{Remainder(std::move(parts)), std::move(progress), std::move(done)}));
    }

    void end_of_writing() override {
        error_code ignored;
        stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
    }

    void close() override {
        error_code ignored;
        stream_.next_layer().close(ignored);
    }

private:
    void send(const std::shared_ptr<Write>& write) {
        if (write->left.empty()) {
            asio::post(stream_.get_executor(), [write] { write->done(true); });
            return;
        }
        stream_.async_write_some(write->left.next(true),
                                 [this, write](const error_code& failed, std::size_t sent) {
                                     if (failed) {
                                         write->done(false);
                                         return;
                                     }
                                     write->left.skip(sent);
                                     write->progress(sent);
                                     send(write);
                                 });
    }

    asio::ssl::stream<tcp::socket> stream_;
    std::vector<std::byte> buffer_;
};

Error unreadable(const std::string& option, const TlsFiles& files, const error_code& failed) {
    return error(ErrorKind::Configuration, "the file of " + option + " cannot be used for " +
                                               files.options.purpose + ": " + failed.message());
}

} // namespace

std::unique_ptr<Transport> plain_transport(tcp::socket socket) {
    return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> tls_transport(tcp::socket socket, asio::ssl::context& context) {
    return std::make_unique<TlsTransport>(std::move(socket), context);
}

Result<std::unique_ptr<asio::ssl::context>> make_tls_context(const TlsFiles& files) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    // A client may take up an earlier session, which OpenSSL refuses unless it is told whose sessions they
    // are. Nothing is kept here for it: tickets hold all.
    static constexpr std::array<unsigned char, 4> kSessions{'R', 'E', 'C', 'G'};
    SSL_CTX_set_session_id_context(context->native_handle(), kSessions.data(), kSessions.size());
    SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
    // An idle association gives its buffers back.
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    error_code failed;
    context->use_certificate_chain_file(files.certificate, failed);
    if (failed) {
        return unreadable(files.options.certificate, files, failed);
    }
    context->use_private_key_file(files.private_key, asio::ssl::context::pem, failed);
    if (failed) {
        return unreadable(files.options.private_key, files, failed);
    }
    if (files.certificate_required) {
        context->load_verify_file(files.trusted, failed);
        if (failed) {
            return unreadable(files.options.trusted, files, failed);
        }
        context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    return context;
}

} // namespace recog::net
