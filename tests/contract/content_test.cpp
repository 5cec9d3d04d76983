// What the index holds depends on which instances the archive holds, and on nothing else.
#include "core/index/schema.hpp"
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace recog;
using namespace recog::test;

namespace {

/// Five instances of two studies: headers that differ within a study and a series, one person by a card.
std::vector<index::IndexEvent> five_instances() {
    std::vector<index::IndexEvent> events;
    events.push_back(InstanceBuilder(1, "1.1", "1.1.1", "1.1.1.1")
                         .patient("A1", "Wang^Xiaodong=王^小东", "19800101")
                         .local("H001", "A1")
                         .identifier("CITIZEN_CARD", "C77")
                         .date("20240101")
                         .at("H001")
                         .study_value(tags::StudyDescription, "胸部CT"));
    events.push_back(InstanceBuilder(2, "1.1", "1.1.1", "1.1.1.2")
                         .patient("A1", "Wang^Xiaodong=王^小东", "19800101")
                         .local("H001", "A1")
                         .identifier("CITIZEN_CARD", "C77")
                         .date("20240102")
                         .at("H001")
                         .study_value(tags::AccessionNumber, "ACC1")
                         .series_value(tags::SeriesDescription, "soft tissue")
                         .series_value(tags::BodyPartExamined, "CHEST"));
    events.push_back(InstanceBuilder(3, "1.1", "1.1.1", "1.1.1.3")
                         .patient("A1", "WANG^XIAODONG", "")
                         .local("H001", "A1")
                         .date("20240101")
                         .series_value(tags::SeriesDescription, "lung")
                         .series_value(tags::ProtocolName, "thorax"));
    events.push_back(InstanceBuilder(4, "1.2", "1.2.1", "1.2.1.1")
                         .patient("B9", "Wang^Xiaodong", "19800101")
                         .local("H002", "B9")
                         .identifier("CITIZEN_CARD", "C77")
                         .date("20240301")
                         .at("H002"));
    events.push_back(InstanceBuilder(5, "1.2", "1.2.2", "1.2.2.1")
                         .patient("B9", "Wang^Xiaodong", "19800101")
                         .local("H002", "B9")
                         .identifier("CITIZEN_CARD", "C77")
                         .date("20240301")
                         .at("H002")
                         .report(dicom::ReportStatus::Final, "未见异常", "20240302"));
    return events;
}

/// Two reports of one study told in either order.
std::vector<index::IndexEvent> two_reports() {
    return {InstanceBuilder(11, "3.1", "3.1.1", "3.1.1.1")
                .patient("R1", "Li", "19700101")
                .local("H001", "R1")
                .report(dicom::ReportStatus::Preliminary, "first", "20240101"),
            InstanceBuilder(12, "3.1", "3.1.1", "3.1.1.2")
                .patient("R1", "Li", "19700101")
                .local("H001", "R1")
                .report(dicom::ReportStatus::Amended, "second", "20240102")};
}

std::vector<std::size_t> first_permutation(std::size_t count) {
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) {
        order[i] = i;
    }
    return order;
}

std::vector<index::IndexEvent> arranged(const std::vector<index::IndexEvent>& events,
                                        const std::vector<std::size_t>& order) {
    std::vector<index::IndexEvent> result;
    for (const std::size_t at : order) {
        result.push_back(events[at]);
    }
    return result;
}

index::IndexEvent deletion_of(const index::IndexEvent& event) {
    return index::DeletedInstance{std::get<index::StoredInstance>(event).orthanc_id};
}

constexpr const char* kTables[] = {"identifier", "patient_record", "record_identifier", "name_key",
                                   "study",      "study_header",   "study_modality",    "person_summary",
                                   "series",     "series_header",  "instance",          "unreadable",
                                   "report"};

void check_tables_are_empty(index::Connection& connection) {
    for (const char* table : kTables) {
        INFO(table);
        CHECK(connection.integer(-1, std::string("SELECT count(*) FROM ") + table) == 0);
    }
}

} // namespace

