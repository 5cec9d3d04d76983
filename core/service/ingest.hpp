// Takes what the archive tells into the index: a queue that never makes the archive wait, and one thread that
// writes it in batches. A question asked after a C-STORE reply waits for the queue to be written up to there,
// so it sees the instance.
#pragma once

#include "core/base/date.hpp"
#include "core/base/logger.hpp"
#include "core/index/index_writer.hpp"
#include "core/service/archive.hpp"
#include "core/service/file_naming.hpp"
#include "core/service/instance_interpreter.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_set>

namespace recog::service {

class Ingest {
public:
    /// Beyond this the queue takes nothing from stored(); the log of changes brings it back (LogFollower).
    static constexpr std::size_t kMaxQueue = 20'000;
    static constexpr std::size_t kMaxBatch = 256;
    /// Deletions remembered, so that what was read of an instance before it went is not taken for a new one.
    static constexpr std::size_t kMaxRecentDeletions = 50'000;
    /// Files that are not where the index says, until they are written.
    static constexpr std::size_t kMaxMovedFiles = 4096;

    Ingest(std::unique_ptr<index::Connection> connection, Archive& archive,
           const InstanceInterpreter& interpreter, const Clock& clock, Logger& logger);
    ~Ingest();

    /// Any thread, also from Orthanc's callbacks: takes a mutex for the time of a push. When the queue is
    /// full a stored instance is left out, which on_overflow() tells; deletions are always taken.
    void push(index::IndexEvent event);
    /// Waits while the queue is more than half full: for the reader of the log, never for callbacks.
    void push_when_room(index::IndexEvent event);

    /// Until everything pushed before this call is in the index. Unavailable after `patience`.
    Status wait_until_written(std::chrono::milliseconds patience);

    /// The same without minding what has been left out: for whoever brings that back.
    Status wait_until_queue_written(std::chrono::milliseconds patience);

    /// Called (from any thread) when an event has been left out. To be set before the first push.
    void on_overflow(std::function<void()> wake) { wake_ = std::move(wake); }
    /// Told on the writing thread, in pauses, of each instance that has just been stored and where its file
    /// is. To be set before the first push.
    void on_named(FileNaming::OnNamed named) { naming_.on_named(std::move(named)); }
    /// A number that grows with each event left out.
    std::uint64_t overflows() const;
    /// All events left out up to this number have been brought back from the log.
    void overflow_recovered(std::uint64_t up_to);

    /// The archive says now where its files are: in pauses it is asked for those of which the index does not
    /// know it. Any thread.
    void locate_files();
    /// A file is not where the index says. Any thread; may be forgotten, and is asked for again then.
    void file_moved(const std::string& orthanc_id, const Uuid& file);

    std::size_t queue_length() const;
    /// Writes what is queued and ends the thread. False when something could not be written or checked any
    /// more, so that the next start has to compare.
    bool stop();
    /// As long as false is set, nothing is asked of the archive (it is shutting down).
    void archive_answers(bool answers) { archive_answers_ = answers; }

private:
    Result<index::IndexEvent> read_again(const std::string& orthanc_id);
    void run();
    /// Empty when there is a pause, to be used for naming_.
    std::vector<index::IndexEvent> take_batch(std::unique_lock<std::mutex>& lock);
    void use_pause();
    void drop_what_is_not_so(std::vector<index::IndexEvent>& batch);
    bool still_so(const index::IndexEvent& event);
    Result<bool> ask_archive(const std::string& orthanc_id);
    void remember_deletion(const std::string& orthanc_id);
    void write(std::vector<index::IndexEvent> batch);
    bool try_write(std::span<const index::IndexEvent> batch);
    void write_one(index::IndexEvent event);

    index::IndexWriter writer_;
    Archive& archive_;
    const InstanceInterpreter& interpreter_;
    const Clock& clock_;
    Logger& logger_;
    std::function<void()> wake_;

    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable written_;
    std::deque<index::IndexEvent> queue_;
    std::uint64_t pushed_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t overflows_ = 0;
    std::uint64_t recovered_ = 0;
    std::uint64_t pushed_at_recovery_ = 0;
    bool stopping_ = false;
    bool complete_ = true;
    bool locate_all_ = false;
    std::vector<index::IndexEvent> moved_; ///< LocatedFile
    std::atomic<bool> archive_answers_ = true;
    // Of the writing thread alone.
    FileNaming naming_;
    std::vector<index::IndexEvent> unchecked_deletions_;
    std::deque<std::string> deletions_in_order_;
    std::unordered_set<std::string> recent_deletions_;
    std::thread thread_;
};

} // namespace recog::service
