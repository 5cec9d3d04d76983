// A requestor on a blocking socket that does what a test asks, right or wrong.
#pragma once

#include "tests/plugin/port/wire.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace recog::port::test {

struct ReceivedPdu {
    unsigned type = 0; ///< 0: the connection is over
    Wire body;
};

struct ReceivedMessage {
    dimse::CommandSet command;
    std::string data_set;
};

class Client {
public:
    explicit Client(std::uint16_t port, int receive_buffer = 0) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (receive_buffer > 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const timeval patience{60, 0}; // a test that hangs fails
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("no connection");
        }
    }
    ~Client() { close(); }
    Client(Client&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), ssl_(std::exchange(other.ssl_, nullptr)) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    int socket() const { return socket_; }
    SSL* ssl() const { return ssl_; }

    /// Whether the handshake succeeds. `session`: one to be taken up again.
    bool secure(SSL_CTX* context, SSL_SESSION* session = nullptr) {
        ssl_ = SSL_new(context);
        SSL_set_fd(ssl_, socket_);
        if (session != nullptr) {
            SSL_set_session(ssl_, session);
        }
        return SSL_connect(ssl_) == 1;
    }

    /// False when the other side is gone.
    bool send(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const auto sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                              : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes = bytes.subspan(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Gives up when the other side takes nothing for `patience` ms. The number of bytes that it took.
    std::size_t send_while_taken(std::span<const std::byte> bytes, int patience) {
        std::size_t taken = 0;
        pollfd ready{socket_, POLLOUT, 0};
        while (taken < bytes.size() && ::poll(&ready, 1, patience) > 0) {
            const auto sent =
                ::send(socket_, bytes.data() + taken, bytes.size() - taken, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) {
                break;
            }
            taken += static_cast<std::size_t>(sent);
        }
        return taken;
    }

    ReceivedPdu receive() {
        ReceivedPdu pdu;
        Wire header(dimse::PDU_HEADER);
        if (!read(header)) {
            return pdu;
        }
        std::size_t length = 0;
        for (std::size_t i = 2; i < 6; ++i) {
            length = length << 8U | std::to_integer<std::size_t>(header[i]);
        }
        pdu.body.resize(length);
        if (read(pdu.body)) {
            pdu.type = std::to_integer<unsigned>(header[0]);
        }
        return pdu;
    }
    /// Throws when something else comes.
    ReceivedMessage receive_message() {
        ReceivedMessage message;
        Wire bytes;
        for (bool command = true;;) {
            const ReceivedPdu pdu = receive();
            const auto fragments =
                pdu.type == 4
                    ? dimse::parse_data(pdu.body)
                    : Result<std::vector<dimse::Fragment>>(error(ErrorKind::Malformed, "another PDU came"));
            if (!fragments) {
                throw std::runtime_error("PDU " + std::to_string(pdu.type) + " instead of a message");
            }
            longest_pdu_ = std::max(longest_pdu_, pdu.body.size());
            for (const dimse::Fragment& fragment : *fragments) {
                append(bytes, fragment.bytes);
                if (!fragment.last) {
                    continue;
                }
                if (command) {
                    message.command = *dimse::parse_command_set(std::exchange(bytes, {}));
                    command = false;
                } else {
                    for (const std::byte b : bytes) {
                        message.data_set.push_back(static_cast<char>(b));
                    }
                    return message;
                }
            }
            if (!command && !message.command.has_data_set) {
                return message;
            }
        }
    }
    std::size_t longest_pdu() const { return longest_pdu_; }

    bool associate(const dimse::AssociationRequest& request = everything()) {
        return send(dimse::encode_associate_request(request)) && receive().type == 2;
    }
    bool echoes(std::uint16_t message_id = 1) {
        if (!send(echo(1, message_id))) {
            return false;
        }
        const auto answer = receive_message().command;
        return answer.command == dimse::Command::EchoResponse && answer.status == 0 &&
               answer.message_id_responded_to == message_id;
    }
    /// Whether nothing more comes, at once or when the other side has closed.
    bool over() { return receive().type == 0; }

    void end_of_writing() { ::shutdown(socket_, SHUT_WR); }
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }
    void close() {
        if (ssl_ != nullptr) {
            SSL_free(std::exchange(ssl_, nullptr));
        }
        if (socket_ >= 0) {
            ::close(std::exchange(socket_, -1));
        }
    }

private:
    bool read(std::span<std::byte> target) {
        while (!target.empty()) {
            const auto got = ssl_ != nullptr ? SSL_read(ssl_, target.data(), static_cast<int>(target.size()))
                                             : ::recv(socket_, target.data(), target.size(), 0);
            if (got < 0 && ssl_ == nullptr && errno == EAGAIN) {
                throw std::runtime_error("nothing came for a minute");
            }
            if (got <= 0) {
                return false;
            }
            target = target.subspan(static_cast<std::size_t>(got));
        }
        return true;
    }

    int socket_ = -1;
    SSL* ssl_ = nullptr;
    std::size_t longest_pdu_ = 0;
};

} // namespace recog::port::test
