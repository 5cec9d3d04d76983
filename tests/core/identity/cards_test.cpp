#include "core/identity/cards.hpp"
#include "tests/core/identity/text_table.hpp"

#include <nlohmann/json.hpp>

#include <functional>

using namespace recog;
using namespace recog::identity;
using nlohmann::json;

namespace {

std::string shipped() {
    return test::read_text(std::string(SOURCE_DIR) + "/dicom-conf/cards.json");
}

} // namespace

TEST_CASE("the shipped file is what holds without a file") {
    const auto cards = CardDomains::parse(shipped());
    REQUIRE(cards.ok());
    CHECK(*cards == CardDomains::built_in());
    for (const char* domain :
         {"MEDICAL_INSURANCE", "SOCIAL_SECURITY", "CITIZEN_CARD", "HEALTH_CARD", "RESIDENT_ID"}) {
        CAPTURE(domain);
        REQUIRE(cards->find(domain) != nullptr);
        CHECK(cards->by_issuer(cards->find(domain)->name) == cards->find(domain));
    }
    CHECK(cards->find("LOCAL:H1") == nullptr);
    CHECK(cards->by_issuer("") == nullptr);
}

TEST_CASE("a mistake in the card domains is told with its place") {
    struct Row {
        const char* why;
        const char* place;
        std::function<void(json&)> spoil;
    };
    const std::vector<Row> rows = {
        {"not an object", "the whole", [](json& j) { j = json::array(); }},
        {"no placeholders", "the whole", [](json& j) { j.erase("placeholders"); }},
        {"no domains", "the whole", [](json& j) { j.erase("domains"); }},
        {"unknown key", "\"colour\"", [](json& j) { j["colour"] = 1; }},
        {"placeholders a string", "placeholders", [](json& j) { j["placeholders"] = "x"; }},
        {"placeholder a number", "placeholders[1]", [](json& j) { j["placeholders"][1] = 7; }},
        {"placeholder empty", "placeholders[0]", [](json& j) { j["placeholders"][0] = "  "; }},
        {"too many placeholders", "placeholders",
         [](json& j) { j["placeholders"] = json(std::vector<std::string>(kMaxPlaceholders + 1, "x")); }},
        {"domains an object", "domains", [](json& j) { j["domains"] = json::object(); }},
        {"no domain", "domains", [](json& j) { j["domains"] = json::array(); }},
        {"too many domains", "domains",
         [](json& j) { j["domains"] = json(std::vector<json>(kMaxCardDomains + 1, j["domains"][0])); }},
        {"domain a number", "domains[1]", [](json& j) { j["domains"][1] = 5; }},
        {"unknown key in a domain", "domains[0]", [](json& j) { j["domains"][0]["x"] = 1; }},
        {"domain without a name", "domains[0]", [](json& j) { j["domains"][0].erase("name"); }},
        {"domain name a number", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = 1; }},
        {"small letters", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = "card"; }},
        {"empty name", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = ""; }},
        {"digit first", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = "1A"; }},
        {"colon", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = "LOCAL:H1"; }},
        {"long name", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = std::string(33, 'A'); }},
        {"reserved", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = "UNASSIGNED"; }},
        {"reserved", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = "LOCAL"; }},
        {"reserved", "domains[0].domain", [](json& j) { j["domains"][0]["domain"] = "CARD_UNVERIFIED"; }},
        {"twice", "domains[1].domain", [](json& j) { j["domains"][1]["domain"] = "MEDICAL_INSURANCE"; }},
        {"issuers a string", "domains[0].issuers", [](json& j) { j["domains"][0]["issuers"] = "YB"; }},
        {"issuer of two", "domains[1].issuers", [](json& j) { j["domains"][1]["issuers"].push_back(" yb"); }},
        {"issuer twice", "domains[0].issuers",
         [](json& j) {
             j["domains"][0]["issuers"] = {"A", "a"};
         }},
        {"entity of two", "universal_entity_ids",
         [](json& j) { j["domains"][1]["universal_entity_ids"] = {"2.16.156.10011.1.3"}; }},
        {"type of two", "domains[1].type_codes", [](json& j) { j["domains"][1]["type_codes"] = {"MC"}; }},
        {"too many issuers", "domains[0].issuers",
         [](json& j) {
             j["domains"][0]["issuers"] = json(std::vector<std::string>(kMaxNamesPerCard + 1, "x"));
         }},
        {"long issuer", "issuers[0]", [](json& j) { j["domains"][0]["issuers"] = {std::string(257, 'x')}; }},
        {"value a string", "domains[0].value", [](json& j) { j["domains"][0]["value"] = "any"; }},
        {"no characters", "domains[0].value", [](json& j) { j["domains"][0]["value"].erase("characters"); }},
        {"unknown characters", ".characters",
         [](json& j) { j["domains"][0]["value"]["characters"] = "emoji"; }},
        {"characters a number", ".characters", [](json& j) { j["domains"][0]["value"]["characters"] = 3; }},
        {"flag a number", ".upper_case", [](json& j) { j["domains"][0]["value"]["upper_case"] = 1; }},
        {"flag a string", ".remove_separators",
         [](json& j) { j["domains"][0]["value"]["remove_separators"] = "yes"; }},
        {"no length", "domains[0].value", [](json& j) { j["domains"][0]["value"].erase("max_length"); }},
        {"length 0", ".min_length", [](json& j) { j["domains"][0]["value"]["min_length"] = 0; }},
        {"negative length", ".min_length", [](json& j) { j["domains"][0]["value"]["min_length"] = -1; }},
        {"fraction", ".max_length", [](json& j) { j["domains"][0]["value"]["max_length"] = 7.5; }},
        {"length 65", ".max_length", [](json& j) { j["domains"][0]["value"]["max_length"] = 65; }},
        {"huge length", ".max_length",
         [](json& j) { j["domains"][0]["value"]["max_length"] = 18446744073709551615ULL; }},
        {"min over max", "domains[0].value", [](json& j) { j["domains"][0]["value"]["min_length"] = 60; }},
        {"unknown key in a rule", "domains[0].value",
         [](json& j) { j["domains"][0]["value"]["regex"] = ".*"; }},
        {"length of a resident ID", "domains[4].value",
         [](json& j) { j["domains"][4]["value"]["min_length"] = 18; }},
        {"resident ID with another rule", "domains[4].value",
         [](json& j) { j["domains"][4]["value"] = j["domains"][0]["value"]; }},
        {"another card with the resident ID's rule", "domains[0].value",
         [](json& j) { j["domains"][0]["value"] = j["domains"][4]["value"]; }},
        {"no RESIDENT_ID", "domains", [](json& j) { j["domains"].erase(4); }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        json tree = json::parse(shipped());
        row.spoil(tree);
        const auto cards = CardDomains::parse(tree.dump());
        REQUIRE_FALSE(cards.ok());
        CHECK(cards.failure().kind == ErrorKind::Configuration);
        CAPTURE(cards.failure().text);
        CHECK(cards.failure().text.find(row.place) != std::string::npos);
        CHECK(cards.failure().text.ends_with("."));
    }
}

