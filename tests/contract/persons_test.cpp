// Which records are one person, and what a number answers.
#include "core/identity/linking.hpp"
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace recog;
using namespace recog::test;
using Outcome = index::PersonFound::Outcome;

namespace {

constexpr const char* kIdA = "11010519491231002X";
constexpr const char* kIdB = "440524188001010014";

/// One instance of a study of its own.
InstanceBuilder study(std::uint32_t number) {
    const std::string uid = "1." + std::to_string(number);
    return InstanceBuilder(number, uid, uid + ".1", uid + ".1.1");
}

InstanceBuilder patient(std::uint32_t number, const std::string& hospital, const std::string& id,
                        const std::string& name = "Wang", const std::string& birth = "19800101") {
    InstanceBuilder builder = study(number);
    builder.patient(id, name, birth).local(hospital, id).at(hospital);
    return builder;
}

} // namespace

TEST_CASE("cards join the records of one person across hospitals, also by way of a third") {
    IndexUnderTest index;
    index.apply({patient(1, "H001", "A1").identifier("CITIZEN_CARD", "C1"),
                 patient(2, "H002", "B1").identifier("HEALTH_CARD", "E1")});
    CHECK(index.counts().persons == 2);
    index.apply({patient(3, "H003", "D1").identifier("CITIZEN_CARD", "C1").identifier("HEALTH_CARD", "E1")});
    CHECK(index.counts().persons == 1);
    const auto found = index.who("LOCAL:H001", "A1");
    CHECK(found.outcome == Outcome::One);
    CHECK(index.who("LOCAL:H002", "B1").person == found.person);
    CHECK(index.who("HEALTH_CARD", "E1").person == found.person);
    CHECK(index.reader().identifiers_of(found.person, 100).size() == 5);
    index.apply({deletion(patient(3, "H003", "D1"))});
    CHECK(index.counts().persons == 2);
    CHECK(index.who("LOCAL:H003", "D1").outcome == Outcome::Nobody);
}

TEST_CASE("the same local number at two hospitals is two persons") {
    IndexUnderTest index;
    index.apply({patient(1, "H001", "100"), patient(2, "H002", "100")});
    CHECK(index.counts().persons == 2);
    CHECK(index.who("LOCAL:H001", "100").person != index.who("LOCAL:H002", "100").person);
}

TEST_CASE("a card that two resident IDs claim is kept apart, listed, and answers for nobody") {
    IndexUnderTest index;
    const index::StoredInstance first =
        patient(1, "H001", "A1").identifier("RESIDENT_ID", kIdA).identifier("CITIZEN_CARD", "C1");
    const index::StoredInstance second =
        patient(2, "H002", "B1").identifier("RESIDENT_ID", kIdB).identifier("CITIZEN_CARD", "C1");
    CHECK(index.apply({first}).new_conflicts.empty());
    CHECK(index.apply({second}).new_conflicts == std::vector<std::string>{"CITIZEN_CARD"});
    CHECK(index.counts().persons == 2);
    CHECK(index.counts().conflicts == 1);
    CHECK(index.who("CITIZEN_CARD", "C1").outcome == Outcome::Ambiguous);
    CHECK(index.who("RESIDENT_ID", kIdA).outcome == Outcome::One);
    CHECK(index.who("RESIDENT_ID", kIdA).person != index.who("RESIDENT_ID", kIdB).person);
    const auto listed = index.reader().conflicts(0, 10);
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].domain == "CITIZEN_CARD");
    CHECK(listed[0].value == "C1");
    CHECK(listed[0].persons == 2);
    CHECK(listed[0].records == 2);
    CHECK(index.reader().conflicts(listed[0].id, 10).empty());

    SUBCASE("telling it again is no new conflict") {
        CHECK(index.apply({first, second}).new_conflicts.empty());
    }
    SUBCASE("it dissolves when the offending instance goes") {
        index.apply({deletion(second)});
        CHECK(index.counts().conflicts == 0);
        CHECK(index.who("CITIZEN_CARD", "C1").outcome == Outcome::One);
        CHECK(differences(index.dump(), dump_of({first})) == "");
    }
    SUBCASE("a record with the card alone is in doubt and joins neither") {
        index.apply({patient(3, "H003", "D1").identifier("CITIZEN_CARD", "C1")});
        CHECK(index.counts().persons == 3);
        index.apply({deletion(second)});
        CHECK(index.counts().persons == 1);
    }
}

