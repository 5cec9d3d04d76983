// Moves what stands in SQLite's write-ahead log into the database file, on a thread and a connection of its
// own. SQLite would do it within a commit, where everybody who waits for that commit waits for the disk too.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

struct sqlite3;

namespace recog::index {

class Checkpointer {
public:
    /// Pages that have come into the log since it was last moved, before it is moved again.
    static constexpr int kPagesToMove = 1000;
    /// Pages from which on the writer is held up until the log can begin anew: the bound of its size.
    static constexpr int kMostPages = 16'000;

    explicit Checkpointer(std::string path) : path_(std::move(path)) {}
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
    void move_log(sqlite3* connection, int pages);

    std::string path_;
    std::mutex mutex_;
    std::condition_variable grown_;
    int pages_ = 0; ///< in the log
    int moved_ = 0; ///< of them, at the last turn
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace recog::index
