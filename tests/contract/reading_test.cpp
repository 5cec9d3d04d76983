// How the index is asked: the reading order of numbers, and each condition that can select rows.
#include "core/index/reader_pool.hpp"
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace recog;
using namespace recog::test;
using Outcome = index::PersonFound::Outcome;

namespace {

identity::DomainResolver make_resolver() {
    return expect_ok(
        identity::DomainResolver::make(identity::CardDomains::built_in(),
                                       {{"H001", {"H001"}, {"H001_CT"}}, {"H002", {"H002"}, {"H002_CT"}}}));
}

InstanceBuilder study(std::uint32_t number, const std::string& hospital, const std::string& id) {
    const std::string uid = "2." + std::to_string(number);
    InstanceBuilder builder(number, uid, uid + ".1", uid + ".1.1");
    builder.patient(id, "Patient" + std::to_string(number), "19800101").at(hospital);
    if (!hospital.empty()) {
        builder.local(hospital, id);
    }
    return builder;
}

/// Study UIDs that a selection gives, in order.
std::vector<std::string> studies_by(IndexUnderTest& index, const index::Selection& selection) {
    std::vector<std::string> uids;
    expect_ok(index.reader().studies(selection, [&uids](index::Row& row) {
        uids.push_back(row.study.uid);
        return true;
    }));
    return uids;
}

std::multiset<std::string> as_set(const std::vector<std::string>& uids) {
    return {uids.begin(), uids.end()};
}

index::Selection by_name(const std::string& text, bool prefix) {
    index::Selection selection;
    selection.names.push_back({text, prefix});
    return selection;
}

} // namespace

TEST_CASE("a number without issuer is read in the asker's own domain, then as a card, then elsewhere") {
    struct Case {
        std::string what;
        std::string value;
        const char* issuer;
        const char* asker;
        Outcome outcome;
        const char* domain;
    };
    IndexUnderTest index;
    index.apply({study(1, "H001", "100"), study(2, "H002", "100"),
                 study(3, "H001", "11111111").identifier("CITIZEN_CARD", "22223333"),
                 study(4, "H002", "22223333"), study(5, "H002", "300"),
                 study(6, "", "400").identifier("ISSUER:SOMEBODY", "400"),
                 study(7, "H002", "500").identifier("ISSUER:SOMEBODY", "501"),
                 study(8, "", "501").identifier("ISSUER:ELSE", "501"), study(9, "", "600").unassigned("600"),
                 study(10, "H002", "0"), study(11, "H001", "700").identifier("CITIZEN_CARD", "33334444"),
                 study(12, "H002", "701").identifier("MEDICAL_INSURANCE", "33334444"),
                 study(13, "H001", "800").identifier("CITIZEN_CARD", "44445555"),
                 study(14, "H001", "801")
                     .identifier("SOCIAL_SECURITY", "44445555")
                     .identifier("CITIZEN_CARD", "44445555")});
    const auto resolver = make_resolver();
    const Case cases[] = {
        {"own number", "100", "", "H001", Outcome::One, "LOCAL:H001"},
        {"own number of the other hospital", "100", "", "H002", Outcome::One, "LOCAL:H002"},
        {"two hospitals have it, a third asks", "100", "", "H003", Outcome::Ambiguous, ""},
        {"two hospitals have it, nobody's asker", "100", "", "", Outcome::Ambiguous, ""},
        {"own number before the card of the same digits", "22223333", "", "H002", Outcome::One, "LOCAL:H002"},
        {"card before the local number elsewhere", "22223333", "", "H001", Outcome::One, "CITIZEN_CARD"},
        {"elsewhere, one hospital alone", "300", "", "H001", Outcome::One, "LOCAL:H002"},
        {"elsewhere, an issuer nobody knows", "400", "", "H001", Outcome::One, "ISSUER:SOMEBODY"},
        {"elsewhere, two persons", "501", "", "H001", Outcome::Ambiguous, ""},
        {"elsewhere, nobody's number", "600", "", "H001", Outcome::One, "UNASSIGNED"},
        {"placeholder at another hospital", "0", "", "H001", Outcome::Nobody, ""},
        {"cards of two domains, two persons", "33334444", "", "H003", Outcome::Ambiguous, ""},
        {"cards of two domains, one person", "44445555", "", "H003", Outcome::One, nullptr},
        {"issuer narrows to a hospital", "100", "H002", "H001", Outcome::One, "LOCAL:H002"},
        {"issuer narrows to nobody", "100", "SOMEBODY", "H001", Outcome::Nobody, ""},
        {"issuer nobody has configured", "501", "Somebody", "H001", Outcome::One, "ISSUER:SOMEBODY"},
        {"unknown number", "999999", "", "H001", Outcome::Nobody, ""},
    };
    for (const Case& one : cases) {
        CAPTURE(one.what);
        const auto order = resolver.reading_order(one.value, one.issuer, one.asker);
        const auto found = expect_ok(index.reader().find_person(order, one.asker));
        CHECK(found.outcome == one.outcome);
        if (one.domain != nullptr) {
            CHECK(found.domain == std::string(one.domain));
        }
        CHECK((found.person != 0) == (one.outcome == Outcome::One));
    }
}

