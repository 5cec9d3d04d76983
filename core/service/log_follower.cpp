#include "core/service/log_follower.hpp"

#include "core/index/schema.hpp"

#include <algorithm>

namespace recog::service {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLogPage = 1000;
constexpr std::size_t kIdPage = 50'000;
constexpr auto kFollowEvery = 2000ms;
constexpr auto kRetryAfter = 500ms;
constexpr auto kWritePatience = 60s;
constexpr auto kReportEvery = 5s;

} // namespace

LogFollower::LogFollower(index::ReaderPool& readers, Ingest& ingest, Archive& archive,
                         const InstanceInterpreter& interpreter, Logger& logger)
    : readers_(readers), ingest_(ingest), archive_(archive), interpreter_(interpreter), logger_(logger) {}

LogFollower::~LogFollower() {
    stop();
}

void LogFollower::start(bool clean_stop) {
    clean_stop_ = clean_stop;
    become(State::Replaying);
    thread_ = std::thread([this] { run(); });
}

void LogFollower::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void LogFollower::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_all();
}

void LogFollower::become(State state) {
    {
        const std::lock_guard lock(mutex_);
        state_ = state;
    }
    changed_.notify_all();
}

Status LogFollower::wait_until_ready(std::chrono::milliseconds patience) {
    if (state_ == State::Ready) {
        return {};
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, patience, [this] { return state_ == State::Ready || stopping_; }) &&
        state_ == State::Ready) {
        return {};
    }
    const std::int64_t end = log_end_;
    return error(ErrorKind::Unavailable,
                 state_ == State::Comparing
                     ? std::string("the index is being compared with the archive; ask again shortly")
                     : "the index is catching up with the archive (change " + std::to_string(log_read_) +
                           " of " + std::to_string(end) + "); ask again shortly");
}

bool LogFollower::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return stopping_ || woken_; });
    woken_ = false;
    return !stopping_;
}

void LogFollower::run() {
    while (true) {
        const Status done = first_round();
        if (done) {
            break;
        }
        logger_.warning("The index cannot be brought up to date yet: " + done.failure().text);
        if (!pause(kRetryAfter)) {
            return;
        }
    }
    become(State::Ready);
    logger_.info("The index equals the archive; questions are answered");
    follow();
}

void LogFollower::follow() {
    while (pause(kFollowEvery)) {
        const std::uint64_t overflows = ingest_.overflows();
        const auto if_held = overflows == recovered_overflows_ ? IfHeld::Skip : IfHeld::ReadAgain;
        if (const Status read = replay(if_held); !read) {
            logger_.warning("The log of changes could not be followed: " + read.failure().text);
        } else {
            ingest_.overflow_recovered(overflows);
            recovered_overflows_ = overflows;
        }
    }
}

Status LogFollower::first_round() {
    auto position = read_position();
    if (!position) {
        return position.failure();
    }
    const auto log = recognise_log(*position);
    if (!log) {
        return log.failure();
    }
    const bool same = *log == Log::Same;
    if (*log == Log::Other) {
        logger_.warning(
            "The archive's log of changes is not the one the index has followed (restored, cleared or"
            " exchanged); every instance is compared");
    }
    sequence_ = *log == Log::Other ? 0 : position->sequence;
    resource_ = *log == Log::Other ? std::string() : position->resource;
    const std::uint64_t overflows = ingest_.overflows();
    // Behind the position a kill may have lost any callback, that of an overwritten instance too. Another log
    // tells of every instance; reading those again that the index holds would take as long as filling it.
    if (const Status read = replay(*log == Log::Other ? IfHeld::Skip : IfHeld::ReadAgain); !read) {
        return read;
    }
    ingest_.overflow_recovered(overflows);
    recovered_overflows_ = overflows;
    become(State::Comparing);
    return compare(same && clean_stop_);
}

Result<LogFollower::Position> LogFollower::read_position() {
    auto reader = readers_.take();
    if (!reader) {
        return reader.failure();
    }
    Position position;
    const std::string sequence = index::read_meta(**reader, "log_sequence");
    position.sequence = sequence.empty() ? 0 : std::stoll(sequence);
    position.resource = index::read_meta(**reader, "log_resource");
    if (const Status read = (**reader).take_failure(); !read) {
        return read.failure();
    }
    return position;
}