TEST_CASE("the same instance told twice is stored once") {
    IndexUnderTest index;
    const auto events = five_instances();
    CHECK(index.apply(events).stored == 5);
    const std::string once = index.dump();
    const auto again = index.apply(events);
    CHECK(again.stored == 0);
    CHECK(again.deleted == 0);
    CHECK(differences(index.dump(), once) == "");
    CHECK(index.counts().instances == 5);
    CHECK(index.counts().persons == 1);
}

TEST_CASE("the same instance twice in one transaction is stored once") {
    IndexUnderTest index;
    auto events = five_instances();
    events.insert(events.end(), events.begin(), events.begin() + 5);
    index.apply(events);
    CHECK(differences(index.dump(), dump_of(five_instances())) == "");
}

TEST_CASE("an overwritten instance leaves nothing of what it was") {
    const index::StoredInstance other = InstanceBuilder(1, "9.9", "9.9.9", "9.9.9.9")
                                            .patient("Z", "Zhao", "20000101")
                                            .local("H003", "Z")
                                            .report(dicom::ReportStatus::Amended, "changed", "20240505");
    auto expected = five_instances();
    expected[0] = other;
    IndexUnderTest index;
    index.apply(five_instances());
    index.apply({other});
    CHECK(differences(index.dump(), dump_of(expected)) == "");
}

TEST_CASE("each single change of an overwritten instance is taken over") {
    const auto base = [] {
        return InstanceBuilder(1, "1.1", "1.1.1", "1.1.1.1")
            .patient("A1", "Wang", "19800101")
            .local("H001", "A1");
    };
    const std::vector<index::StoredInstance> variants = {
        base().identifier("CITIZEN_CARD", "C1"),
        base().patient_value(tags::PatientSex, "F"),
        base().study_value(tags::StudyDescription, "x"),
        base().series_value(tags::SeriesDescription, "x"),
        base().instance_value(tags::InstanceNumber, "99"),
        base().at("H001"),
        base().no_image(),
        base().report(dicom::ReportStatus::Final, "a", "20240101"),
        base().report(dicom::ReportStatus::Amended, "a", "20240101"),
        base().report(dicom::ReportStatus::Final, "b", "20240101"),
        base().report(dicom::ReportStatus::Final, "b", "20240102"),
    };
    for (std::size_t i = 0; i < variants.size(); ++i) {
        CAPTURE(i);
        IndexUnderTest index;
        index.apply({base()});
        index.apply({variants[i]});
        CHECK(differences(index.dump(), dump_of({variants[i]})) == "");
        index.apply({base()});
        CHECK(differences(index.dump(), dump_of({base()})) == "");
    }
}

