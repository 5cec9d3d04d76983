#include "core/service/ingest.hpp"

#include <algorithm>

namespace recog::service {

using index::IndexEvent;

namespace {

constexpr auto kAskAgainAfter = std::chrono::milliseconds(500);
/// Nothing has come for so long: few files are asked for one by one.
constexpr auto kPause = std::chrono::milliseconds(5);

} // namespace

Ingest::Ingest(std::unique_ptr<index::Connection> connection, Archive& archive,
               const InstanceInterpreter& interpreter, const Clock& clock, Logger& logger)
    : writer_(std::move(connection), [this](const std::string& id) { return read_again(id); }),
      archive_(archive), interpreter_(interpreter), clock_(clock), logger_(logger), naming_(writer_, archive),
      thread_([this] { run(); }) {}

Ingest::~Ingest() {
    stop();
}

void Ingest::push(IndexEvent event) {
    bool left_out = false;
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() >= kMaxQueue && !std::holds_alternative<index::DeletedInstance>(event)) {
            ++overflows_;
            left_out = true;
        } else {
            queue_.push_back(std::move(event));
            ++pushed_;
        }
    }
    work_.notify_one();
    if (left_out && wake_) {
        wake_();
    }
}

void Ingest::push_when_room(IndexEvent event) {
    std::unique_lock lock(mutex_);
    written_.wait(lock, [this] { return queue_.size() < kMaxQueue / 2 || stopping_; });
    if (!stopping_) {
        queue_.push_back(std::move(event));
        ++pushed_;
        work_.notify_one();
    }
}

namespace {

Status behind_unless(bool written) {
    return written
               ? Status()
               : Status(error(ErrorKind::Unavailable, "the index is behind the archive; ask again shortly"));
}

} // namespace

Status Ingest::wait_until_written(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = pushed_;
    // What was left out has been pushed again behind `wanted`.
    return behind_unless(written_.wait_for(lock, patience, [&] {
        return recovered_ == overflows_ && done_ >= std::max(wanted, pushed_at_recovery_);
    }));
}

Status Ingest::wait_until_queue_written(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = pushed_;
    return behind_unless(written_.wait_for(lock, patience, [&] { return done_ >= wanted; }));
}

std::uint64_t Ingest::overflows() const {
    const std::lock_guard lock(mutex_);
    return overflows_;
}

void Ingest::overflow_recovered(std::uint64_t up_to) {
    {
        const std::lock_guard lock(mutex_);
        if (up_to > recovered_) {
            recovered_ = up_to;
            pushed_at_recovery_ = pushed_;
        }
    }
    written_.notify_all();
}

void Ingest::locate_files() {
    {
        const std::lock_guard lock(mutex_);
        locate_all_ = true;
    }
    work_.notify_one();
}

void Ingest::file_moved(const std::string& orthanc_id, const Uuid& file) {
    {
        const std::lock_guard lock(mutex_);
        if (moved_.size() < kMaxMovedFiles) {
            moved_.emplace_back(index::LocatedFile{orthanc_id, file});
        }
    }
    work_.notify_one();
}

// Nothing is lost when this fails: whoever retrieves asks the archive.
void Ingest::use_pause() {
    if (archive_answers_ && naming_.has_work()) {
        if (const Status done = naming_.step(); !done) {
            logger_.warning("Where files are could not be written down: " + done.failure().text);
        }
    }
}

std::size_t Ingest::queue_length() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

bool Ingest::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
    written_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
    const std::lock_guard lock(mutex_);
    return complete_ && recovered_ == overflows_ && unchecked_deletions_.empty();
}

std::vector<IndexEvent> Ingest::take_batch(std::unique_lock<std::mutex>& lock) {
    const auto has_work = [this] { return !queue_.empty() || stopping_ || locate_all_ || !moved_.empty(); };
    if (!unchecked_deletions_.empty()) {
        work_.wait_for(lock, kAskAgainAfter, has_work);
    } else if (!archive_answers_ || !naming_.has_work()) {
        work_.wait(lock, has_work);
    } else if (!naming_.is_due()) {
        work_.wait_for(lock, kPause, has_work);
    }
    if (std::exchange(locate_all_, false)) {
        naming_.look_at_all();
    }
    naming_.learn(std::exchange(moved_, {}));
    const std::size_t size = std::min(queue_.size(), kMaxBatch);
    std::vector<IndexEvent> batch(
        std::make_move_iterator(queue_.begin()),
        std::make_move_iterator(queue_.begin() + static_cast<std::ptrdiff_t>(size)));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
    return batch;
}

Result<IndexEvent> Ingest::read_again(const std::string& orthanc_id) {
    const auto file =
        archive_answers_
            ? archive_.open(orthanc_id)
            : Result<std::unique_ptr<InstanceFile>>(error(ErrorKind::Unavailable, "it is stopping"));
    const auto aet = file ? archive_.sending_aet(orthanc_id) : Result<std::string>(file.failure());
    if (!aet) {
        if (aet.failure().kind != ErrorKind::NotFound) {
            logger_.warning("An instance that came again could not be compared with the archive's: " +
                            aet.failure().text);
            const std::lock_guard lock(mutex_);
            complete_ = false;
        }
        return aet.failure();
    }
    return interpreter_.interpret(orthanc_id, **file, *aet);
}

