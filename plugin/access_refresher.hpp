// Keeps the table of who may ask as Orthanc has it: read at start, on every change, and again when Orthanc
// did not answer.
#pragma once

#include "core/base/logger.hpp"
#include "plugin/port_access.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace recog {

/// How long after a failure Orthanc is asked again; twice as long after each further one.
struct RefreshPauses {
    std::chrono::milliseconds first{1'000};
    std::chrono::milliseconds longest{60'000};
};

/// Until a table has been read nobody may do anything but what is always allowed; after that what was known
/// last stays in force while Orthanc does not answer. Any thread may call any method.
class AccessRefresher {
public:
    using Read = std::function<Result<AccessTable>()>;

    /// The references outlive this object. Nothing is read before start().
    AccessRefresher(Read read, PortAccess& access, Logger& logger, RefreshPauses pauses = {});
    ~AccessRefresher() { stop(); }
    AccessRefresher(const AccessRefresher&) = delete;
    AccessRefresher& operator=(const AccessRefresher&) = delete;

    /// Reads once in the caller's thread, so that the table is there afterwards unless Orthanc does not
    /// answer. Once; never from inside a callback that holds Orthanc's mutexes.
    void start();
    /// The table may have changed. Returns at once.
    void wake();
    /// Waits for a running call to Orthanc.
    void stop();

private:
    void refresh();
    Result<AccessTable> read() const;
    void follow();

    const Read read_;
    PortAccess& access_;
    Logger& logger_;
    const RefreshPauses pauses_;
    std::optional<std::chrono::milliseconds> pause_; ///< after a failure; of whoever calls refresh()
    std::mutex mutex_;
    std::condition_variable changed_;
    bool wanted_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace recog
