// Where files are, and what is remembered of objects that have gone.
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;

namespace {

const Uuid kFirst = *parse_uuid("4d1b3a3e-9f0c-4b1e-8a2d-0123456789ab");
const Uuid kSecond = *parse_uuid("5d1b3a3e-9f0c-4b1e-8a2d-0123456789ab");

index::StoredInstance instance(std::uint32_t number, const std::string& series = "1.1") {
    return InstanceBuilder(number, "1", series, series + "." + std::to_string(number))
        .patient("A", "Wang", "19800101")
        .local("H001", "A");
}

Uuid file_of(IndexUnderTest& index, std::uint32_t number) {
    Uuid file;
    index::Selection selection;
    selection.study_uids = {"1"};
    expect_ok(index.reader().selected_instances(selection, [&](const index::SelectedInstance& one) {
        if (index::unpack_orthanc_id(one.orthanc_id) == orthanc_id(number)) {
            file = one.file;
        }
        return true;
    }));
    return file;
}

std::vector<std::string> not_located(IndexUnderTest& index) {
    std::vector<std::string> ids;
    for (const auto& one : expect_ok(index.writer().not_located(0, 100))) {
        ids.push_back(one.orthanc_id);
    }
    return ids;
}

bool removed(IndexUnderTest& index, const index::ObjectPath& path) {
    return expect_ok(index.reader().was_removed(path));
}

Status apply_on(IndexUnderTest& index, const index::IndexEvent& event, Day day) {
    const auto applied = index.writer().apply({&event, 1}, day);
    return applied ? Status() : Status(applied.failure());
}

} // namespace

TEST_CASE("the place of a file is given out, and asked for as long as it is not known") {
    IndexUnderTest index;
    index::StoredInstance known = instance(1);
    known.file = kFirst;
    index.apply({known, instance(2), instance(3)});
    CHECK(file_of(index, 1) == kFirst);
    CHECK_FALSE(file_of(index, 2).known());
    CHECK(not_located(index) == std::vector<std::string>{orthanc_id(2), orthanc_id(3)});
    // Asked, and not where it can be read in place.
    index.apply({index::LocatedFile{orthanc_id(2), kSecond}, index::LocatedFile{orthanc_id(3), {}}});
    CHECK(file_of(index, 2) == kSecond);
    CHECK_FALSE(file_of(index, 3).known());
    CHECK(not_located(index).empty());
    index.apply({index::LocatedFile{orthanc_id(99), kSecond}, index::LocatedFile{"nonsense", kSecond}});
    CHECK(not_located(index).empty());
}

TEST_CASE("rows that are not located are given in pages") {
    IndexUnderTest index;
    index.apply({instance(1), instance(2), instance(3)});
    const auto page = expect_ok(index.writer().not_located(0, 2));
    REQUIRE(page.size() == 2);
    const auto rest = expect_ok(index.writer().not_located(page.back().row, 2));
    REQUIRE(rest.size() == 1);
    CHECK(rest.front().orthanc_id == orthanc_id(3));
}

TEST_CASE("an instance that is stored again is not where it was") {
    IndexUnderTest index;
    index.apply({instance(1)});
    index.apply({index::LocatedFile{orthanc_id(1), kFirst}});
    index.apply({instance(1)}); // the same header, perhaps with other pixels
    CHECK_FALSE(file_of(index, 1).known());
    CHECK(not_located(index) == std::vector<std::string>{orthanc_id(1)});
    index::StoredInstance again = instance(1);
    again.file = kSecond;
    index.apply({again});
    CHECK(file_of(index, 1) == kSecond);
    index::StoredInstance changed = instance(1);
    changed.file_size += 2;
    index.apply({changed});
    CHECK_FALSE(file_of(index, 1).known());
}

TEST_CASE("what has been removed is remembered at each level when the last of it went") {
    IndexUnderTest index;
    index.apply({instance(1), instance(2), instance(3, "1.2")});
    index.apply({deletion(instance(1))});
    CHECK(removed(index, {"1", "1.1", "1.1.1"}));
    CHECK_FALSE(removed(index, {"1", "1.1", ""}));
    // The path counts, not the UID alone.
    CHECK_FALSE(removed(index, {"1", "1.2", "1.1.1"}));
    CHECK_FALSE(removed(index, {"1.1.1", "", ""}));
    index.apply({deletion(instance(2))});
    CHECK(removed(index, {"1", "1.1", ""}));
    CHECK_FALSE(removed(index, {"1", "", ""}));
    index.apply({deletion(instance(3, "1.2"))});
    CHECK(removed(index, {"1", "1.2", ""}));
    CHECK(removed(index, {"1", "", ""}));
    CHECK_FALSE(removed(index, {"2", "", ""}));
}

TEST_CASE("an overwritten instance is not one that went") {
    IndexUnderTest index;
    index.apply({instance(1)});
    index::StoredInstance changed = instance(1);
    changed.file_size += 2;
    index.apply({changed});
    CHECK_FALSE(removed(index, {"1", "1.1", "1.1.1"}));
    index.apply({deletion(instance(77))});
    CHECK_FALSE(removed(index, {"1", "", ""}));
}

TEST_CASE("removed objects are forgotten in the end") {
    IndexUnderTest index;
    const Day day = *parse_day("20240101");
    index.apply({instance(1), instance(2, "1.2"), instance(3, "1.3")});
    expect_ok(apply_on(index, deletion(instance(1)), day));
    expect_ok(apply_on(index, deletion(instance(2, "1.2")), day + index::kRemovedObjectsKept));
    CHECK(removed(index, {"1", "1.1", "1.1.1"}));
    expect_ok(apply_on(index, deletion(instance(3, "1.3")),
                       day + index::kRemovedObjectsKept + std::chrono::days(1)));
    CHECK_FALSE(removed(index, {"1", "1.1", "1.1.1"}));
    CHECK(removed(index, {"1", "1.2", "1.2.2"}));
}