TEST_CASE("doubtful numbers join only records of equal name and birth date") {
    const auto weak = [](std::uint32_t number, const char* name, const char* birth) {
        return study(number).patient("X9", name, birth).unassigned("X9");
    };
    IndexUnderTest index;
    index.apply({weak(1, "Wang^Wu", "19800101"), weak(2, "WANG^WU", "19800101")});
    CHECK(index.counts().persons == 1);
    CHECK(index.who("UNASSIGNED", "X9").outcome == Outcome::One);
    index.apply({weak(3, "Li^Si", "19800101")});
    CHECK(index.counts().persons == 2);
    CHECK(index.who("UNASSIGNED", "X9").outcome == Outcome::Ambiguous);
    CHECK(index.counts().conflicts == 0);
    index.apply({weak(4, "Wang^Wu", "")});
    CHECK(index.counts().persons == 3);
    index.apply({deletion(weak(3, "", "")), deletion(weak(4, "", ""))});
    CHECK(index.who("UNASSIGNED", "X9").outcome == Outcome::One);
    CHECK(differences(index.dump(),
                      dump_of({weak(1, "Wang^Wu", "19800101"), weak(2, "WANG^WU", "19800101")})) == "");
}

TEST_CASE("patients without any number are one a study") {
    IndexUnderTest index;
    index.apply({study(1).patient("", "Wang", "19800101"), study(2).patient("", "Wang", "19800101")});
    CHECK(index.counts().persons == 2);
}

TEST_CASE("a study under two Patient IDs of one person is one study") {
    IndexUnderTest index;
    const auto slice = [](std::uint32_t number, const char* series, const char* sop, const char* id) {
        return InstanceBuilder(number, "8.1", series, sop)
            .patient(id, "Wang", "19800101")
            .local("H001", id)
            .identifier("CITIZEN_CARD", "C1");
    };
    index.apply({slice(1, "8.1.1", "8.1.1.1", "A1"), slice(2, "8.1.1", "8.1.1.2", "A1"),
                 slice(3, "8.1.1", "8.1.1.1", "A2"), slice(4, "8.1.2", "8.1.2.1", "A2")});
    const auto person = index.who("CITIZEN_CARD", "C1");
    REQUIRE(person.outcome == Outcome::One);
    const auto same = index.reader().same_studies(person.person, "8.1");
    CHECK(same.size() == 2);
    const auto counts = index.reader().union_counts(same);
    CHECK(counts.series == 2);
    CHECK(counts.instances == 3);
    const auto all = index.reader().person_counts(person.person);
    CHECK(all.studies == 1);
    CHECK(all.series == 2);
    CHECK(all.instances == 3);
}

TEST_CASE("a study that two patients share by one Patient ID makes them one person") {
    IndexUnderTest index;
    index.apply(
        {InstanceBuilder(1, "8.1", "8.1.1", "8.1.1.1").patient("A1", "Wang", "19800101").local("H001", "A1"),
         InstanceBuilder(2, "8.1", "8.1.1", "8.1.1.2").patient("A1", "Wang", "19800101").unassigned("A1")});
    CHECK(index.counts().persons == 1);
    index.apply({index::DeletedInstance{orthanc_id(1)}});
    CHECK(index.counts().persons == 1);
    CHECK(index.who("LOCAL:H001", "A1").outcome == Outcome::Nobody);
}

