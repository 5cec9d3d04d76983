#include "core/index/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include <memory>

namespace recog::index {

namespace {

/// How long the log's new beginning may hold up the writer, waiting for readers of the old one.
constexpr int kPatienceMs = 200;

struct CloseConnection {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};

} // namespace

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    grown_.notify_all();
    moved_once_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Checkpointer::watch(sqlite3* connection) {
    sqlite3_wal_hook(connection, on_commit, this); // replaces SQLite's own, which moves the log in the commit
}

int Checkpointer::on_commit(void* self, sqlite3* /*connection*/, const char* /*name*/, int pages) {
    static_cast<Checkpointer*>(self)->log_holds(pages);
    return SQLITE_OK;
}

// Runs after the commit, without its locks.
void Checkpointer::log_holds(int pages) {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable() && !stopping_) {
        thread_ = std::thread([this] { run(); });
    }
    moved_ = pages < pages_ ? 0 : moved_; // the log has begun anew
    pages_ = pages;
    if (pages_ - moved_ < limits_.pages_to_move) {
        return;
    }
    grown_.notify_one();
    if (pages_ >= limits_.most_pages) {
        const std::uint64_t turns = turns_;
        moved_once_.wait(lock, [&] { return turns_ != turns || stopping_ || ended_; });
    }
}

void Checkpointer::run() {
    sqlite3* made = nullptr;
    const int opened =
        sqlite3_open_v2(path_.c_str(), &made, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    const std::unique_ptr<sqlite3, CloseConnection> connection(made);
    std::unique_lock lock(mutex_);
    if (opened != SQLITE_OK) {
        ended_ = true; // the last connection to close moves the log; until then it grows
        moved_once_.notify_all();
        return;
    }
    sqlite3_busy_timeout(made, kPatienceMs);
    sqlite3_exec(made, "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr);
    // A connection that has read nothing knows of no log.
    sqlite3_exec(made, "PRAGMA schema_version", nullptr, nullptr, nullptr);
    while (!stopping_) {
        grown_.wait(lock, [this] { return stopping_ || pages_ - moved_ >= limits_.pages_to_move; });
        if (!stopping_) {
            const int pages = pages_;
            moved_ = pages; // whatever comes of it, the next turn waits for further pages
            lock.unlock();
            move_log(made, pages);
            lock.lock();
            ++turns_;
            moved_once_.notify_all();
        }
    }
}

// Without holding up anybody as long as the log is short. It begins anew by itself when all of it has been
// moved and nobody reads it, which need not ever be so while many ask and much is stored.
void Checkpointer::move_log(sqlite3* connection, int pages) const {
    sqlite3_wal_checkpoint_v2(connection, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (pages >= limits_.most_pages) {
        sqlite3_wal_checkpoint_v2(connection, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
    }
}

} // namespace recog::index