TEST_CASE("text that is no JSON, gives a key twice, nests deeply or is too large is refused") {
    const std::string text = shipped();
    for (std::size_t length = 0; length + 2 < text.size(); length += 7) {
        CHECK_FALSE(CardDomains::parse(text.substr(0, length)).ok());
    }
    for (const std::string& wrong : {std::string("null"), std::string("\"\xFF\""), std::string(100000, '['),
                                     std::string(R"({"placeholders":[],"placeholders":[],"domains":[]})"),
                                     text.substr(0, text.rfind('}')) + ",\"placeholders\":[]}", text + "x",
                                     text + std::string(kMaxCardsJsonBytes, ' ')}) {
        const auto cards = CardDomains::parse(wrong);
        REQUIRE_FALSE(cards.ok());
        CHECK(cards.failure().kind == ErrorKind::Configuration);
    }
    std::string deep;
    for (int i = 0; i < 5000; ++i) {
        deep += R"({"a":)";
    }
    CHECK_FALSE(CardDomains::parse(deep + "1" + std::string(5000, '}')).ok());
}

TEST_CASE("reading a card's normal form gives the same again") {
    const auto cards = CardDomains::built_in();
    for (const auto& row : test::read_table("domains.tsv", 9)) {
        for (const auto& card : cards.domains()) {
            const auto reading = cards.read(card, row[0]);
            const auto again = cards.read(card, reading.value);
            if (!reading.value.empty()) {
                CAPTURE(row[0]);
                CHECK(again.value == reading.value);
                CHECK(again.remark == reading.remark);
            }
        }
    }
}

TEST_CASE("a blank bared by a separator at the end goes too") {
    // Found by fuzz_cards: the value was stored in a form that did not read as itself.
    const auto cards = CardDomains::built_in();
    const auto& card = *cards.find("SOCIAL_SECURITY");
    for (const char* value :
         {"A12345678\r-", "-\tA12345678", "- \r- A123-45678 -\n--", "A12345678\xEF-\xBC\x8D"}) {
        CAPTURE(value);
        CHECK(cards.read(card, value).value == "A12345678");
        CHECK(cards.read(card, value).valid());
    }
}

TEST_CASE("every remark has a word of its own") {
    std::set<std::string_view> words;
    for (int remark = 0; remark <= static_cast<int>(ValueRemark::TooLong); ++remark) {
        words.insert(to_text(static_cast<ValueRemark>(remark)));
    }
    CHECK(words.size() == static_cast<std::size_t>(ValueRemark::TooLong) + 1);
    CHECK_FALSE(words.contains("unknown"));
}
