#include "core/matching/matcher.hpp"

#include "core/dicom/indexed_attributes.hpp"
#include "tests/text_table.hpp"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>

using namespace recog;
using matching::Matcher;
using matching::Options;
namespace tags = dicom::tags;

namespace {

std::string table(const std::string& name) {
    return std::string(TESTDATA_DIR) + "/matching/" + name;
}

/// An attribute of the VR that the node indexes.
dicom::Tag tag_of_vr(std::string_view vr) {
    for (const dicom::IndexedAttribute& attribute : dicom::indexed_attributes()) {
        if (attribute.vr == vr && attribute.tag != tags::TimezoneOffsetFromUTC) {
            return attribute.tag;
        }
    }
    FAIL("no attribute of VR " << vr);
    return {};
}

dicom::Tag tag_of_keyword(std::string_view keyword) {
    for (const dicom::IndexedAttribute& attribute : dicom::indexed_attributes()) {
        if (attribute.keyword == keyword) {
            return attribute.tag;
        }
    }
    FAIL("no attribute " << keyword);
    return {};
}

dicom::AttributeSet one(dicom::Tag tag, std::string value) {
    dicom::AttributeSet set;
    set.set(tag, std::move(value));
    return set;
}

dicom::AttributeSet parse_set(std::string_view text) {
    dicom::AttributeSet set;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find(';'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        const std::size_t sign = pair.find('=');
        set.set(tag_of_keyword(pair.substr(0, sign)), std::string(pair.substr(sign + 1)));
    }
    return set;
}

std::string answer(const dicom::AttributeSet& keys, const dicom::AttributeSet& attributes,
                   const Options& options) {
    const auto matcher = Matcher::compile(keys, options);
    if (!matcher) {
        CHECK(matcher.failure().kind == ErrorKind::BadRequest);
        return "bad";
    }
    return matcher->matches(attributes) ? "yes" : "no";
}

bool finds(const dicom::NameLookup& lookup, const std::string& key) {
    return lookup.prefix ? key.starts_with(lookup.text) : key == lookup.text;
}

/// Whatever matches must lie inside what the index is told to look up.
void check_name_lookups(const std::string& key, const std::string& stored, bool fuzzy) {
    const auto matcher = Matcher::compile(one(tags::PatientName, key), Options{.fuzzy_names = fuzzy});
    REQUIRE(matcher.ok());
    const auto& lookups = matcher->narrowing(tags::PatientName).name_lookups;
    const auto keys = dicom::name_keys(stored);
    const bool found = std::any_of(lookups.begin(), lookups.end(), [&](const dicom::NameLookup& lookup) {
        return std::any_of(keys.begin(), keys.end(), [&](const std::string& k) { return finds(lookup, k); });
    });
    CHECK((lookups.empty() || found));
}

} // namespace

TEST_CASE("one key of each VR matches as its table says") {
    for (const auto& row : test::read_table(table("values.tsv"), 4)) {
        CAPTURE(row.line);
        const dicom::Tag tag = tag_of_vr(row[0]);
        dicom::AttributeSet attributes;
        if (row[2] != "-") {
            attributes.set(tag, test::with_controls(row[2]));
        }
        CHECK(answer(one(tag, test::with_controls(row[1])), attributes, {}) == row[3]);
    }
}

TEST_CASE("names match literally and fuzzily, and the index's look-ups find all that match") {
    for (const auto& row : test::read_table(table("names.tsv"), 4)) {
        CAPTURE(row.line);
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        for (const bool fuzzy : {false, true}) {
            CAPTURE(fuzzy);
            const std::string expected = row[fuzzy ? 3 : 2];
            CHECK(answer(one(tags::PatientName, row[0]), one(tags::PatientName, row[1]),
                         Options{.fuzzy_names = fuzzy}) == expected);
            if (expected == "yes") {
                check_name_lookups(row[0], row[1], fuzzy);
            }
        }
    }
}

