// How the index is asked: the reading order of numbers, and each condition that can select rows.
#include "core/index/person_summary.hpp"
#include "core/index/reader_pool.hpp"
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

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

TEST_CASE("a person's summary gives what the tables give, and is passed over when there is none") {
    IndexUnderTest index;
    std::vector<index::IndexEvent> events;
    for (std::uint32_t i = 1; i <= 70; ++i) {
        events.push_back(study(i, i % 2 == 0 ? "H001" : "H002", i <= 60 ? "MANY" : "TOO")
                             .date("2024" + std::to_string(1000 + i))
                             .identifier("CITIZEN_CARD", i <= 60 ? "11112222" : "33334444"));
    }
    for (std::uint32_t i = 101; i <= 165; ++i) {
        events.push_back(study(i, "H003", "BEYOND"));
    }
    index.apply(events);
    CHECK(index.connection().integer(0, "SELECT count(*) FROM person_summary") == 2);
    const std::string with = index.dump();
    index.writer().connection().run("DELETE FROM person_summary");
    CHECK(differences(index.dump(), with) == "");
}

TEST_CASE("a person's summary that is not sound is told, not guessed at") {
    IndexUnderTest index;
    index.apply({study(1, "H001", "A")});
    std::string content;
    {
        index::Rows rows = index.connection().query("SELECT content FROM person_summary");
        REQUIRE(rows.next());
        content = rows.blob(0);
    }
    CHECK(index::decode_summary(content, 1).ok());
    for (std::size_t size = 0; size < content.size(); ++size) {
        CHECK_FALSE(index::decode_summary(std::string_view(content).substr(0, size), 1).ok());
    }
    CHECK_FALSE(index::decode_summary(content + "x", 1).ok());
    content[0] = 9;
    CHECK_FALSE(index::decode_summary(content, 1).ok());
}

TEST_CASE("modalities narrow by study, with dates, and follow what is stored and deleted") {
    IndexUnderTest index;
    const auto of = [](std::uint32_t number, const char* series, const char* modality, const char* day) {
        const std::string uid = "2." + std::to_string(number);
        return InstanceBuilder(number * 10 + (series[0] == 'b' ? 1U : 0U), uid,
                               uid + (series[0] == 'b' ? ".2" : ".1"),
                               uid + (series[0] == 'b' ? ".2.1" : ".1.1"))
            .patient("A", "Wang", "19800101")
            .local("H001", "A")
            .date(day)
            .series_value(tags::Modality, modality);
    };
    const index::StoredInstance pet = of(1, "b", "PT", "20240101");
    index.apply({of(1, "a", "CT", "20240101"), pet, of(2, "a", "CT", "20240202"),
                 of(3, "a", "MR", "20240303"), of(4, "a", "US\\ PT ", "20240404")});
    const auto by = [&index](const std::vector<std::string>& modalities, const char* first = "",
                             const char* last = "") {
        index::Selection selection;
        selection.modalities = modalities;
        if (*first != 0 || *last != 0) {
            selection.study_dates = matching::DateRange{first, last};
        }
        return studies_by(index, selection);
    };
    using Uids = std::vector<std::string>;
    CHECK(by({"CT"}) == Uids{"2.2", "2.1"}); // newest first
    CHECK(by({"PT"}) == Uids{"2.4", "2.1"});
    CHECK(as_set(by({"CT", "PT"})) == std::multiset<std::string>{"2.1", "2.2", "2.4"});
    CHECK(by({"CT"}, "20240201", "20240301") == Uids{"2.2"});
    CHECK(by({"CT"}, "", "20240131") == Uids{"2.1"});
    CHECK(by({"PX"}).empty());
    index.apply({deletion(pet)});
    CHECK(by({"PT"}) == Uids{"2.4"});
}

TEST_CASE("of several broad conditions any gives all that satisfies every one") {
    IndexUnderTest index;
    std::vector<index::IndexEvent> events;
    for (std::uint32_t i = 1; i <= 40; ++i) {
        events.push_back(study(i, "H001", "ID" + std::to_string(i)).date(i < 38 ? "20240101" : "20240102"));
    }
    index.apply(events);
    index::Selection selection = by_name("patient", true);
    selection.study_dates = matching::DateRange{"20240102", "20240102"};
    CHECK(as_set(studies_by(index, selection)) == std::multiset<std::string>{"2.38", "2.39", "2.40"});
    selection = by_name("patient39", false);
    selection.study_dates = matching::DateRange{"20240101", "20240102"};
    CHECK(as_set(studies_by(index, selection)) == std::multiset<std::string>{"2.39"});
    selection.study_dates = matching::DateRange{"", ""};
    CHECK(as_set(studies_by(index, selection)) == std::multiset<std::string>{"2.39"});
    selection.patient_id_prefix = "ID";
    selection.modalities = {"CT"};
    CHECK(as_set(studies_by(index, selection)) == std::multiset<std::string>{"2.39"});
}

