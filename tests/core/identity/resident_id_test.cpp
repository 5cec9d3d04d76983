#include "core/identity/resident_id.hpp"
#include "tests/core/identity/text_table.hpp"

using namespace recog::identity;

namespace {

std::string word(ResidentIdFault fault) {
    switch (fault) {
    case ResidentIdFault::None:
        return "None";
    case ResidentIdFault::Form:
        return "Form";
    case ResidentIdFault::BirthDate:
        return "BirthDate";
    case ResidentIdFault::CheckCharacter:
        return "CheckCharacter";
    }
    return "?";
}

} // namespace

TEST_CASE("resident IDs read as the table says, and the normal form reads as itself") {
    for (const auto& row : test::read_table("resident_ids.tsv", 4)) {
        CAPTURE(row[0]);
        const auto reading = read_resident_id(row[0]);
        CHECK(reading.normal == row[1]);
        CHECK(word(reading.fault) == row[2]);
        CHECK(normalise_resident_id(row[0]).has_value() == (row[2] == "None"));
        if (reading.fault == ResidentIdFault::None) {
            CHECK(read_resident_id(reading.normal).normal == reading.normal);
        }
    }
}

TEST_CASE("a resident ID with any one character changed, or two neighbours exchanged, is refused") {
    const std::string right = "33010619900101123X";
    REQUIRE(normalise_resident_id(right) == right);
    for (std::size_t at = 0; at < right.size(); ++at) {
        for (const char other : std::string("0123456789X")) {
            std::string wrong = right;
            wrong[at] = other;
            CAPTURE(wrong);
            CHECK(normalise_resident_id(wrong).has_value() == (wrong == right));
        }
        std::string exchanged = right;
        std::swap(exchanged[at], exchanged[at + 1 < right.size() ? at + 1 : at]);
        CHECK(normalise_resident_id(exchanged).has_value() == (exchanged == right));
    }
}