void Ingest::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !queue_.empty()) {
        std::vector<IndexEvent> batch = take_batch(lock);
        const std::size_t taken = batch.size();
        lock.unlock();
        batch.insert(batch.begin(), std::make_move_iterator(unchecked_deletions_.begin()),
                     std::make_move_iterator(unchecked_deletions_.end()));
        unchecked_deletions_.clear();
        drop_what_is_not_so(batch);
        if (batch.empty()) {
            use_pause();
        } else {
            write(std::move(batch));
        }
        lock.lock();
        done_ += taken;
        written_.notify_all();
    }
}

Result<bool> Ingest::ask_archive(const std::string& orthanc_id) {
    return archive_answers_ ? archive_.holds(orthanc_id)
                            : Result<bool>(error(ErrorKind::Unavailable, "it is stopping"));
}

void Ingest::remember_deletion(const std::string& orthanc_id) {
    if (!recent_deletions_.insert(orthanc_id).second) {
        return;
    }
    deletions_in_order_.push_back(orthanc_id);
    if (deletions_in_order_.size() > kMaxRecentDeletions) {
        recent_deletions_.erase(deletions_in_order_.front());
        deletions_in_order_.pop_front();
    }
}

// The archive tells of deletions late and from another thread: the instance may have been stored again since.
// Then its own event is in the queue or already written, and this one must not undo it. The other way round,
// an instance may have been read, deleted and its deletion told before what was read arrives here.
bool Ingest::still_so(const IndexEvent& event) {
    if (const auto* deleted = std::get_if<index::DeletedInstance>(&event)) {
        const auto held = ask_archive(deleted->orthanc_id);
        if (!held) {
            logger_.warning("A deletion could not be checked against the archive yet: " +
                            held.failure().text);
            unchecked_deletions_.push_back(event);
            return false;
        }
        if (!*held) {
            remember_deletion(deleted->orthanc_id);
        }
        return !*held;
    }
    const auto* stored = std::get_if<index::StoredInstance>(&event);
    const auto* unreadable = std::get_if<index::UnreadableInstance>(&event);
    const std::string id = stored != nullptr       ? stored->orthanc_id
                           : unreadable != nullptr ? unreadable->orthanc_id
                                                   : "";
    if (!recent_deletions_.contains(id)) {
        return true;
    }
    const auto held = ask_archive(id);
    if (!held) {
        // Taken in, and asked about again.
        unchecked_deletions_.push_back(index::DeletedInstance{id});
    }
    return !held || *held;
}

void Ingest::drop_what_is_not_so(std::vector<IndexEvent>& batch) {
    std::erase_if(batch, [this](const IndexEvent& event) { return !still_so(event); });
}

bool Ingest::try_write(std::span<const IndexEvent> batch) {
    const auto outcome = writer_.apply(batch, clock_.today());
    if (!outcome) {
        logger_.error("The index could not be written: " + outcome.failure().text);
        return false;
    }
    naming_.expect(static_cast<std::size_t>(std::count_if(batch.begin(), batch.end(), [](const auto& event) {
        const auto* stored = std::get_if<index::StoredInstance>(&event);
        return stored != nullptr && !stored->file.known();
    })));
    for (const std::string& domain : outcome->new_conflicts) {
        logger_.warning("A number of domain " + domain +
                        " would join persons with different resident IDs; they are kept apart and the number"
                        " answers for nobody (see /recognition/conflicts)");
    }
    return true;
}

void Ingest::write(std::vector<IndexEvent> batch) {
    if (!batch.empty() && !try_write(batch)) {
        for (IndexEvent& event : batch) {
            write_one(std::move(event));
        }
    }
}

// Events stay in order and none is passed over: a log position written in front of a lost instance would lose
// it for good. So a disk that is full stops here until there is room, and questions are refused meanwhile.
// Only an instance that fails by itself while the database works is set aside as unreadable.
void Ingest::write_one(IndexEvent event) {
    constexpr int kTriesBeforeSettingAside = 3;
    auto pause = std::chrono::milliseconds(50);
    for (int tries = 1; !try_write({&event, 1}); ++tries) {
        if (const auto* stored = std::get_if<index::StoredInstance>(&event);
            stored != nullptr && tries == kTriesBeforeSettingAside) {
            const IndexEvent aside = index::UnreadableInstance{stored->orthanc_id, "the index refused it"};
            // That this was written may only mean that the database works again.
            if (try_write({&aside, 1}) && (try_write({&event, 1}) || try_write({&aside, 1}))) {
                return;
            }
        }
        std::unique_lock lock(mutex_);
        if (stopping_) {
            complete_ = false;
            return;
        }
        work_.wait_for(lock, pause, [this] { return stopping_; });
        pause = std::min(pause * 2, std::chrono::milliseconds(5000));
    }
}

} // namespace recog::service
