#include "plugin/dimse/acknowledgement_watcher.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string_view>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recog::dimse {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// After a connection has arrived Orthanc's listener thread accepts it within microseconds if it is idle, and
// after the negotiation of another association (a round trip or more) if it is not.
constexpr std::array<milliseconds, 7> AFTER_ARRIVAL{milliseconds{1},   milliseconds{3},   milliseconds{10},
                                                    milliseconds{30},  milliseconds{100}, milliseconds{300},
                                                    milliseconds{1000}};
constexpr int AT_REST = static_cast<int>(AFTER_ARRIVAL.size()) - 1;

// Null unless the descriptor is a TCP socket.
std::optional<std::uint16_t> local_port(int socket) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        return std::nullopt;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    }
    return std::nullopt;
}

bool is_listener(int socket) {
    int listens = 0;
    socklen_t length = sizeof listens;
    return ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens != 0;
}

// Any real-time signal will do: it is sent to the watcher's thread alone, which blocks it and reads it from a
// descriptor, so that no handler is involved.
int arrival_signal() {
    return SIGRTMAX - 3;
}

// All signals, so that none meant for Orthanc ends up here; among them SIGIO, which the kernel sends instead
// when its queue of real-time signals is full.
void block_signals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

int open_signals() {
    sigset_t arrival;
    ::sigemptyset(&arrival);
    ::sigaddset(&arrival, arrival_signal());
    return ::signalfd(-1, &arrival, SFD_CLOEXEC | SFD_NONBLOCK);
}

// epoll does not report a connection that the listener's owner accepts before the watcher is awake; on a busy
// machine that is one in three. The signal is sent when the connection arrives, whoever is faster.
void signal_arrivals(int listener) {
    const f_owner_ex owner{F_OWNER_TID, ::gettid()};
    ::fcntl(listener, F_SETOWN_EX, &owner);
    ::fcntl(listener, F_SETSIG, arrival_signal());
    ::fcntl(listener, F_SETFL, ::fcntl(listener, F_GETFL) | O_ASYNC);
}

void add_readable(int poller, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

} // namespace

void disable_nagle_in_this_process() {
    ::setenv("TCP_NODELAY", "1", 0);
}

Result<std::unique_ptr<AcknowledgementWatcher>> AcknowledgementWatcher::start(std::uint16_t port) {
    const int poller = ::epoll_create1(EPOLL_CLOEXEC);
    const int stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const int signals = open_signals();
    if (poller < 0 || stop < 0 || signals < 0) {
        for (const int descriptor : {poller, stop, signals}) {
            ::close(descriptor);
        }
        return error(ErrorKind::Unavailable, "No file descriptors are left to watch DICOM connections with");
    }
    return std::unique_ptr<AcknowledgementWatcher>(new AcknowledgementWatcher(port, poller, stop, signals));
}

AcknowledgementWatcher::AcknowledgementWatcher(std::uint16_t port, int poller, int stop, int signals)
    : port_(port), poller_(poller), stop_(stop), signals_(signals) {
    add_readable(poller_, stop_);
    add_readable(poller_, signals_);
    thread_ = std::thread([this] { run(); });
}

AcknowledgementWatcher::~AcknowledgementWatcher() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
    thread_.join();
    ::close(poller_);
    ::close(stop_);
    ::close(signals_);
}

void AcknowledgementWatcher::run() {
    block_signals();
    std::array<epoll_event, 64> events{};
    scan_at_ = steady_clock::now();
    for (;;) {
        const auto pause = std::chrono::ceil<milliseconds>(scan_at_ - steady_clock::now()).count();
        const int count = ::epoll_wait(poller_, events.data(), static_cast<int>(events.size()),
                                       static_cast<int>(std::max<long long>(pause, 0)));
        for (int i = 0; i < count; ++i) {
            const int ready = events[static_cast<std::size_t>(i)].data.fd;
            if (ready == stop_) {
                return;
            }
            react(ready);
        }
        if (steady_clock::now() >= scan_at_) {
            scan();
            next_scan_ = std::min(next_scan_ + 1, AT_REST);
            scan_at_ = steady_clock::now() + AFTER_ARRIVAL[static_cast<std::size_t>(next_scan_)];
        }
    }
}

void AcknowledgementWatcher::react(int ready) {
    if (ready == signals_) {
        std::array<signalfd_siginfo, 16> drained;
        while (::read(signals_, drained.data(), sizeof drained) > 0) {
        }
    } else if (std::find(listeners_.begin(), listeners_.end(), ready) == listeners_.end()) {
        acknowledge(ready);
        return;
    }
    next_scan_ = 0;
    scan_at_ = steady_clock::now() + AFTER_ARRIVAL.front();
}

void AcknowledgementWatcher::acknowledge(int socket) {
    const int on = 1;
    if (::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on) == 0) {
        acknowledgements_.fetch_add(1, std::memory_order_relaxed);
    }
}

void AcknowledgementWatcher::scan() {
    DIR* directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) {
        return;
    }
    listeners_.clear();
    while (const dirent* entry = ::readdir(directory)) {
        const std::string_view name(entry->d_name);
        int number = -1;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
        if (parsed.ec == std::errc{} && number > 2) {
            consider(number);
        }
    }
    ::closedir(directory);
}

void AcknowledgementWatcher::consider(int socket) {
    if (local_port(socket) != port_) {
        return;
    }
    const bool listens = is_listener(socket);
    if (listens) {
        listeners_.push_back(socket);
    }
    epoll_event event{};
    // EPOLLOUT, because epoll looks again before it reports an arrival, and drops one whose data the owner
    // has meanwhile read; a connection is nearly always writable, so its arrivals are reported all the same.
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.fd = socket;
    // EEXIST: watched already. Adding reports at once what has already arrived, so nothing is missed.
    if (::epoll_ctl(poller_, EPOLL_CTL_ADD, socket, &event) == 0) {
        sockets_found_.fetch_add(1, std::memory_order_relaxed);
        if (listens) {
            signal_arrivals(socket);
        }
    }
}

} // namespace recog::dimse
