// One index of its own: database, writer, reader, and everything it holds as text.
#pragma once

#include "core/index/index_reader.hpp"
#include "core/index/index_writer.hpp"
#include "tests/contract/store_under_test.hpp"

#include <set>
#include <string>
#include <vector>

namespace recog::test {

/// All readable state with internal ids replaced by what they stand for, one line a row, sorted. Two indexes
/// over the same instances give the same text whatever happened before.
std::string dump(index::Connection& connection);

class IndexUnderTest {
public:
    IndexUnderTest();

    index::ApplyOutcome apply(const std::vector<index::IndexEvent>& events) {
        return expect_ok(writer_->apply(events));
    }
    /// One transaction an event.
    void apply_each(const std::vector<index::IndexEvent>& events) {
        for (const auto& event : events) {
            expect_ok(writer_->apply({&event, 1}));
        }
    }
    std::string dump() { return test::dump(*reading_); }
    index::IndexReader reader() { return index::IndexReader(*reading_); }
    index::Connection& connection() { return *reading_; }
    index::IndexWriter& writer() { return *writer_; }
    index::Database& database() { return *database_; }
    std::unique_ptr<index::Connection> connect() { return expect_ok(database_->connect()); }

    index::IndexCounts counts() { return expect_ok(reader().counts()); }
    /// Number of persons, each with how many records.
    std::multiset<std::int64_t> person_sizes();
    /// Who has this number in this domain: outcome and, for One, the person.
    index::PersonFound who(const std::string& domain, const std::string& value);

private:
    TemporaryFolder folder_;
    std::unique_ptr<index::Database> database_;
    std::unique_ptr<index::IndexWriter> writer_;
    std::unique_ptr<index::Connection> reading_;
};

/// The lines that only one of two dumps has: empty when they are equal.
std::string differences(const std::string& actual, const std::string& expected);

/// The dump of a fresh index filled with these events in one go.
std::string dump_of(const std::vector<index::IndexEvent>& events);

} // namespace recog::test