TEST_CASE("several keys match together, dates and times combined when negotiated") {
    for (const auto& row : test::read_table(table("sets.tsv"), 4)) {
        CAPTURE(row.line);
        const auto keys = parse_set(row[0]);
        const auto attributes = parse_set(row[1]);
        CHECK(answer(keys, attributes, {}) == row[2]);
        CHECK(answer(keys, attributes, Options{.combined_datetime = true}) == row[3]);
    }
}

TEST_CASE("keys that are not indexed are reported, and those that steer the query are not") {
    dicom::AttributeSet keys = one(tags::PatientName, "");
    keys.set(tags::SpecificCharacterSet, "ISO_IR 192");
    keys.set(tags::QueryRetrieveLevel, "STUDY");
    keys.set(tags::TimezoneOffsetFromUTC, "+0800");
    keys.set(tags::ProcedureCodeSequence, "");
    keys.set(dicom::Tag{0x0008, 0x0000}, "");
    keys.set(dicom::Tag{0x0010, 0x4001}, "x");
    keys.set(dicom::Tag{0x0B01, 0x1001}, "");
    const auto matcher = Matcher::compile(keys);
    REQUIRE(matcher.ok());
    CHECK(matcher->unsupported() == std::vector<dicom::Tag>{{0x0010, 0x4001}, {0x0B01, 0x1001}});
    CHECK(matcher->matches({}));
}

TEST_CASE("a sequence matches by one item, whose every element must match in the same item") {
    const auto item = [](std::vector<std::pair<dicom::Tag, std::string>> elements) {
        dicom::AttributeSet set;
        for (auto& [tag, value] : elements) {
            set.set(tag, std::move(value));
        }
        return set;
    };
    const auto first = item({{tags::CodeValue, "C1"}, {tags::CodingSchemeDesignator, "T"}});
    const auto second = item({{tags::CodeValue, "C2"}, {tags::CodingSchemeDesignator, "U"}});
    const auto stored = one(tags::ProcedureCodeSequence, dicom::encode_items({first, second}));
    const auto outcome = [&](const std::vector<dicom::AttributeSet>& key) {
        const auto matcher = Matcher::compile(one(tags::ProcedureCodeSequence, dicom::encode_items(key)));
        if (!matcher) {
            return "bad";
        }
        return !matcher->unsupported().empty() ? "unsupported" : matcher->matches(stored) ? "yes" : "no";
    };
    CHECK(outcome({first}) == std::string("yes"));
    CHECK(outcome({second}) == std::string("yes"));
    CHECK(outcome({item({{tags::CodeValue, "C*"}})}) == std::string("yes"));
    CHECK(outcome({item({{tags::CodeValue, ""}, {tags::CodeMeaning, "*"}})}) == std::string("yes"));
    CHECK(outcome({item({{tags::CodeValue, "C1"}, {tags::CodingSchemeDesignator, "U"}})}) ==
          std::string("no"));
    CHECK(outcome({item({{tags::CodeMeaning, "x"}})}) == std::string("no"));
    CHECK(outcome({item({{tags::PatientID, "x"}})}) == std::string("unsupported"));
    CHECK(outcome({first, second}) == std::string("unsupported"));
    CHECK(outcome({item({{tags::CodeMeaning, std::string(65, '*') + "x"}})}) == std::string("bad"));
    const auto matcher = Matcher::compile(one(tags::ProcedureCodeSequence, dicom::encode_items({first})));
    REQUIRE(matcher.ok());
    CHECK_FALSE(matcher->matches({}));
    CHECK(Matcher::compile(
              one(tags::OtherPatientIDsSequence, dicom::encode_items({item({{tags::CodeValue, "x"}})})))
              ->unsupported()
              .size() == 1);
}

