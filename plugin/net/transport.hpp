// The bytes of one accepted connection, plain or TLS, on its own strand. The 40 ms trap is closed here as in
// plugin/dimse/socket_stream.cpp: TCP_NODELAY for what we write, TCP_QUICKACK for what the other side holds
// back.
#pragma once

#include "core/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace recog::net {

using Bytes = std::span<const std::byte>;

/// What is to be written: bytes, which may also stand in an open file.
struct Part {
    Part(Bytes run) : bytes(run) {}
    Part(Bytes run, int file, std::uint64_t at) : bytes(run), descriptor(file), offset(at) {}

    Bytes bytes;
    int descriptor = -1; ///< the system may take them from there; negative: from memory
    std::uint64_t offset = 0;
};

/// All calls and all handlers are on the strand that the socket was accepted on.
class Transport {
public:
    using Handler = std::function<void(bool ok)>;
    /// The bytes are valid during the call; none when the connection is over.
    using ReadHandler = std::function<void(Bytes)>;
    using Progress = std::function<void(std::size_t bytes)>;

    virtual ~Transport() = default;

    virtual void handshake(Handler done) = 0;
    /// One read at a time.
    virtual void read(ReadHandler done) = 0;
    /// One write at a time. The parts stay valid until `done`; `progress` is told how many bytes have gone.
    virtual void write(std::vector<Part> parts, Progress progress, Handler done) = 0;
    /// Whether parts are taken from files; otherwise their bytes are touched.
    virtual bool takes_files() const { return false; }
    /// Says that nothing more will be written; reading goes on.
    virtual void end_of_writing() = 0;
    /// Ends all that is running; its handlers are called with a failure.
    virtual void close() = 0;
};

std::unique_ptr<Transport> plain_transport(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Transport> tls_transport(boost::asio::ip::tcp::socket socket,
                                         boost::asio::ssl::context& context);

/// What the operator calls the files, for sentences about them.
struct TlsOptionNames {
    std::string certificate = "DicomTlsCertificate";
    std::string private_key = "DicomTlsPrivateKey";
    std::string trusted = "DicomTlsTrustedCertificates";
    std::string purpose = "DICOM TLS";
};

/// PEM files. The other side must show a certificate that one of `trusted` has signed (PS3.15 B.9), as on
/// Orthanc's own port, unless `certificate_required` is off. Configuration errors.
struct TlsFiles {
    std::string certificate;
    std::string private_key;
    std::string trusted;
    bool certificate_required = true;
    TlsOptionNames options = {};
};
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const TlsFiles& files);

} // namespace recog::net
