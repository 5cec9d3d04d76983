#include "plugin/dimse/socket_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>

namespace recog::dimse {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Far below IOV_MAX (1024), yet enough for 1 MB in PDUs of 16 KB.
constexpr std::size_t MAX_PARTS_A_CALL = 160;

Error unreachable(std::string sentence) {
    return error(ErrorKind::Unreachable, std::move(sentence));
}

std::string system_text(int code) {
    return std::system_category().message(code);
}

int remaining_ms(SteadyTime deadline) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

Status wait_on(int socket, short events, SteadyTime deadline, const CancelSignal& cancel) {
    for (;;) {
        std::array<pollfd, 2> waiting{{{socket, events, 0}, {cancel.fd(), POLLIN, 0}}};
        const int ready = ::poll(waiting.data(), waiting.size(), remaining_ms(deadline));
        if (ready < 0 && errno != EINTR) {
            return unreachable("Waiting for the network failed: " + system_text(errno));
        }
        if (ready > 0 && waiting[1].revents != 0) {
            return unreachable("The operation was cancelled");
        }
        if (ready > 0) {
            return {};
        }
        if (steady_clock::now() >= deadline) {
            return unreachable("The receiver did not answer in time");
        }
    }
}

struct AddressList {
    addrinfo* first = nullptr;
    ~AddressList() {
        if (first != nullptr) {
            ::freeaddrinfo(first);
        }
    }
};

Result<std::unique_ptr<SocketStream>> connect_to(const addrinfo& address, SteadyTime deadline,
                                                 const CancelSignal& cancel) {
    const int socket =
        ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
    if (socket < 0) {
        return unreachable("No socket can be had: " + system_text(errno));
    }
    auto stream = std::make_unique<SocketStream>(socket, cancel);
    if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) {
        return stream;
    }
    if (errno != EINPROGRESS) {
        return unreachable("The receiver cannot be reached: " + system_text(errno));
    }
    if (auto waited = wait_on(socket, POLLOUT, deadline, cancel); !waited) {
        return waited.failure();
    }
    int code = 0;
    socklen_t length = sizeof code;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length);
    if (code != 0) {
        return unreachable("The receiver cannot be reached: " + system_text(code));
    }
    return stream;
}

} // namespace

Result<std::unique_ptr<SocketStream>> SocketStream::connect(const std::string& host, std::uint16_t port,
                                                            milliseconds limit, const CancelSignal& cancel) {
    const SteadyTime deadline = steady_clock::now() + limit;
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    AddressList addresses;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &addresses.first) != 0) {
        return unreachable("The receiver's host name cannot be resolved");
    }
    Error last = unreachable("The receiver's host name has no address");
    for (const addrinfo* address = addresses.first; address != nullptr; address = address->ai_next) {
        auto stream = connect_to(*address, deadline, cancel);
        if (stream) {
            return stream;
        }
        last = stream.failure();
    }
    return last;
}

SocketStream::SocketStream(int socket, const CancelSignal& cancel) : socket_(socket), cancel_(cancel) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    acknowledge_now();
}

SocketStream::~SocketStream() {
    ::close(socket_);
}

Status SocketStream::wait_for(short events, SteadyTime deadline) {
    return wait_on(socket_, events, deadline, cancel_);
}

// A peer with Nagle's algorithm holds the second small write of a reply back until the first is acknowledged.
// The kernel drops the flag whenever it likes (tcp(7)), so it is set again round each read; setting it also
// sends an acknowledgement that is being delayed.
void SocketStream::acknowledge_now() {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

Status SocketStream::write(std::span<const Bytes> parts, milliseconds idle_limit) {
    std::array<iovec, MAX_PARTS_A_CALL> vector{};
    std::size_t done_in_first = 0;
    while (!parts.empty()) {
        const std::size_t count = std::min(parts.size(), MAX_PARTS_A_CALL);
        for (std::size_t i = 0; i < count; ++i) {
            const Bytes part = i == 0 ? parts[i].subspan(done_in_first) : parts[i];
            // iovec has no const form; sendmsg only reads.
            vector[i] = {const_cast<std::byte*>(part.data()), part.size()};
        }
        msghdr message{};
        message.msg_iov = vector.data();
        message.msg_iovlen = count;
        const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (auto waited = wait_for(POLLOUT, steady_clock::now() + idle_limit); !waited) {
                return waited;
            }
            continue;
        }
        if (sent < 0 && errno != EINTR) {
            return unreachable("The receiver closed the connection: " + system_text(errno));
        }
        auto left = static_cast<std::size_t>(std::max<ssize_t>(sent, 0)) + done_in_first;
        while (!parts.empty() && left >= parts.front().size()) {
            left -= parts.front().size();
            parts = parts.subspan(1);
        }
        done_in_first = left;
    }
    return {};
}

Result<std::size_t> SocketStream::read_some(std::span<std::byte> into, SteadyTime deadline) {
    for (;;) {
        const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
        const int code = errno;
        acknowledge_now();
        if (got > 0) {
            return static_cast<std::size_t>(got);
        }
        if (got == 0) {
            return unreachable("The receiver closed the connection");
        }
        if (code != EAGAIN && code != EWOULDBLOCK && code != EINTR) {
            return unreachable("The connection broke: " + system_text(code));
        }
        if (auto waited = wait_for(POLLIN, deadline); !waited) {
            return waited.failure();
        }
    }
}

SocketStream::Arrival SocketStream::arrival() const {
    std::byte first{};
    const ssize_t got = ::recv(socket_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0) {
        return Arrival::Data;
    }
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Arrival::Nothing : Arrival::End;
}

bool SocketStream::quiet() {
    return arrival() == Arrival::Nothing;
}

void SocketStream::write_if_possible(Bytes bytes) {
    [[maybe_unused]] const auto sent =
        ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace recog::dimse
