// A transaction that fails at any statement changes nothing, and the next one works.
#include "tests/contract/faulty_connection.hpp"
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;

namespace {

InstanceBuilder slice(std::uint32_t number, const char* study, const char* id) {
    const std::string uid = study;
    return InstanceBuilder(number, uid, uid + ".1", uid + ".1." + std::to_string(number))
        .patient(id, "Wang^Wu", "19800101")
        .local("H001", id);
}

} // namespace

TEST_CASE("a transaction that fails at its n-th statement changes nothing, for every n") {
    IndexUnderTest index;
    auto owned = std::make_unique<FaultyConnection>(index.connect());
    FaultyConnection& faults = *owned;
    index::IndexWriter writer(std::move(owned));

    const std::vector<index::IndexEvent> base = {
        slice(1, "1.1", "A1").identifier("CITIZEN_CARD", "C1"), slice(2, "1.1", "A1"),
        slice(3, "1.2", "A2").identifier("CITIZEN_CARD", "C1"),
        slice(4, "1.2", "A2").report(dicom::ReportStatus::Final, "text")};
    // New, linked by a card; overwritten; deleted, the last of its study among them.
    const std::vector<index::IndexEvent> change = {
        slice(5, "1.3", "A3")
            .identifier("CITIZEN_CARD", "C1")
            .identifier("RESIDENT_ID", "11010519491231002X"),
        slice(1, "1.1", "A1").identifier("HEALTH_CARD", "E1"),
        deletion(slice(3, "1.2", "A2")),
        deletion(slice(4, "1.2", "A2")),
        slice(6, "1.3", "A3").study_value(tags::StudyDescription, "other"),
        index::LogPosition{7, "resource"}};
    std::vector<index::IndexEvent> back = base;
    back.push_back(deletion(slice(5, "1.3", "A3")));
    back.push_back(deletion(slice(6, "1.3", "A3")));

    expect_ok(writer.apply(base));
    const std::string before = index.dump();
    expect_ok(writer.apply(change));
    const std::string after = index.dump();
    REQUIRE(after != before);
    expect_ok(writer.apply(back));
    REQUIRE(differences(index.dump(), before) == "");

    std::size_t n = 1;
    for (;; ++n) {
        CAPTURE(n);
        REQUIRE(n < 2000);
        faults.fail_at(n);
        const auto outcome = writer.apply(change);
        faults.fail_at(FaultyConnection::kNever);
        if (outcome) {
            break;
        }
        CHECK(outcome.failure().kind == ErrorKind::Storage);
        REQUIRE(differences(index.dump(), before) == "");
        expect_ok(writer.apply(change));
        REQUIRE(differences(index.dump(), after) == "");
        expect_ok(writer.apply(back));
        REQUIRE(differences(index.dump(), before) == "");
    }
    CHECK(n > 50);
}

TEST_CASE("a failure while reading is told, and the next question is answered") {
    IndexUnderTest index;
    index.apply({slice(1, "1.1", "A1"), slice(2, "1.1", "A1")});
    FaultyConnection faults(index.connect());
    index::IndexReader reader(faults);
    const auto ignore = [](index::Row&) { return true; };
    faults.fail_at(1);
    CHECK_FALSE(reader.studies({}, ignore));
    expect_ok(reader.studies({}, ignore));
    faults.fail_at(2);
    CHECK_FALSE(reader.counts());
    CHECK(expect_ok(reader.counts()).instances == 2);
    faults.fail_at(1);
    CHECK_FALSE(reader.instance_ids("", 10));
    CHECK(expect_ok(reader.instance_ids("", 10)).size() == 2);
    faults.fail_at(1);
    CHECK_FALSE(reader.find_person({{{{"LOCAL:H001", "A1", false}}, false, "A1"}}, ""));
}
