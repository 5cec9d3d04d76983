// Ends the 40 ms trap on the sockets that Orthanc itself accepts on its DICOM port, which no plugin is
// handed.
//
// A sender with Nagle's algorithm writes a small piece, and holds the next one back until the first is
// acknowledged; our kernel delays that acknowledgement by 40 ms, hoping to send it along with data. Setting
// TCP_QUICKACK on a socket sends a delayed acknowledgement at once, and any thread of the process may do it.
// So one thread sleeps in epoll (edge triggered: one wake-up for each arrival) on all connections of the port
// and sets the option on each that has received something. It reads nothing. New connections are found in
// /proc/self/fd whenever the listening socket has signalled an arrival (O_ASYNC), and once a second.
#pragma once

#include "core/base/logger.hpp"
#include "core/base/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace recog::dimse {

/// Has DCMTK switch Nagle's algorithm off for each association of this process, Orthanc's own too (it reads
/// the environment variable TCP_NODELAY for each). A value set by the operator stays. Call it once, from
/// OrthancPluginInitialize, while no other thread touches the environment.
void disable_nagle_in_this_process();

/// Sockets are found by their number in /proc/self/fd and by their local port. Their owner may close them and
/// the number may come back as anything else at any moment: epoll forgets a closed socket by itself, each
/// scan adds what is new, and setting the option on a wrong descriptor does no harm. No descriptor is ever
/// closed or duplicated, so no connection stays open for our sake.
class AcknowledgementWatcher {
public:
    /// `port` is the local port of the connections. Unavailable if the kernel gives no epoll or timer.
    static Result<std::unique_ptr<AcknowledgementWatcher>> start(std::uint16_t port);
    ~AcknowledgementWatcher();
    AcknowledgementWatcher(const AcknowledgementWatcher&) = delete;
    AcknowledgementWatcher& operator=(const AcknowledgementWatcher&) = delete;

    /// How often the option has been set, and how many sockets have been found. From any thread.
    std::uint64_t acknowledgements() const { return acknowledgements_.load(std::memory_order_relaxed); }
    std::uint64_t sockets_found() const { return sockets_found_.load(std::memory_order_relaxed); }

private:
    AcknowledgementWatcher(std::uint16_t port, int poller, int stop, int signals);
    void run();
    void react(int ready);
    void scan();
    void consider(int socket);
    void acknowledge(int socket);

    const std::uint16_t port_;
    const int poller_;
    const int stop_;
    const int signals_; ///< readable when a connection has arrived
    std::chrono::steady_clock::time_point scan_at_;
    int next_scan_ = 0; ///< index into the pauses between scans
    std::vector<int> listeners_;
    std::atomic<std::uint64_t> acknowledgements_{0};
    std::atomic<std::uint64_t> sockets_found_{0};
    std::thread thread_;
};

} // namespace recog::dimse
