// The few things the index asks of an SQL database, so that one set of statements serves SQLite and, later,
// PostgreSQL. Statements use `?` for values and the SQL that both understand.
//
// Failures are sticky: the first one of a transaction is kept, everything after it does nothing and yields no
// rows, and commit() (or, outside a transaction, take_failure()) hands it out. So the code between reads as a
// list of steps and can still not go on after a failure.
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace recog::index {

/// Bytes, as opposed to text.
struct Blob {
    std::string_view bytes;
};

/// One run of one prepared statement. Owned by Rows; not thread-safe.
class Statement {
public:
    virtual ~Statement() = default;
    /// Positions count from 1.
    virtual void bind(int position, std::int64_t number) = 0;
    virtual void bind(int position, std::string_view text) = 0;
    virtual void bind(int position, Blob blob) = 0;
    /// True when there is a row. False at the end and on failure.
    virtual bool step() = 0;
    /// Columns count from 0. Views live until the next step. NULL reads as 0 and "".
    virtual std::int64_t integer(int column) = 0;
    virtual std::string_view text(int column) = 0;
    virtual std::string_view blob(int column) = 0;
    /// Makes the statement ready for its next run.
    virtual void release() = 0;
};

/// The rows of one query; gives the statement back when it goes.
class Rows {
public:
    explicit Rows(Statement* statement) : statement_(statement) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Rows& operator=(Rows&&) = delete;
    ~Rows() {
        if (statement_ != nullptr) {
            statement_->release();
        }
    }

    bool next() { return statement_ != nullptr && statement_->step(); }
    std::int64_t integer(int column) { return statement_->integer(column); }
    std::string_view text(int column) { return statement_->text(column); }
    std::string_view blob(int column) { return statement_->blob(column); }

private:
    Statement* statement_;
};

/// One connection; used by one thread at a time.
class Connection {
public:
    virtual ~Connection() = default;

    /// nullptr after a failure. Statements are kept prepared by their text, which must therefore come from a
    /// bounded set: values are bound, never written into it.
    virtual Statement* prepare(const std::string& sql) = 0;

    /// A write transaction is taken at once, so that it cannot fail half-way on a lock.
    virtual void begin() = 0;
    virtual void begin_snapshot() = 0;
    /// Commits, or rolls back and returns what failed since begin().
    virtual Status commit() = 0;
    virtual void rollback() = 0;
    /// From any thread, while the connection lives: the running statement fails soon, and so do those after
    /// it, until commit() or rollback(). For reading; never to be called while a transaction writes.
    virtual void interrupt() = 0;
    /// The failure since the last call or commit, if any.
    virtual Status take_failure() = 0;
    /// Rows changed by the last statement.
    virtual std::int64_t changes() = 0;
    virtual std::int64_t last_insert_id() = 0;

    template <typename... Values> Rows query(const std::string& sql, const Values&... values) {
        Statement* statement = prepare(sql);
        if (statement != nullptr) {
            int position = 0;
            (bind_value(*statement, ++position, values), ...);
        }
        return Rows(statement);
    }

    template <typename... Values> void run(const std::string& sql, const Values&... values) {
        query(sql, values...).next();
    }

    /// The first column of the first row; `otherwise` when there is no row.
    template <typename... Values>
    std::int64_t integer(std::int64_t otherwise, const std::string& sql, const Values&... values) {
        Rows rows = query(sql, values...);
        return rows.next() ? rows.integer(0) : otherwise;
    }

private:
    static void bind_value(Statement& statement, int position, std::int64_t number) {
        statement.bind(position, number);
    }
    static void bind_value(Statement& statement, int position, std::string_view text) {
        statement.bind(position, text);
    }
    static void bind_value(Statement& statement, int position, Blob blob) { statement.bind(position, blob); }
};

/// Rolls back when it goes without commit().
class Transaction {
public:
    explicit Transaction(Connection& connection) : connection_(&connection) { connection_->begin(); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() {
        if (connection_ != nullptr) {
            connection_->rollback();
        }
    }
    Status commit() { return std::exchange(connection_, nullptr)->commit(); }

private:
    Connection* connection_;
};

/// Reads within one snapshot see one state of the index, whatever is being stored meanwhile.
class Snapshot {
public:
    explicit Snapshot(Connection& connection) : connection_(connection) { connection_.begin_snapshot(); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() { connection_.rollback(); }

private:
    Connection& connection_;
};

/// Makes connections, which end before it. May be called from any thread.
class Database {
public:
    virtual ~Database() = default;
    virtual Result<std::unique_ptr<Connection>> connect() = 0;
};

} // namespace recog::index
