#include "core/dicom/attribute_set.hpp"
#include "core/dicom/indexed_attributes.hpp"

#include <doctest/doctest.h>

using namespace recog::dicom;

TEST_CASE("a stored attribute set reads back, and every cut of it is refused or shorter") {
    AttributeSet set;
    set.set(tags::PatientName, "王^小东");
    set.set(tags::StudyDate, "20240101");
    set.set(tags::StudyDate, "20240102");
    set.set(tags::StudyID, "");
    const std::string stored = set.encode();
    REQUIRE(AttributeSet::decode(stored).ok());
    CHECK(*AttributeSet::decode(stored) == set);
    CHECK(set.get(tags::StudyDate) == "20240102");
    CHECK(set.contains(tags::StudyID));
    for (std::size_t length = 0; length < stored.size(); ++length) {
        const auto cut = AttributeSet::decode(std::string_view(stored).substr(0, length));
        CHECK((!cut.ok() || cut->entries().size() < set.entries().size()));
    }
    CHECK_FALSE(AttributeSet::decode(std::string(1, '\2')).ok());
}

TEST_CASE("values split at the backslash, empty ones kept") {
    CHECK(split_values("").empty());
    CHECK(split_values("a").size() == 1);
    CHECK(split_values("a\\b").size() == 2);
    CHECK(split_values("a\\").size() == 2);
    CHECK(split_values("\\").size() == 2);
}

TEST_CASE("the table of indexed attributes finds by tag") {
    REQUIRE(find_indexed(tags::StudyDate) != nullptr);
    CHECK(find_indexed(tags::StudyDate)->keyword == "StudyDate");
    CHECK(find_indexed(tags::PixelData) == nullptr);
}