TEST_CASE("every order of arrival gives the same index") {
    const auto events = five_instances();
    const std::string expected = dump_of(events);
    auto order = first_permutation(events.size());
    do {
        IndexUnderTest index;
        index.apply_each(arranged(events, order));
        if (index.dump() != expected) {
            FAIL_CHECK("order " << order[0] << order[1] << order[2] << order[3] << order[4]);
            CHECK(differences(index.dump(), expected) == "");
            return;
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("series headers that differ merge the same way whatever row their study got") {
    const auto series = [](std::uint32_t number, const char* description) {
        return InstanceBuilder(number, "5.1", "5.1.1", "5.1.1." + std::to_string(number))
            .patient("A1", "Wang", "19800101")
            .local("H001", "A1")
            .series_value(tags::SeriesDescription, description);
    };
    std::vector<index::IndexEvent> events;
    for (std::uint32_t i = 0; i < 6; ++i) {
        events.push_back(series(i + 1, ("description " + std::to_string(i)).c_str()));
    }
    const std::string expected = dump_of(events);
    for (std::uint32_t others = 1; others <= 12; ++others) {
        // Studies stored before and gone again, so that the study stands in another row.
        IndexUnderTest index;
        std::vector<index::IndexEvent> before;
        for (std::uint32_t i = 0; i < others; ++i) {
            before.push_back(InstanceBuilder(100 + i, "6." + std::to_string(i), "6.1", "6.1.1")
                                 .patient("Q", "Q", "19990101")
                                 .local("H001", "Q"));
        }
        index.apply(before);
        index.apply(events);
        for (const auto& event : before) {
            index.apply({deletion_of(event)});
        }
        CAPTURE(others);
        CHECK(differences(index.dump(), expected) == "");
    }
}

TEST_CASE("reports of a study are answered in an order of their own, not of arrival") {
    auto events = two_reports();
    const std::string expected = dump_of(events);
    std::swap(events[0], events[1]);
    IndexUnderTest index;
    index.apply_each(events);
    CHECK(differences(index.dump(), expected) == "");
}

TEST_CASE("the best report decides the status of a study, and its going takes that back") {
    IndexUnderTest index;
    const auto events = two_reports();
    const auto status = [&index] {
        auto found = dicom::ReportStatus::None;
        expect_ok(index.reader().studies({}, [&](index::Row& row) {
            found = row.study.report_status;
            return true;
        }));
        return found;
    };
    index.apply({events[0]});
    CHECK(status() == dicom::ReportStatus::Preliminary);
    index.apply({events[1]});
    CHECK(status() == dicom::ReportStatus::Amended);
    index.apply({deletion_of(events[1])});
    CHECK(status() == dicom::ReportStatus::Preliminary);
}

TEST_CASE("deleting any one instance equals never having stored it") {
    const auto events = five_instances();
    for (std::size_t gone = 0; gone < events.size(); ++gone) {
        CAPTURE(gone);
        auto rest = events;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(gone));
        IndexUnderTest index;
        index.apply(events);
        CHECK(index.apply({deletion_of(events[gone])}).deleted == 1);
        CHECK(differences(index.dump(), dump_of(rest)) == "");
    }
}

TEST_CASE("deleting everything, in any order, leaves no row") {
    const auto events = five_instances();
    auto order = first_permutation(events.size());
    for (int turn = 0; turn < 24; ++turn) {
        IndexUnderTest index;
        index.apply(events);
        for (const std::size_t at : order) {
            index.apply({deletion_of(events[at])});
        }
        check_tables_are_empty(index.connection());
        for (int skip = 0; skip < 5; ++skip) {
            std::next_permutation(order.begin(), order.end());
        }
    }
}

TEST_CASE("storing and deleting within one transaction leaves no row") {
    IndexUnderTest index;
    auto events = five_instances();
    for (const auto& event : five_instances()) {
        events.push_back(deletion_of(event));
    }
    index.apply(events);
    check_tables_are_empty(index.connection());
}

TEST_CASE("deletions of what is not there, and ids that are none, change nothing") {
    IndexUnderTest index;
    index.apply(five_instances());
    const std::string before = index.dump();
    index::StoredInstance nameless = InstanceBuilder(50, "1", "2", "3");
    nameless.orthanc_id = "not an id";
    index.apply({index::DeletedInstance{orthanc_id(999)}, index::DeletedInstance{""},
                 index::DeletedInstance{std::string(44, 'x')}, nameless,
                 index::UnreadableInstance{"", "no id"}});
    CHECK(differences(index.dump(), before) == "");
}

TEST_CASE("an unreadable instance is held, listed and not answered; a readable one takes its place") {
    IndexUnderTest index;
    const auto event = five_instances()[0];
    const std::string id = orthanc_id(1);
    index.apply({index::UnreadableInstance{id, "broken"}});
    CHECK(index.reader().holds(id));
    CHECK(index.counts().unreadable == 1);
    CHECK(index.counts().instances == 0);
    CHECK(expect_ok(index.reader().instance_ids("", 10)) == std::vector<std::string>{id});
    index.apply({index::UnreadableInstance{id, "still broken"}});
    CHECK(index.counts().unreadable == 1);
    index.apply({event});
    CHECK(differences(index.dump(), dump_of({event})) == "");
    index.apply({index::UnreadableInstance{id, "broken"}});
    CHECK(differences(index.dump(), dump_of({index::UnreadableInstance{id, "broken"}})) == "");
    index.apply({index::DeletedInstance{id}});
    CHECK_FALSE(index.reader().holds(id));
    check_tables_are_empty(index.connection());
}

TEST_CASE("ids are paged in order, readable and unreadable alike") {
    IndexUnderTest index;
    std::vector<index::IndexEvent> events;
    std::vector<std::string> expected;
    for (std::uint32_t i = 1; i <= 25; ++i) {
        const std::string sop = "7.1.1." + std::to_string(i);
        events.push_back(i % 3 == 0 ? index::IndexEvent(index::UnreadableInstance{orthanc_id(i), "broken"})
                                    : index::IndexEvent(InstanceBuilder(i, "7.1", "7.1.1", sop)));
        expected.push_back(orthanc_id(i));
    }
    index.apply(events);
    std::sort(expected.begin(), expected.end());
    std::vector<std::string> found;
    for (std::string after;;) {
        const auto page = expect_ok(index.reader().instance_ids(after, 4));
        found.insert(found.end(), page.begin(), page.end());
        if (page.size() < 4) {
            break;
        }
        after = page.back();
    }
    CHECK(found == expected);
}

TEST_CASE("the position in the archive's log is written with the rows") {
    IndexUnderTest index;
    auto events = five_instances();
    events.push_back(index::LogPosition{42, "resource"});
    index.apply(events);
    CHECK(index::read_meta(index.connection(), "log_sequence") == "42");
    CHECK(index::read_meta(index.connection(), "log_resource") == "resource");
}

TEST_CASE("a cleared index is empty, forgets the position, and can be filled again by the same writer") {
    IndexUnderTest index;
    auto events = five_instances();
    events.push_back(index::LogPosition{42, "resource"});
    index.apply(events);
    expect_ok(index::clear_index(index.writer().connection()));
    check_tables_are_empty(index.connection());
    CHECK(index::read_meta(index.connection(), "log_sequence").empty());
    expect_ok(index::prepare_schema(index.connection()));
}

TEST_CASE("a schema of a newer version is refused, and left as it is") {
    IndexUnderTest index;
    index.apply(five_instances());
    const std::string before = index.dump();
    index::write_meta(index.connection(), "schema", "999");
    const auto refused = index::prepare_schema(index.connection());
    REQUIRE_FALSE(refused);
    CHECK(refused.failure().kind == ErrorKind::Configuration);
    CHECK(differences(index.dump(), before) == "");
}

TEST_CASE("a schema of an older version is dropped and made anew, and can be filled") {
    IndexUnderTest index;
    index.apply(five_instances());
    const std::string before = index.dump();
    CHECK(expect_ok(index::prepare_schema(index.connection())) == index::SchemaState::Kept);
    index::write_meta(index.connection(), "schema", "1");
    index::write_meta(index.connection(), "log_sequence", "42");
    CHECK(expect_ok(index::prepare_schema(index.connection())) == index::SchemaState::MadeAnew);
    check_tables_are_empty(index.connection());
    CHECK(index::read_meta(index.connection(), "log_sequence").empty());
    CHECK(expect_ok(index::prepare_schema(index.connection())) == index::SchemaState::Kept);
    index::IndexWriter writer(index.connect()); // the other one remembers rows that are gone
    expect_ok(writer.apply(five_instances()));
    CHECK(differences(index.dump(), before) == "");
}

TEST_CASE("a schema whose version is no number is refused") {
    IndexUnderTest index;
    for (const char* version : {"", "one", "1x"}) {
        index::write_meta(index.connection(), "schema", version);
        CHECK(index::prepare_schema(index.connection()).failure().kind == ErrorKind::Configuration);
    }
}

TEST_CASE("preparing a prepared schema keeps what it holds") {
    IndexUnderTest index;
    index.apply(five_instances());
    const std::string before = index.dump();
    expect_ok(index::prepare_schema(index.connection()));
    CHECK(differences(index.dump(), before) == "");
}

TEST_CASE("a reader's snapshot does not see what is stored meanwhile") {
    IndexUnderTest index;
    const auto events = five_instances();
    index.apply({events[0]});
    const auto connection = index.connect();
    index::IndexReader reader(*connection);
    {
        const index::Snapshot snapshot(*connection);
        CHECK(expect_ok(reader.counts()).instances == 1);
        index.apply({events[1], events[2], events[3]});
        CHECK(expect_ok(reader.counts()).instances == 1);
        CHECK(index.counts().instances == 4);
    }
    CHECK(expect_ok(reader.counts()).instances == 4);
}
