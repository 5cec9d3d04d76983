// Moves what stands in SQLite's write-ahead log into the database file, on a thread and a connection of its
// own. SQLite would do it within a commit, where everybody who waits for that commit waits for the disk too.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

struct sqlite3;

namespace recog::index {

class Checkpointer {
public:
    struct Limits {
        /// Pages that have come into the log since it was last moved, before it is moved again.
        int pages_to_move = 1000;
        /// Pages in the log from which on the writer waits while it is moved, so that it begins anew: the
        /// bound of its size, unless somebody goes on reading what it held before.
        int most_pages = 16'000;
    };

    Checkpointer(std::string path, const Limits& limits) : path_(std::move(path)), limits_(limits) {}
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer();

    /// From now on commits of this connection are told to the thread, which begins with the first of them.
    /// The connection must not outlive the checkpointer.
    void watch(sqlite3* connection);

private:
    static int on_commit(void* self, sqlite3* connection, const char* name, int pages);
    void log_holds(int pages);
    void run();
    void move_log(sqlite3* connection, int pages) const;

    std::string path_;
    Limits limits_;
    std::mutex mutex_;
    std::condition_variable grown_;
    std::condition_variable moved_once_;
    int pages_ = 0; ///< in the log
    int moved_ = 0; ///< of them, at the last turn
    std::uint64_t turns_ = 0;
    bool stopping_ = false;
    bool ended_ = false; ///< the thread cannot go on
    std::thread thread_;
};

} // namespace recog::index
