// Connections for those who ask.
#pragma once

#include "core/index/database.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <vector>

namespace recog::index {

/// A bounded number of connections, shared by the threads that ask, in the order in which they came.
/// Thread-safe.
class ReaderPool {
public:
    /// What a connection is wanted for. Long: a search through much, whose answers may go to somebody slow;
    /// these together hold at most half of the connections, so that a question by card never waits for them.
    enum class Use { Short, Long };

    /// `most` connections are opened when needed and kept.
    ReaderPool(Database& database, std::size_t most) : database_(database), most_(most) {}

    class Lease {
    public:
        Lease(ReaderPool& pool, Use use, std::unique_ptr<Connection> connection)
            : pool_(&pool), use_(use), connection_(std::move(connection)) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (connection_) {
                pool_->give_back(use_, std::move(connection_));
            }
        }
        Connection& operator*() { return *connection_; }

    private:
        ReaderPool* pool_;
        Use use_;
        std::unique_ptr<Connection> connection_;
    };

    /// Waits for its turn. Unavailable when `stop` comes first; Configuration when the database cannot be
    /// opened.
    Result<Lease> take(Use use = Use::Short, std::stop_token stop = {});

private:
    struct Waiter {
        Use use;
        bool served = false;
        std::condition_variable_any turn;
    };

    bool has_room(Use use) const;
    void serve_waiting();
    void occupy(Use use);
    void vacate(Use use);
    void give_back(Use use, std::unique_ptr<Connection> connection);

    Database& database_;
    std::size_t most_;
    std::size_t in_use_ = 0;
    std::size_t long_uses_ = 0;
    std::vector<std::unique_ptr<Connection>> free_; ///< those given back last are taken first: they are warm
    std::deque<Waiter*> waiting_;                   ///< in the order of arrival
    std::mutex mutex_;
};

} // namespace recog::index
