// What one association still has to send: filled by the thread that handles its request, emptied by its
// strand.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace recog::port {

using Bytes = std::span<const std::byte>;

class Outbox {
public:
    /// More than this unsent makes put() wait.
    static constexpr std::size_t kMostUnsent = 1U << 20U;

    /// `schedule` has take() called soon, on the strand. It is called with a lock held and must only post.
    explicit Outbox(std::function<void()> schedule) : schedule_(std::move(schedule)) {}

    /// Appends bytes; several small puts become one write. Waits while much is unsent, unless `may_wait` is
    /// off (on the strand). False when closed.
    bool put(Bytes bytes, bool may_wait = true);
    /// What becomes of parts that were put. Whoever put them keeps it, and the parts, until wait() is back.
    class Ticket {
        friend class Outbox;
        int outcome_ = 0; ///< 0 while queued, 1 when written, -1 when dropped
    };

    /// Sends parts that stay where they are, behind what was put before. False when closed: nothing will read
    /// them, and wait() is not needed.
    bool put_parts(std::vector<Bytes> parts, Ticket& ticket);
    /// Returns when the parts are written, or when it is certain that nobody reads them any more. False when
    /// they were not all written.
    bool wait(const Ticket& ticket);
    /// Whether wait() would return at once.
    bool done(const Ticket& ticket) const;

    /// On the strand: the next to be written, in order; none: schedule() will be called for the next put.
    std::optional<std::vector<Bytes>> take();
    /// On the strand: what was taken is written, or never will be.
    void written(bool ok);
    /// The last to be sent; every later put fails. What has been put goes first, unless `drop_others`.
    void finish(Bytes last, bool drop_others);
    /// Nothing more is taken or put.
    void close();
    /// Nothing can be put any more.
    bool closed() const;
    /// Bytes that put() has taken and that are not written.
    std::size_t unsent() const;

private:
    void append(Bytes bytes);
    void drop_queued();

    struct Item {
        std::vector<std::byte> owned;
        std::vector<Bytes> parts;
        Ticket* ticket = nullptr;
    };

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> schedule_;
    std::deque<Item> queued_;
    std::optional<Item> writing_;
    std::size_t unsent_ = 0; ///< of owned bytes
    bool scheduled_ = false;
    bool finished_ = false;
    bool closed_ = false;
};

} // namespace recog::port
