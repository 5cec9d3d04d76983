// One-way switch that wakes whoever waits on a socket.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <sys/eventfd.h>
#include <unistd.h>

namespace recog::dimse {

/// raise() may be called from any thread, any number of times; fd() is readable ever after.
class CancelSignal {
public:
    CancelSignal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (fd_ < 0) {
            throw std::runtime_error("No more file descriptors");
        }
    }
    ~CancelSignal() { ::close(fd_); }
    CancelSignal(const CancelSignal&) = delete;
    CancelSignal& operator=(const CancelSignal&) = delete;

    void raise() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    }
    int fd() const { return fd_; }

private:
    int fd_;
};

} // namespace recog::dimse