// Only the entry at the position itself, speaking of the same resource, proves that the log is the one that
// was followed. It vanishes with its resource, and with everything else when somebody empties the log: then
// instances may have come and gone unseen, and equal numbers prove nothing.
Result<LogFollower::Log> LogFollower::recognise_log(const Position& position) {
    if (position.sequence == 0) {
        return Log::Unproven; // stopped before the first position was written
    }
    const auto page = archive_.changes(position.sequence - 1, 1);
    if (!page) {
        return page.failure();
    }
    if (page->changes.empty()) {
        return page->last >= position.sequence ? Log::Unproven : Log::Other;
    }
    const ArchiveChange& first = page->changes.front();
    if (first.sequence != position.sequence) {
        return Log::Unproven;
    }
    return first.resource == position.resource ? Log::Same : Log::Other;
}

Status LogFollower::replay(IfHeld if_held) {
    auto reported = std::chrono::steady_clock::now();
    while (true) {
        const auto page = archive_.changes(sequence_, kLogPage);
        if (!page) {
            return page.failure();
        }
        log_end_ = std::max(log_end_.load(), page->last);
        if (const Status taken = take_in(*page, if_held); !taken) {
            return taken;
        }
        log_read_ = sequence_;
        if (page->done || page->changes.empty()) {
            return state_ == State::Ready ? Status() : ingest_.wait_until_queue_written(kWritePatience);
        }
        if (std::chrono::steady_clock::now() - reported > kReportEvery) {
            reported = std::chrono::steady_clock::now();
            logger_.info("Reading the archive's log of changes: at " + std::to_string(sequence_));
        }
    }
}

Status LogFollower::take_in(const ArchiveChanges& page, IfHeld if_held) {
    if (page.changes.empty()) {
        return {};
    }
    // What callbacks have pushed before is written first, so that index_holds() sees it.
    static_cast<void>(ingest_.wait_until_queue_written(state_ == State::Ready ? 1000ms : 0ms));
    std::vector<std::string> ids;
    for (const ArchiveChange& change : page.changes) {
        if (change.new_instance) {
            ids.push_back(change.resource);
        }
    }
    if (const Status taken = take_in_all(ids, if_held); !taken) {
        return taken;
    }
    sequence_ = page.changes.back().sequence;
    resource_ = page.changes.back().resource;
    ingest_.push_when_room(index::LogPosition{sequence_, resource_});
    return {};
}

bool LogFollower::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

Result<bool> LogFollower::index_holds(const std::string& id) {
    auto reader = readers_.take();
    if (!reader) {
        return reader.failure();
    }
    const bool held = index::IndexReader(**reader).holds(id);
    if (const Status read = (**reader).take_failure(); !read) {
        return read.failure();
    }
    return held;
}

Status LogFollower::take_in_all(const std::vector<std::string>& ids, IfHeld if_held) {
    for (const std::string& id : ids) {
        if (is_stopping()) {
            return error(ErrorKind::Unavailable, "the plugin is stopping");
        }
        const auto held = if_held == IfHeld::ReadAgain ? Result<bool>(false) : index_holds(id);
        if (!held) {
            return held.failure();
        }
        if (*held) {
            continue;
        }
        if (const Status taken = take_in_one(id); !taken) {
            return taken;
        }
    }
    return {};
}

/// Whether any file can be read: a single one that cannot is lost, while none at all means that the storage
/// is away (not mounted), and will be back.
bool LogFollower::storage_answers() {
    constexpr std::size_t kTried = 20;
    const auto ids = archive_.instance_ids(0, kTried);
    return ids && std::any_of(ids->begin(), ids->end(),
                              [this](const std::string& id) { return archive_.open(id).ok(); });
}

