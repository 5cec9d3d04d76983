// The other side of a connection to a listener: bytes in, bytes out.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace recog::web {

/// An answer as a client sees it.
struct Reply {
    int status = 0;
    std::string head; ///< with the status line, without the empty line
    std::string body;
    bool has(std::string_view line) const {
        return (head + "\r\n").find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
    }
};

class Client {
public:
    explicit Client(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer != 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        const timeval limit{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("nobody listens");
        }
    }
    ~Client() { close(); }
    Client(Client&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), got_(std::move(other.got_)) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client& operator=(Client&&) = delete;

    void close() {
        if (socket_ >= 0) {
            ::close(std::exchange(socket_, -1));
        }
    }
    /// So that the other side sees a reset.
    void abort() {
        const linger now{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }
    void end_of_writing() { ::shutdown(socket_, SHUT_WR); }

    /// False when the other side takes no more.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// False at the end of the connection.
    bool receive() {
        char buffer[65536];
        const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
        if (got <= 0) {
            return false;
        }
        got_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }

    std::string all() {
        while (receive()) {
        }
        return std::exchange(got_, {});
    }

    /// The next answer; status 0 when the connection ended before or in it.
    Reply reply(bool head_only = false) {
        Reply reply;
        std::size_t end = 0;
        while ((end = got_.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) {
                return {};
            }
        }
        reply.head = got_.substr(0, end);
        got_.erase(0, end + 4);
        reply.status = std::stoi(reply.head.substr(9, 3));
        const std::string length = field(reply.head, "Content-Length: ");
        if (head_only || reply.status == 204 || reply.status / 100 == 1) {
            return reply;
        }
        const bool whole = !length.empty() ? take(std::stoul(length), reply.body)
                           : !field(reply.head, "Transfer-Encoding: ").empty() ? take_chunks(reply.body)
                                                                               : take_rest(reply.body);
        return whole ? reply : Reply{};
    }

    Reply ask(const std::string& method, const std::string& target, const std::string& fields = {}) {
        send(method + " " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
        return reply(method == "HEAD");
    }

    static std::string field(const std::string& head, const std::string& name) {
        const std::size_t at = head.find("\r\n" + name);
        if (at == std::string::npos) {
            return {};
        }
        const std::size_t begin = at + 2 + name.size();
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }

private:
    bool take(std::size_t size, std::string& into) {
        while (got_.size() < size) {
            if (!receive()) {
                return false;
            }
        }
        into += got_.substr(0, size);
        got_.erase(0, size);
        got_.shrink_to_fit(); // tests that count memory count the other side's
        return true;
    }
    bool take_chunks(std::string& into) {
        while (true) {
            std::size_t end = 0;
            while ((end = got_.find("\r\n")) == std::string::npos) {
                if (!receive()) {
                    return false;
                }
            }
            const std::size_t size = std::stoul(got_.substr(0, end), nullptr, 16);
            got_.erase(0, end + 2);
            std::string crlf;
            if (!take(size, into) || !take(2, crlf)) {
                return false;
            }
            if (size == 0) {
                return true;
            }
        }
    }
    bool take_rest(std::string& into) {
        while (receive()) {
        }
        into = std::exchange(got_, {});
        return true;
    }

    int socket_;
    std::string got_;
};

} // namespace recog::web