TEST_CASE("ambiguity in one stage ends the reading") {
    IndexUnderTest index;
    index.apply({study(1, "H001", "A").identifier("CITIZEN_CARD", "55556666"),
                 study(2, "H002", "B").identifier("MEDICAL_INSURANCE", "55556666"),
                 study(3, "H003", "55556666")});
    const auto order = make_resolver().reading_order("55556666", "", "H001");
    CHECK(expect_ok(index.reader().find_person(order, "H001")).outcome == Outcome::Ambiguous);
}

TEST_CASE("each condition selects its rows, each row once") {
    IndexUnderTest index;
    index.apply({study(1, "H001", "A10").date("20240101").study_value(tags::AccessionNumber, "X1"),
                 study(2, "H001", "A10").date("20240201"),
                 study(3, "H002", "B20").date("20240301").study_value(tags::AccessionNumber, "X1"),
                 study(4, "H002", "B21").patient_value(tags::PatientName, "Wang^Xiaodong=王^小东"),
                 study(5, "H002", "b22").date("2024.02.15")});
    index::Selection selection;
    CHECK(studies_by(index, selection).size() == 5);

    selection.person = index.who("LOCAL:H001", "A10").person;
    CHECK(studies_by(index, selection) == std::vector<std::string>{"2.2", "2.1"}); // newest first
    selection = {};
    selection.study_uids = {"2.3", "2.1", "2.3", "none"};
    CHECK(as_set(studies_by(index, selection)) == std::multiset<std::string>{"2.1", "2.3"});
    selection = {};
    selection.accession = "X1";
    CHECK(as_set(studies_by(index, selection)) == std::multiset<std::string>{"2.1", "2.3"});
    CHECK(as_set(studies_by(index, by_name("wangxiaodong", false))) == std::multiset<std::string>{"2.4"});
    CHECK(as_set(studies_by(index, by_name("王", true))) == std::multiset<std::string>{"2.4"});
    CHECK(as_set(studies_by(index, by_name("patient", true))).size() == 4);
    CHECK(studies_by(index, by_name("nobody", true)).empty());
    selection = {};
    selection.patient_id_prefix = "B2";
    CHECK(as_set(studies_by(index, selection)) == std::multiset<std::string>{"2.3", "2.4"});
    const auto between = [&index](const char* first, const char* last) {
        index::Selection dates;
        dates.study_dates = matching::DateRange{first, last};
        return as_set(studies_by(index, dates));
    };
    CHECK(between("20240201", "20240228") == std::multiset<std::string>{"2.2", "2.5"});
    CHECK(between("20240201", "") == std::multiset<std::string>{"2.2", "2.3", "2.5"});
    CHECK(between("20240301", "20240301") == std::multiset<std::string>{"2.3"});
    CHECK(between("", "20240131").count("2.1") == 1);
}

