#include "core/index/sqlite/sqlite_database.hpp"
#include "tests/contract/store_under_test.hpp"

namespace recog::test {

std::unique_ptr<index::Database> make_database(const std::filesystem::path& folder) {
    index::SqliteSettings settings;
    settings.path = (folder / "index.db").string();
    return expect_ok(index::open_sqlite(settings));
}

} // namespace recog::test
