// What only SQLite has: a write-ahead log that another thread moves into the file.
#include "core/index/sqlite/sqlite_database.hpp"
#include "tests/contract/store_under_test.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;

namespace {

constexpr std::uintmax_t kFrameBytes = 4096 + 24;

class LoggedDatabase {
public:
    explicit LoggedDatabase(const index::Checkpointer::Limits& limits) {
        index::SqliteSettings settings;
        settings.path = (folder_.path() / "test.db").string();
        settings.log = limits;
        database_ = expect_ok(index::open_sqlite(settings));
        writer_ = connect();
        writer_->run("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL)");
    }
    std::unique_ptr<index::Connection> connect() { return expect_ok(database_->connect()); }
    std::uintmax_t log_bytes() const { return std::filesystem::file_size(folder_.path() / "test.db-wal"); }

    /// One transaction each, of at least a page.
    void commit(int times) {
        for (int i = 0; i < times; ++i) {
            index::Transaction transaction(*writer_);
            writer_->run("INSERT INTO t(x) VALUES(?)", std::string_view(std::string(3000, 'x')));
            expect_ok(transaction.commit());
        }
    }
    static std::int64_t rows(index::Connection& connection) {
        return connection.integer(-1, "SELECT count(*) FROM t");
    }

private:
    TemporaryFolder folder_;
    std::unique_ptr<index::Database> database_;
    std::unique_ptr<index::Connection> writer_;
};

} // namespace

TEST_CASE("the log stays within its bound however much is written, and nothing is lost") {
    LoggedDatabase database({10, 50});
    database.commit(2000);
    CHECK(database.log_bytes() <= 100 * kFrameBytes);
    const auto reading = database.connect();
    CHECK(LoggedDatabase::rows(*reading) == 2000);
}

TEST_CASE("a reader of an old state holds the log back, keeps its state, and lets go of it") {
    LoggedDatabase database({10, 50});
    database.commit(1);
    const auto reading = database.connect();
    {
        const index::Snapshot snapshot(*reading);
        CHECK(LoggedDatabase::rows(*reading) == 1);
        database.commit(100);
        CHECK(LoggedDatabase::rows(*reading) == 1);
    }
    const std::uintmax_t grown = database.log_bytes();
    database.commit(1000);
    CHECK(database.log_bytes() <= grown + 100 * kFrameBytes);
    CHECK(LoggedDatabase::rows(*reading) == 1101);
}

TEST_CASE("what was committed is there after the database is opened again") {
    const TemporaryFolder folder;
    const index::SqliteSettings settings{(folder.path() / "test.db").string()};
    {
        const auto database = expect_ok(index::open_sqlite(settings));
        const auto connection = expect_ok(database->connect());
        connection->run("CREATE TABLE t(x INTEGER)");
        connection->run("INSERT INTO t(x) VALUES(7)");
        expect_ok(connection->take_failure());
    }
    const auto database = expect_ok(index::open_sqlite(settings));
    const auto connection = expect_ok(database->connect());
    CHECK(connection->integer(0, "SELECT x FROM t") == 7);
}
