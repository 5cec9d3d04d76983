#include "tests/benchmark/http/http_connection.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace recog::benchmark {

namespace {

constexpr timeval kPatience{.tv_sec = 300, .tv_usec = 0};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// Value of a header field in a head whose letters are all small.
std::optional<std::string_view> field(std::string_view head, std::string_view name) {
    const std::string start = "\r\n" + std::string(name) + ":";
    const std::size_t at = head.find(start);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view value = head.substr(at + start.size());
    value = value.substr(0, value.find("\r\n"));
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    return value;
}

std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc{} || end == text.data()) {
        return std::nullopt;
    }
    return value;
}

} // namespace

bool HttpConnection::connect() {
    close();
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    if (socket_ < 0 || ::inet_pton(AF_INET, host_.c_str(), &address.sin_addr) != 1 ||
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close();
        return false;
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ++connects_;
    return true;
}

void HttpConnection::close() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
    socket_ = -1;
    begin_ = end_ = 0;
}

bool HttpConnection::send_all(std::string_view head, std::span<const char> body) {
    while (!head.empty() || !body.empty()) {
        std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                                   iovec{const_cast<char*>(body.data()), body.size()}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        const auto of_head = std::min(head.size(), static_cast<std::size_t>(sent));
        head.remove_prefix(of_head);
        body = body.subspan(static_cast<std::size_t>(sent) - of_head);
    }
    return true;
}

bool HttpConnection::fill() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    }
    if (end_ == buffer_.size()) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, unread());
        end_ = unread();
        begin_ = 0;
    }
    const ssize_t got = ::recv(socket_, buffer_.data() + end_, buffer_.size() - end_, 0);
    if (got <= 0) {
        return false;
    }
    end_ += static_cast<std::size_t>(got);
    received_ += static_cast<std::uint64_t>(got);
    return true;
}

void HttpConnection::take(std::size_t size, Reply& reply) {
    if (keep_body_ != nullptr) {
        keep_body_->append(buffer_.data() + begin_, size);
    }
    begin_ += size;
    reply.body += size;
}

bool HttpConnection::read_head(std::string& head) {
    for (;;) {
        const std::string_view seen(buffer_.data() + begin_, unread());
        const std::size_t end = seen.find("\r\n\r\n");
        if (end != std::string_view::npos) {
            head = seen.substr(0, end + 2);
            begin_ += end + 4;
            return true;
        }
        if (seen.size() > kMaxHead || !fill()) {
            return false;
        }
    }
}

bool HttpConnection::read_line(std::string& line) {
    for (;;) {
        const std::string_view seen(buffer_.data() + begin_, unread());
        const std::size_t end = seen.find("\r\n");
        if (end != std::string_view::npos) {
            line = seen.substr(0, end);
            begin_ += end + 2;
            return true;
        }
        if (seen.size() > kMaxHead || !fill()) {
            return false;
        }
    }
}

bool HttpConnection::read_sized(std::uint64_t size, Reply& reply) {
    while (size > 0) {
        if (unread() == 0 && !fill()) {
            return false;
        }
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size, unread()));
        take(part, reply);
        size -= part;
    }
    return true;
}

/// RFC 9112 7.1: chunk-size [ext] CRLF data CRLF, until one of size 0; then trailers up to an empty line.
bool HttpConnection::read_chunks(Reply& reply) {
    std::string line;
    for (;;) {
        const auto size = read_line(line) ? number(line, 16) : std::nullopt;
        if (!size || !read_sized(*size, reply)) {
            return false;
        }
        if (*size == 0) {
            break;
        }
        if (!read_line(line) || !line.empty()) {
            return false;
        }
    }
    do {
        if (!read_line(line)) {
            return false;
        }
    } while (!line.empty());
    return true;
}

bool HttpConnection::read_to_end(Reply& reply) {
    do {
        take(unread(), reply);
    } while (fill());
    return true;
}

Reply HttpConnection::read_reply() {
    Reply reply;
    std::string head;
    do { // 100 Continue and the like come before the answer (RFC 9110 15.2)
        if (!read_head(head)) {
            reply.failure = "the connection ended before a reply was whole";
            return reply;
        }
        head = lower(std::move(head));
        const auto status =
            head.starts_with("http/1.") && head.size() > 9 ? number(head.substr(9, 3), 10) : std::nullopt;
        if (!status) {
            reply.failure = "the reply does not begin as HTTP/1.1 does";
            return reply;
        }
        reply.status = static_cast<int>(*status);
    } while (reply.status / 100 == 1);

    const bool has_body = reply.status != 204 && reply.status != 304;
    const auto length = field(head, "content-length");
    const bool chunked =
        field(head, "transfer-encoding").value_or("").find("chunked") != std::string_view::npos;
    reply.keeps_alive = head.starts_with("http/1.1") && field(head, "connection").value_or("") != "close" &&
                        (!has_body || chunked || length);
    const auto size = length ? number(*length, 10) : std::nullopt;
    const bool whole = !has_body || (chunked ? read_chunks(reply)
                                     : size  ? read_sized(*size, reply)
                                             : read_to_end(reply));
    if (!whole) {
        reply.failure = "the body of a reply stopped before its end";
    }
    return reply;
}

Reply HttpConnection::exchange(std::string_view head, std::span<const char> body, std::string* keep_body) {
    keep_body_ = keep_body;
    Reply reply;
    for (bool kept = socket_ >= 0;; kept = false) {
        if (!kept && !connect()) {
            reply.failure = "nobody listens there";
            return reply;
        }
        const std::uint64_t before = received_;
        if (send_all(head, body) || body.size() > 0) { // an early refusal of a body can still be read
            reply = read_reply();
        } else {
            reply.failure = "the request could not be sent";
        }
        if (kept && reply.status == 0 && received_ == before) {
            continue;
        }
        break;
    }
    if (!reply.keeps_alive || !reply.failure.empty()) {
        close();
    }
    return reply;
}

} // namespace recog::benchmark