Status LogFollower::take_in_one(const std::string& id) {
    auto file = archive_.open(id);
    bool lost = false;
    if (!file && file.failure().kind == ErrorKind::Storage && storage_answers()) {
        file = archive_.open(id); // the storage may have come back just now
        lost = !file && file.failure().kind == ErrorKind::Storage;
    }
    // What is known of it stays known: it is listed, and its retrieval says that it is missing.
    if (const auto held = lost ? index_holds(id) : Result<bool>(false); !held || *held) {
        return held ? Status() : held.failure();
    }
    if (lost || (!file && file.failure().kind == ErrorKind::NotFound)) {
        const auto listed = archive_.holds(id);
        if (listed && *listed) {
            ingest_.push_when_room(
                index::UnreadableInstance{id, "the archive lists it and has no file of it"});
        }
        return listed ? Status() : listed.failure(); // else deleted since
    }
    const auto aet = archive_.sending_aet(id);
    if (!aet && aet.failure().kind == ErrorKind::NotFound) {
        return {};
    }
    if (!file || !aet) {
        return file ? aet.failure() : file.failure();
    }
    ingest_.push_when_room(interpreter_.interpret(id, **file, *aet));
    return {};
}

Status LogFollower::compare(bool counts_suffice) {
    constexpr int kRounds = 5;
    bool compared = false;
    for (int round = 0; round < kRounds; ++round) {
        if (counts_suffice || compared) {
            const auto agree = counts_agree();
            if (!agree) {
                return agree.failure();
            }
            if (*agree) {
                return {};
            }
        }
        if (const Status done = compare_ids(); !done) {
            return done;
        }
        compared = true;
    }
    // Instances come and go faster than they can be counted; the differences of each round were dealt with.
    return {};
}

Result<bool> LogFollower::counts_agree() {
    if (const Status written = ingest_.wait_until_queue_written(kWritePatience); !written) {
        return written.failure();
    }
    const auto archived = archive_.instance_count();
    auto reader = readers_.take();
    if (!archived || !reader) {
        return archived ? reader.failure() : archived.failure();
    }
    const auto indexed = index::IndexReader(**reader).counts();
    if (!indexed) {
        return indexed.failure();
    }
    return indexed->instances + indexed->unreadable == *archived;
}

Result<std::vector<std::string>> LogFollower::archive_ids() {
    std::vector<std::string> packed;
    for (std::size_t offset = 0;; offset += kIdPage) {
        const auto page = archive_.instance_ids(offset, kIdPage);
        if (!page) {
            return page.failure();
        }
        for (const std::string& id : *page) {
            packed.push_back(index::pack_orthanc_id(id));
        }
        if (page->size() < kIdPage) {
            break;
        }
    }
    std::sort(packed.begin(), packed.end());
    return packed;
}

// The listing is not one state of the archive, so it only makes suspects: each is asked about by itself.
Status LogFollower::compare_ids() {
    const auto archived = archive_ids();
    if (!archived) {
        return archived.failure();
    }
    std::vector<std::string> missing;
    auto next = archived->begin();
    std::string after;
    std::size_t extra = 0;
    while (true) {
        auto reader = readers_.take();
        if (!reader) {
            return reader.failure();
        }
        const auto indexed = index::IndexReader(**reader).instance_ids(after, kIdPage);
        if (!indexed) {
            return indexed.failure();
        }
        for (const std::string& id : *indexed) {
            const std::string packed = index::pack_orthanc_id(id);
            for (; next != archived->end() && *next < packed; ++next) {
                missing.push_back(index::unpack_orthanc_id(*next));
            }
            if (next != archived->end() && *next == packed) {
                ++next;
            } else {
                ++extra;
                ingest_.push_when_room(index::DeletedInstance{id});
            }
        }
        if (indexed->size() < kIdPage) {
            break;
        }
        after = indexed->back();
    }
    for (; next != archived->end(); ++next) {
        missing.push_back(index::unpack_orthanc_id(*next));
    }
    if (!missing.empty() || extra != 0) {
        logger_.info("Comparison with the archive: " + std::to_string(missing.size()) +
                     " instances to add, " + std::to_string(extra) + " to verify for removal");
    }
    return take_in_all(missing, IfHeld::Skip);
}

} // namespace recog::service