TEST_CASE("a wild card in Patient ID finds what was stored, also when the number's normal form differs") {
    IndexUnderTest index;
    // The card domain folds letters to upper case; the object said them in lower case.
    index.apply({study(1, "", "ab12345678").identifier("MEDICAL_INSURANCE", "AB12345678"),
                 study(2, "", "UNKNOWN")}); // dropped as a card: no identifier at all
    index::Selection selection;
    selection.patient_id_prefix = "ab1";
    CHECK(studies_by(index, selection) == std::vector<std::string>{"2.1"});
    selection.patient_id_prefix = "UNK";
    CHECK(studies_by(index, selection) == std::vector<std::string>{"2.2"});
    std::size_t persons = 0;
    expect_ok(index.reader().persons(selection, [&persons](index::PersonRow&) {
        ++persons;
        return true;
    }));
    CHECK(persons == 1);
}

TEST_CASE("series and instances are selected by their UIDs, the nearest level first") {
    IndexUnderTest index;
    index.apply({InstanceBuilder(1, "3.1", "3.1.1", "3.1.1.1"), InstanceBuilder(2, "3.1", "3.1.1", "3.1.1.2"),
                 InstanceBuilder(3, "3.1", "3.1.2", "3.1.2.1"),
                 InstanceBuilder(4, "3.2", "3.2.1", "3.2.1.1")});
    index::Selection selection;
    const auto instances = [&] {
        std::vector<std::string> uids;
        expect_ok(index.reader().instances(selection, [&uids](index::Row& row) {
            uids.push_back(row.instance.uid);
            return true;
        }));
        return as_set(uids);
    };
    selection.study_uids = {"3.1"};
    CHECK(instances() == std::multiset<std::string>{"3.1.1.1", "3.1.1.2", "3.1.2.1"});
    selection.series_uids = {"3.1.1", "3.2.1"};
    CHECK(instances() == std::multiset<std::string>{"3.1.1.1", "3.1.1.2", "3.2.1.1"});
    selection.sop_uids = {"3.1.2.1", "3.1.2.1"};
    CHECK(instances() == std::multiset<std::string>{"3.1.2.1"});
    std::vector<std::string> series;
    expect_ok(index.reader().series(selection, [&series](index::Row& row) {
        series.push_back(row.series.uid);
        return true;
    }));
    CHECK(as_set(series) == std::multiset<std::string>{"3.1.1", "3.2.1"});
}

TEST_CASE("a sink that has enough ends the reading, and the reader goes on working") {
    IndexUnderTest index;
    index.apply({study(1, "H001", "A"), study(2, "H001", "B"), study(3, "H001", "C")});
    auto reader = index.reader();
    for (int turn = 0; turn < 3; ++turn) {
        int seen = 0;
        expect_ok(reader.studies({}, [&seen](index::Row&) { return ++seen < 2; }));
        CHECK(seen == 2);
    }
}

TEST_CASE("persons are given whole, also when one of their records alone satisfies the condition") {
    IndexUnderTest index;
    index.apply(
        {study(1, "H001", "A")
             .patient_value(tags::PatientName, "Wang")
             .identifier("CITIZEN_CARD", "77778888"),
         study(2, "H002", "B").patient_value(tags::PatientName, "Li").identifier("CITIZEN_CARD", "77778888"),
         study(3, "H002", "C").patient_value(tags::PatientName, "Zhao")});
    std::vector<std::string> names;
    expect_ok(index.reader().persons(by_name("wang", false), [&names](index::PersonRow& row) {
        names.emplace_back(row.patient.get(tags::PatientName));
        return true;
    }));
    CHECK(as_set(names) == std::multiset<std::string>{"Wang", "Li"});
}

TEST_CASE("a pool gives out no more connections than it may, and waits for one") {
    IndexUnderTest index;
    index::ReaderPool pool(index.database(), 2);
    for (int turn = 0; turn < 5; ++turn) {
        auto first = expect_ok(pool.take());
        auto second = expect_ok(pool.take());
        CHECK(expect_ok(index::IndexReader(*first).counts()).instances == 0);
        CHECK(expect_ok(index::IndexReader(*second).counts()).instances == 0);
    }
}
