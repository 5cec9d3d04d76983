#include "plugin/dimse/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <openssl/err.h>

namespace recog::dimse {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t TLS_RECORD = 16384; // RFC 8446 5.1
// Encrypted bytes gathered before the socket is written: sixteen records a system call.
constexpr std::size_t FLUSH_AT = 16 * TLS_RECORD;

Error tls_error(const std::string& what) {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return error(ErrorKind::Unreachable, reason == nullptr ? what : what + ": " + reason);
}

} // namespace

Result<TlsStream::Context> TlsStream::make_context(const Destination& destination) {
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context) {
        return tls_error("TLS cannot be set up");
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (destination.tls_trusted.empty() ||
        SSL_CTX_load_verify_locations(context.get(), destination.tls_trusted.c_str(), nullptr) != 1) {
        return tls_error("The file of trusted certificates for DICOM TLS cannot be read");
    }
    if (!destination.tls_certificate.empty() &&
        (SSL_CTX_use_certificate_chain_file(context.get(), destination.tls_certificate.c_str()) != 1 ||
         SSL_CTX_use_PrivateKey_file(context.get(), destination.tls_private_key.c_str(), SSL_FILETYPE_PEM) !=
             1)) {
        return tls_error("The certificate for DICOM TLS or its private key cannot be read");
    }
    return context;
}

Result<std::unique_ptr<ByteStream>> TlsStream::handshake(std::unique_ptr<SocketStream> socket,
                                                         const Destination& destination, milliseconds limit) {
    auto context = make_context(destination);
    if (!context) {
        return context.failure();
    }
    std::unique_ptr<TlsStream> stream(new TlsStream(std::move(socket), std::move(*context)));
    if (auto shaken = stream->shake_hands(limit); !shaken) {
        return shaken.failure();
    }
    return std::unique_ptr<ByteStream>(std::move(stream));
}

TlsStream::TlsStream(std::unique_ptr<SocketStream> socket, Context context)
    : socket_(std::move(socket)), context_(std::move(context)), session_(SSL_new(context_.get())),
      from_network_(BIO_new(BIO_s_mem())), to_network_(BIO_new(BIO_s_mem())) {
    SSL_set_bio(session_.get(), from_network_, to_network_);
    SSL_set_connect_state(session_.get());
}

Status TlsStream::send_encrypted(milliseconds idle_limit) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(to_network_, &data);
    if (length <= 0) {
        return {};
    }
    const Bytes encrypted(reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(length));
    auto sent = socket_->write({&encrypted, 1}, idle_limit);
    (void)BIO_reset(to_network_);
    return sent;
}

Status TlsStream::receive_encrypted(SteadyTime deadline) {
    std::array<std::byte, TLS_RECORD + 512> buffer{};
    auto got = socket_->read_some(buffer, deadline);
    if (!got) {
        return got.failure();
    }
    BIO_write(from_network_, buffer.data(), static_cast<int>(*got));
    return {};
}

Status TlsStream::shake_hands(milliseconds limit) {
    const SteadyTime deadline = steady_clock::now() + limit;
    for (;;) {
        ERR_clear_error();
        const int done = SSL_do_handshake(session_.get());
        const int want = SSL_get_error(session_.get(), done);
        if (auto sent = send_encrypted(limit); !sent) {
            return sent;
        }
        if (done == 1) {
            return {};
        }
        if (want != SSL_ERROR_WANT_READ) {
            return tls_error("The TLS handshake with the receiver failed");
        }
        if (auto received = receive_encrypted(deadline); !received) {
            return received;
        }
    }
}

Status TlsStream::write(std::span<const Bytes> parts, milliseconds idle_limit) {
    for (Bytes part : parts) {
        while (!part.empty()) {
            ERR_clear_error();
            std::size_t taken = 0;
            if (SSL_write_ex(session_.get(), part.data(), std::min(part.size(), TLS_RECORD), &taken) != 1) {
                return tls_error("Encrypting for the receiver failed");
            }
            part = part.subspan(taken);
            if (BIO_ctrl_pending(to_network_) >= FLUSH_AT) {
                if (auto sent = send_encrypted(idle_limit); !sent) {
                    return sent;
                }
            }
        }
    }
    return send_encrypted(idle_limit);
}

Result<std::size_t> TlsStream::read_some(std::span<std::byte> into, SteadyTime deadline) {
    for (;;) {
        ERR_clear_error();
        std::size_t got = 0;
        const int done = SSL_read_ex(session_.get(), into.data(), into.size(), &got);
        if (done == 1) {
            return got;
        }
        const int want = SSL_get_error(session_.get(), done);
        if (want == SSL_ERROR_ZERO_RETURN) {
            return error(ErrorKind::Unreachable, "The receiver closed the connection");
        }
        if (want != SSL_ERROR_WANT_READ) {
            return tls_error("The TLS connection broke");
        }
        if (auto received = receive_encrypted(deadline); !received) {
            return received.failure();
        }
    }
}

// TLS 1.3 receivers send session tickets when they like: bytes on the wire, none for us.
bool TlsStream::quiet() {
    while (socket_->arrival() == SocketStream::Arrival::Data) {
        if (!receive_encrypted(steady_clock::now())) {
            return false;
        }
    }
    ERR_clear_error();
    std::byte first{};
    std::size_t got = 0;
    const int done = SSL_peek_ex(session_.get(), &first, 1, &got);
    const bool waits = done != 1 && SSL_get_error(session_.get(), done) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return waits && socket_->quiet();
}

void TlsStream::write_if_possible(Bytes bytes) {
    std::size_t taken = 0;
    if (SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &taken) == 1) {
        char* data = nullptr;
        const long length = BIO_get_mem_data(to_network_, &data);
        if (length > 0) {
            socket_->write_if_possible(
                {reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(length)});
        }
    }
    ERR_clear_error();
}

Result<std::unique_ptr<ByteStream>> connect_stream(const Destination& destination, const CancelSignal& cancel,
                                                   milliseconds limit) {
    auto socket = SocketStream::connect(destination.host, destination.port, limit, cancel);
    if (!socket) {
        return socket.failure();
    }
    if (destination.tls) {
        return TlsStream::handshake(std::move(*socket), destination, limit);
    }
    return std::unique_ptr<ByteStream>(std::move(*socket));
}

} // namespace recog::dimse
