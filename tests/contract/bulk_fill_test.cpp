// The bulk load of the benchmarks gives the rows that the writer gives.
#include "core/index/schema.hpp"
#include "tests/benchmark/index/bulk_filler.hpp"
#include "tests/contract/index_under_test.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;

namespace {

void fill(IndexUnderTest& index, const bench::Region& region) {
    expect_ok(bench::fill_index(index.writer().connection(), region, [](const std::string&) {}));
}

std::vector<index::IndexEvent> events_of(const bench::Region& region) {
    std::vector<index::IndexEvent> events;
    for (std::uint64_t study = 0; study < region.studies; ++study) {
        events.emplace_back(bench::slice_of(study, region.persons, 1));
        for (std::uint64_t number = 1; number <= region.reports_of(study); ++number) {
            events.emplace_back(bench::report_of(study, region.persons, number));
        }
    }
    return events;
}

} // namespace

TEST_CASE("an index filled in bulk is the one that the writer makes of the same instances") {
    for (const bench::Region& region :
         {bench::Region{30, 200, 500}, bench::Region{7, 60, 0}, bench::Region{1, 5, 20}}) {
        CAPTURE(region.studies);
        IndexUnderTest bulk;
        fill(bulk, region);
        IndexUnderTest written;
        written.apply(events_of(region));
        CHECK(bulk.counts().reports == static_cast<std::int64_t>(region.reports));
        CHECK(differences(bulk.dump(), written.dump()) == "");
    }
}

TEST_CASE("the writer goes on where a bulk load ended, and what is told again changes nothing") {
    const bench::Region region{10, 50, 100};
    IndexUnderTest bulk;
    fill(bulk, region);
    const std::string before = bulk.dump();
    bulk.apply(events_of(region));
    CHECK(differences(bulk.dump(), before) == "");

    const bench::Region larger{10, 60, 120};
    bulk.apply(events_of(larger));
    IndexUnderTest written;
    written.apply(events_of(larger));
    CHECK(differences(bulk.dump(), written.dump()) == "");
}