TEST_CASE("an index is told how to narrow") {
    const auto keys = parse_set("StudyInstanceUID=1.3\\1.2;StudyDate=20240101-20240131;AccessionNumber=A*;"
                                "PatientName=Wang*;StudyID= 7 ;InstanceNumber=1;SeriesDate=20240201-");
    const auto matcher = Matcher::compile(keys);
    REQUIRE(matcher.ok());
    CHECK(matcher->narrowing(tags::StudyInstanceUID).values == std::vector<std::string>{"1.2", "1.3"});
    CHECK(matcher->date_range(tags::StudyDate) == matching::DateRange{"20240101", "20240131"});
    CHECK(matcher->date_range(tags::SeriesDate) == matching::DateRange{"20240201", ""});
    CHECK(matcher->narrowing(tags::AccessionNumber).prefix == "A");
    CHECK(matcher->narrowing(tags::StudyID).values == std::vector<std::string>{"7"});
    CHECK(matcher->narrowing(tags::PatientName).name_lookups ==
          std::vector<dicom::NameLookup>{{"wang", true}});
    CHECK(matcher->narrowing(tags::InstanceNumber).empty());
    CHECK(matcher->narrowing(tags::Modality).empty());
    CHECK(matcher->restricts(dicom::Level::Study));
    CHECK(matcher->restricts(tags::StudyID));
    CHECK_FALSE(matcher->restricts(tags::Modality));
}

TEST_CASE("the keys of one level can be asked alone") {
    const auto matcher = Matcher::compile(parse_set("StudyID=7;Modality=CT"));
    REQUIRE(matcher.ok());
    CHECK(matcher->matches_at(dicom::Level::Study, parse_set("StudyID=7")));
    CHECK_FALSE(matcher->matches_at(dicom::Level::Series, parse_set("StudyID=7")));
    CHECK(matcher->matches_at(dicom::Level::Patient, {}));
    CHECK_FALSE(matcher->matches(parse_set("StudyID=7")));
}

TEST_CASE("limits refuse with a sentence") {
    CHECK(answer(one(tags::StudyDescription, std::string(8193, 'a')), {}, {}) == "bad");
    CHECK(answer(one(tags::StudyDescription, std::string(8192, 'a')), {}, {}) == "no");
    std::string stars;
    for (int i = 0; i < 65; ++i) {
        stars += "*a";
    }
    CHECK(answer(one(tags::StudyDescription, stars), {}, {}) == "bad");
    CHECK(answer(one(tags::StudyDescription, stars.substr(2)), {}, {}) == "no");
    CHECK(answer(one(tags::StudyDescription, "*" + std::string(65, 'a') + "*"), {}, {}) == "bad");
    CHECK(answer(one(tags::PatientName, stars), {}, {}) == "bad");
    CHECK(answer(one(tags::InstanceNumber, "1\\nan\\2"), {}, {}) == "bad");
    // Values with wild cards are tried one by one on every row; plain ones are looked up.
    std::string wild;
    for (int i = 0; i < 64; ++i) {
        wild += "a*" + std::to_string(i) + "\\";
    }
    CHECK(answer(one(tags::StudyDescription, wild + "b"), one(tags::StudyDescription, "ax63"), {}) == "yes");
    CHECK(answer(one(tags::StudyDescription, wild + "b*"), {}, {}) == "bad");
    CHECK(answer(one(tags::PatientName, wild + "b*"), {}, {}) == "bad");
    CHECK(answer(one(tags::StudyDescription, std::string(65536, '*') + "a"), {}, {}) == "bad");
    std::string uids = "1.2";
    for (int i = 1; i < 100'000; ++i) {
        uids += "\\1." + std::to_string(i);
    }
    CHECK(answer(one(tags::StudyInstanceUID, uids), one(tags::StudyInstanceUID, "1.99999"), {}) == "yes");
    CHECK(answer(one(tags::StudyInstanceUID, uids + "\\1"), {}, {}) == "bad");
    const auto refused = Matcher::compile(one(tags::StudyDate, "2024-13-45"));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.failure().text.find("2024") == std::string::npos);
}

TEST_CASE("wild cards made to be slow are not") {
    std::string stored(10'000, 'a');
    std::string key;
    for (int i = 0; i < 31; ++i) {
        key += "*a?a";
    }
    key += "*b";
    const auto matcher = Matcher::compile(one(tags::PatientComments, key));
    REQUIRE(matcher.ok());
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(matcher->matches(one(tags::PatientComments, stored)));
    }
    // 10,000 characters a hundred times: a moment; one that goes back for each star would take days.
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
}
