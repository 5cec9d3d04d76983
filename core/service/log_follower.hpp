// Makes sure that the index equals the archive: never miss, never invent.
//
//   1. At start it replays the archive's log of changes from the position that stands in the index. The
//      position is written in the same transaction as the rows, behind the rows it covers.
//   2. Then it compares: the number of instances, when the last stop was clean and the log is the one the
//      position came from (two sets, one holding the other, of one size, are equal); otherwise every id, both
//      ways, each difference verified one by one.
//   3. While running it follows the log, which finds what a lost callback or a full queue left out.
//
// The archive's own callbacks bring instances within milliseconds; this is what makes it certain.
#pragma once

#include "core/base/logger.hpp"
#include "core/index/index_reader.hpp"
#include "core/index/reader_pool.hpp"
#include "core/service/archive.hpp"
#include "core/service/ingest.hpp"
#include "core/service/instance_interpreter.hpp"

#include <atomic>

namespace recog::service {

class LogFollower {
public:
    enum class State { Waiting, Replaying, Comparing, Ready };

    LogFollower(index::ReaderPool& readers, Ingest& ingest, Archive& archive,
                const InstanceInterpreter& interpreter, Logger& logger);
    ~LogFollower();

    /// To be called once the archive answers questions. `clean_stop`: the last stop left nothing unwritten.
    void start(bool clean_stop);
    void stop();
    /// Looks at the log now instead of at the next interval.
    void wake();

    State state() const { return state_; }
    /// Until answers from the index are complete. Unavailable, with how far it is, after `patience`.
    Status wait_until_ready(std::chrono::milliseconds patience);

private:
    struct Position {
        std::int64_t sequence = 0;
        std::string resource;
    };

    void run();
    Result<Position> read_position();
    /// Whether the log is the one that the position came from.
    enum class Log { Same, Unproven, Other };
    Result<Log> recognise_log(const Position& position);
    /// What to do with an instance that the index holds: what it holds may be of before an overwriting.
    enum class IfHeld { Skip, ReadAgain };
    Status replay(IfHeld if_held);
    Status take_in(const ArchiveChanges& page, IfHeld if_held);
    Status take_in_all(const std::vector<std::string>& ids, IfHeld if_held);
    bool storage_answers();
    Status take_in_one(const std::string& id);
    Result<bool> index_holds(const std::string& id);
    bool is_stopping();
    Status compare(bool counts_suffice);
    Result<bool> counts_agree();
    Status compare_ids();
    Result<std::vector<std::string>> archive_ids();
    bool pause(std::chrono::milliseconds time);
    void become(State state);
    Status first_round();
    void follow();

    index::ReaderPool& readers_;
    Ingest& ingest_;
    Archive& archive_;
    const InstanceInterpreter& interpreter_;
    Logger& logger_;
    bool clean_stop_ = false;
    std::int64_t sequence_ = 0;
    std::string resource_;
    std::uint64_t recovered_overflows_ = 0;

    std::atomic<State> state_ = State::Waiting;
    std::atomic<std::int64_t> log_end_ = 0;
    std::atomic<std::int64_t> log_read_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    bool woken_ = false;
    std::thread thread_;
};

} // namespace recog::service