TEST_CASE("lists of UIDs of every length give each row once") {
    IndexUnderTest index;
    std::vector<index::IndexEvent> events;
    for (std::uint32_t i = 1; i <= 70; ++i) {
        events.push_back(study(i, "H001", "A"));
    }
    index.apply(events);
    for (const std::size_t count : {1U, 2U, 31U, 32U, 33U, 64U, 65U, 70U}) {
        CAPTURE(count);
        index::Selection selection;
        for (std::size_t i = 1; i <= count; ++i) {
            selection.study_uids.push_back("2." + std::to_string(i));
        }
        selection.study_uids.push_back("none");
        selection.study_uids.push_back("2.1");
        CHECK(studies_by(index, selection).size() == count);
    }
}

TEST_CASE("an interrupted connection fails until its transaction ends, and then works again") {
    IndexUnderTest index;
    index.apply({study(1, "H001", "A"), study(2, "H001", "B"), study(3, "H001", "C")});
    const auto connection = index.connect();
    index::IndexReader reader(*connection);
    for (int turn = 0; turn < 2; ++turn) {
        const index::Snapshot snapshot(*connection);
        int seen = 0;
        const Status read = reader.studies({}, [&](index::Row&) {
            connection->interrupt();
            return ++seen > 0;
        });
        REQUIRE_FALSE(read);
        CHECK(read.failure().kind == ErrorKind::Unavailable);
        CHECK(seen == 1);
        CHECK_FALSE(reader.counts());
    }
    CHECK(expect_ok(reader.counts()).studies == 3);
}

TEST_CASE("a statement that finds nothing for long ends when another thread interrupts it") {
    IndexUnderTest index;
    const auto connection = index.connect();
    std::thread other;
    {
        // Would count for hours; the other thread knows that it runs from the first row.
        index::Rows rows = connection->query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                                             " SELECT i FROM n WHERE i = 1 OR i < 0");
        REQUIRE(rows.next());
        other = std::thread([&connection] { connection->interrupt(); });
        CHECK_FALSE(rows.next());
    }
    other.join();
    CHECK(connection->take_failure().failure().kind == ErrorKind::Unavailable);
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

TEST_CASE("long searches never take the last connections") {
    using Use = index::ReaderPool::Use;
    IndexUnderTest index;
    index::ReaderPool pool(index.database(), 4);
    auto first = expect_ok(pool.take(Use::Long));
    auto second = expect_ok(pool.take(Use::Long));
    std::stop_source gives_up;
    gives_up.request_stop();
    CHECK(pool.take(Use::Long, gives_up.get_token()).failure().kind == ErrorKind::Unavailable);
    auto third = expect_ok(pool.take(Use::Short));
    {
        auto fourth = expect_ok(pool.take(Use::Short));
        CHECK_FALSE(pool.take(Use::Short, gives_up.get_token()).ok());
    }
    auto again = expect_ok(pool.take(Use::Short));
}

TEST_CASE("many threads share few connections, and each gets its turn") {
    IndexUnderTest index;
    index.apply({study(1, "H001", "A")});
    index::ReaderPool pool(index.database(), 3);
    std::atomic<int> holding = 0;
    std::atomic<int> most = 0;
    std::atomic<int> done = 0;
    std::vector<std::thread> askers;
    for (int asker = 0; asker < 24; ++asker) {
        askers.emplace_back([&, asker] {
            for (int turn = 0; turn < 20; ++turn) {
                auto lease =
                    pool.take(asker % 3 == 0 ? index::ReaderPool::Use::Long : index::ReaderPool::Use::Short);
                const int now = ++holding;
                for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
                }
                done += index::IndexReader(**lease).holds("none") ? 0 : 1;
                --holding;
            }
        });
    }
    for (std::thread& asker : askers) {
        asker.join();
    }
    CHECK(done == 24 * 20);
    CHECK(most <= 3);
}
