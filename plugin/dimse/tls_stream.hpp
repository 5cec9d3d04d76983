// TLS over a SocketStream: OpenSSL works on memory only, so that time-outs, cancellation and the socket
// options are those of SocketStream, and no SIGPIPE can arise.
#pragma once

#include "plugin/dimse/socket_stream.hpp"

#include <openssl/ssl.h>

namespace recog::dimse {

class TlsStream final : public ByteStream {
public:
    /// TLS 1.2 or newer. The receiver's certificate is always verified against `tls_trusted`; its name is
    /// not, because DICOM nodes are configured by address (PS3.15 B.9 leaves that to the operator).
    static Result<std::unique_ptr<ByteStream>> handshake(std::unique_ptr<SocketStream> socket,
                                                         const Destination& destination,
                                                         std::chrono::milliseconds limit);

    Status write(std::span<const Bytes> parts, std::chrono::milliseconds idle_limit) override;
    Result<std::size_t> read_some(std::span<std::byte> into, SteadyTime deadline) override;
    bool quiet() override;
    void write_if_possible(Bytes bytes) override;

private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    struct FreeSession {
        void operator()(SSL* session) const { SSL_free(session); }
    };
    using Context = std::unique_ptr<SSL_CTX, FreeContext>;

    TlsStream(std::unique_ptr<SocketStream> socket, Context context);
    static Result<Context> make_context(const Destination& destination);
    Status shake_hands(std::chrono::milliseconds limit);
    Status send_encrypted(std::chrono::milliseconds idle_limit);
    Status receive_encrypted(SteadyTime deadline);

    std::unique_ptr<SocketStream> socket_;
    Context context_;
    std::unique_ptr<SSL, FreeSession> session_;
    BIO* from_network_ = nullptr; // both belong to session_
    BIO* to_network_ = nullptr;
};

} // namespace recog::dimse
