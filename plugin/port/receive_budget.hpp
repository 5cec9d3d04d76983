// Memory for the data sets that are being received or wait to be handled, over all associations of a port.
//
// Nobody is refused: an association that finds no room is not read from until others have given room back,
// and TCP holds its sender. Half-received messages that fill the budget together would wait for each other
// for ever, so one association at a time may go on beyond it.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace recog::port {

/// Thread-safe. Outlives its shares.
class ReceiveBudget {
public:
    class Share;

    explicit ReceiveBudget(std::size_t bytes) : limit_(bytes) {}
    ReceiveBudget(const ReceiveBudget&) = delete;
    ReceiveBudget& operator=(const ReceiveBudget&) = delete;

    /// Bytes that all shares hold.
    std::size_t used() const;

private:
    using Resume = std::function<void()>;

    std::vector<Resume> wake();
    Resume stop_waiting(const Share& share);

    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::size_t used_ = 0;
    const Share* beyond_ =
        nullptr; ///< the one that may go on beyond the limit, until it gives something back
    std::deque<std::pair<const Share*, Resume>> waiting_; ///< first come first served
};

/// What one association holds. One thread at a time; the destructor gives all back.
class ReceiveBudget::Share {
public:
    explicit Share(ReceiveBudget& budget) : budget_(budget) {}
    ~Share() { hold(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Holds `bytes` from now on, and waits for nothing.
    void hold(std::size_t bytes);
    /// Holds `bytes` from now on. Whether there is room for more; if not, `resume` is called once when there
    /// is, from any thread and without a lock held, unless hold() comes first.
    bool may_grow(std::size_t bytes, std::function<void()> resume);

private:
    ReceiveBudget& budget_;
    std::size_t held_ = 0;
};

} // namespace recog::port
