#include "core/index/sqlite/sqlite_database.hpp"

#include "core/index/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include <atomic>
#include <unordered_map>
#include <vector>

namespace recog::index {

namespace {

struct CloseConnection {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
};
using Handle = std::unique_ptr<sqlite3, CloseConnection>;

class SqliteConnection;

class SqliteStatement final : public Statement {
public:
    SqliteStatement(SqliteConnection& owner, sqlite3_stmt* handle) : owner_(owner), handle_(handle) {}

    void bind(int position, std::int64_t number) override {
        check(sqlite3_bind_int64(handle_.get(), position, number));
    }
    // Bound views must outlive the statement's run only until its first step, but a caller's temporary may
    // die before that: SQLite copies.
    void bind(int position, std::string_view text) override {
        check(sqlite3_bind_text64(handle_.get(), position, text.empty() ? "" : text.data(), text.size(),
                                  SQLITE_TRANSIENT, SQLITE_UTF8));
    }
    void bind(int position, Blob blob) override {
        check(sqlite3_bind_blob64(handle_.get(), position, blob.bytes.empty() ? "" : blob.bytes.data(),
                                  blob.bytes.size(), SQLITE_TRANSIENT));
    }
    bool step() override;
    std::int64_t integer(int column) override { return sqlite3_column_int64(handle_.get(), column); }
    std::string_view text(int column) override { return blob(column); }
    std::string_view blob(int column) override {
        const void* bytes = sqlite3_column_blob(handle_.get(), column);
        const int size = sqlite3_column_bytes(handle_.get(), column);
        return bytes == nullptr
                   ? std::string_view()
                   : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    void release() override {
        sqlite3_reset(handle_.get());
        sqlite3_clear_bindings(handle_.get());
        in_use_ = false;
    }

    bool take() { return !std::exchange(in_use_, true); }

private:
    void check(int code);

    SqliteConnection& owner_;
    std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle_;
    bool in_use_ = false;
};

class SqliteConnection final : public Connection {
public:
    explicit SqliteConnection(Handle handle) : handle_(std::move(handle)) {}

    Statement* prepare(const std::string& sql) override;
    void begin() override { run("BEGIN IMMEDIATE"); }
    void begin_snapshot() override { run("BEGIN"); }
    Status commit() override;
    void rollback() override;
    void interrupt() override;
    Status take_failure() override { return std::exchange(failure_, Status()); }
    std::int64_t changes() override { return sqlite3_changes64(handle_.get()); }
    std::int64_t last_insert_id() override { return sqlite3_last_insert_rowid(handle_.get()); }

    void execute(const char* sql);
    /// Keeps the first failure. SQLite's messages name tables and columns, never values.
    void fail(int code);
    bool failed() const { return !failure_.ok(); }
    /// Not seen by a statement that is running: SQLite itself ends that one.
    bool interrupted() const { return interrupted_; }

private:
    Handle handle_;
    std::atomic<bool> interrupted_ = false;
    std::unordered_map<std::string, std::vector<std::unique_ptr<SqliteStatement>>> statements_;
    Status failure_;
};

bool SqliteStatement::step() {
    if (owner_.failed()) {
        return false;
    }
    const int code = owner_.interrupted() ? SQLITE_INTERRUPT : sqlite3_step(handle_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        owner_.fail(code);
    }
    return code == SQLITE_ROW;
}

void SqliteStatement::check(int code) {
    if (code != SQLITE_OK) {
        owner_.fail(code);
    }
}

Statement* SqliteConnection::prepare(const std::string& sql) {
    if (failed()) {
        return nullptr;
    }
    auto& runs = statements_[sql];
    for (auto& run : runs) {
        if (run->take()) {
            return run.get();
        }
    }
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.c_str(), static_cast<int>(sql.size() + 1),
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) {
        fail(code);
        return nullptr;
    }
    runs.push_back(std::make_unique<SqliteStatement>(*this, made));
    runs.back()->take();
    return runs.back().get();
}

void SqliteConnection::execute(const char* sql) {
    if (!failed()) {
        const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) {
            fail(code);
        }
    }
}

void SqliteConnection::fail(int code) {
    if (!failed() && code == SQLITE_INTERRUPT) {
        failure_ = error(ErrorKind::Unavailable, "the question to the index was interrupted");
    } else if (!failed()) {
        failure_ = error(ErrorKind::Storage, std::string("the index database failed: ") +
                                                 sqlite3_errmsg(handle_.get()) + " (SQLite code " +
                                                 std::to_string(code) + ")");
    }
}

Status SqliteConnection::commit() {
    run("COMMIT");
    if (failed()) {
        rollback();
    }
    interrupted_ = false;
    return take_failure();
}

void SqliteConnection::rollback() {
    interrupted_ = false;
    if (sqlite3_get_autocommit(handle_.get()) == 0) {
        // Also after a failure, which must be kept.
        Status failure = take_failure();
        run("ROLLBACK");
        if (!failure) {
            failure_ = std::move(failure);
        }
    }
}

void SqliteConnection::interrupt() {
    interrupted_ = true;
    sqlite3_interrupt(handle_.get());
}

class SqliteDatabase final : public Database {
public:
    explicit SqliteDatabase(SqliteSettings settings)
        : settings_(std::move(settings)), checkpointer_(settings_.path, settings_.log) {}

    Result<std::unique_ptr<Connection>> connect() override {
        sqlite3* made = nullptr;
        const int code =
            sqlite3_open_v2(settings_.path.c_str(), &made,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
        Handle handle(made);
        if (code != SQLITE_OK) {
            return error(ErrorKind::Configuration, "the index database " + settings_.path +
                                                       " cannot be opened: " + sqlite3_errstr(code));
        }
        sqlite3_busy_timeout(handle.get(), settings_.busy_timeout_ms);
        auto connection = std::make_unique<SqliteConnection>(std::move(handle));
        if (settings_.bulk_load) {
            connection->execute("PRAGMA journal_mode=OFF");
            connection->execute("PRAGMA synchronous=OFF");
            connection->execute("PRAGMA locking_mode=EXCLUSIVE");
            connection->execute("PRAGMA threads=2");
        } else {
            checkpointer_.watch(made);
            connection->execute("PRAGMA journal_mode=WAL");
            connection->execute("PRAGMA synchronous=NORMAL");
            connection->execute("PRAGMA temp_store=MEMORY");
        }
        connection->execute(("PRAGMA cache_size=-" + std::to_string(settings_.cache_kib)).c_str());
        const Status usable = connection->take_failure();
        if (!usable) {
            return error(ErrorKind::Configuration, "the index database " + settings_.path +
                                                       " cannot be used: " + usable.failure().text);
        }
        return std::unique_ptr<Connection>(std::move(connection));
    }

private:
    SqliteSettings settings_;
    Checkpointer checkpointer_;
};

} // namespace

Result<std::unique_ptr<Database>> open_sqlite(const SqliteSettings& settings) {
    auto database = std::make_unique<SqliteDatabase>(settings);
    const auto connection = database->connect();
    if (!connection) {
        return connection.failure();
    }
    return std::unique_ptr<Database>(std::move(database));
}

} // namespace recog::index