TEST_CASE("a number of a thousand and one records joins nothing; of a thousand it does") {
    constexpr auto kMost = static_cast<std::uint32_t>(identity::kMaxRecordsPerIdentifier);
    IndexUnderTest index;
    std::vector<index::IndexEvent> crowd;
    for (std::uint32_t i = 1; i <= kMost; ++i) {
        crowd.push_back(
            patient(i, "H001", "P" + std::to_string(i)).identifier("SOCIAL_SECURITY", "12345678"));
    }
    index.apply(crowd);
    CHECK(index.counts().persons == 1);
    CHECK(index.who("SOCIAL_SECURITY", "12345678").outcome == Outcome::One);

    const index::StoredInstance one_more =
        patient(kMost + 1, "H001", "more").identifier("SOCIAL_SECURITY", "12345678");
    CHECK(index.apply({one_more}).new_conflicts == std::vector<std::string>{"SOCIAL_SECURITY"});
    CHECK(index.counts().persons == kMost + 1);
    CHECK(index.who("SOCIAL_SECURITY", "12345678").outcome == Outcome::Ambiguous);
    CHECK(index.who("LOCAL:H001", "P7").outcome == Outcome::One);

    index.apply({deletion(one_more)});
    CHECK(index.counts().persons == 1);
    CHECK(index.who("SOCIAL_SECURITY", "12345678").outcome == Outcome::One);
}

TEST_CASE("an overused number joins no newcomers either, alone or told together") {
    constexpr auto kMost = static_cast<std::uint32_t>(identity::kMaxRecordsPerIdentifier);
    for (const bool weak : {false, true}) {
        CAPTURE(weak);
        IndexUnderTest index;
        const auto member = [weak](std::uint32_t number) {
            return patient(number, "H001", "P" + std::to_string(number))
                .identifier(weak ? "UNASSIGNED" : "SOCIAL_SECURITY", "12345678", weak);
        };
        std::vector<index::IndexEvent> crowd;
        for (std::uint32_t i = 1; i <= kMost + 5; ++i) {
            crowd.push_back(member(i));
        }
        index.apply(crowd);
        CHECK(index.counts().persons == kMost + 5);
        index.apply({member(kMost + 6)});
        CHECK(index.counts().persons == kMost + 6);
        index.apply({member(kMost + 7), member(kMost + 8), member(kMost + 9)});
        CHECK(index.counts().persons == kMost + 9);
        std::vector<index::IndexEvent> change;
        for (std::uint32_t i = 1; i <= 9; ++i) {
            change.push_back(deletion(member(i)));
        }
        change.push_back(member(kMost + 10));
        index.apply(change);
        CHECK(index.counts().persons == kMost + 1);
        index.apply({deletion(member(10))});
        CHECK(index.counts().persons == 1);
    }
}

TEST_CASE("storing and deleting stays fast under a number that thousands share") {
    struct Crowd {
        std::string what;
        bool weak;
    };
    for (const Crowd& crowd : {Crowd{"a card printed on every form", false}, Crowd{"a placeholder", true}}) {
        CAPTURE(crowd.what);
        IndexUnderTest index;
        const auto member = [&crowd](std::uint32_t number) {
            return patient(number, "H001", "P" + std::to_string(number), "Name" + std::to_string(number))
                .identifier(crowd.weak ? "UNASSIGNED" : "SOCIAL_SECURITY", "12345678", crowd.weak);
        };
        std::vector<index::IndexEvent> events;
        for (std::uint32_t i = 1; i <= 4000; ++i) {
            events.push_back(member(i));
        }
        index.apply(events);
        const auto begin = std::chrono::steady_clock::now();
        for (std::uint32_t i = 0; i < 50; ++i) {
            index.apply({member(5000 + i)});
            index.apply({deletion(member(1 + i))});
        }
        const auto spent = std::chrono::steady_clock::now() - begin;
        MESSAGE(crowd.what, ": ", std::chrono::duration<double, std::milli>(spent).count() / 100,
                " ms a change");
        CHECK(index.counts().persons == 4000);
        // Generous for sanitisers and loaded machines; it was 150 s.
        CHECK(spent < std::chrono::seconds(20));
    }
}
