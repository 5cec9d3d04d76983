#include "tests/core/recognition/table.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace recog;
using namespace recog::recognition;
using nlohmann::json;

namespace {

const char* const valid_catalogue = R"({
  "name": "目录", "version": "1",
  "scopes": [{"code": "national", "mark": "全国HR", "rule": "national"},
             {"code": "county", "mark": "县HR", "rule": "region", "area": "330199"}],
  "distinguishing_words": ["低剂量", "灌注"],
  "items": [
    {"code": "A1", "name": "头颅CT", "english_name": "CT head", "category": "imaging", "modalities": ["CT"],
     "window_days": 30, "scope": "national", "fee": "1", "requires": "both", "effective_from": "2024-01-01",
     "procedure_codes": [{"code": "A1", "scheme": "T"}]},
    {"code": "A2", "name": "胸部CT", "english_name": "CT chest", "category": "imaging", "modalities": ["CT"],
     "companions": ["PT"], "body_parts": ["CHEST"], "contrast": "plain", "window_days": 0, "scope": "county",
     "fee": "160.50", "requires": "images", "effective_from": "2024-01-01", "effective_to": "2024-01-01",
     "procedure_codes": [{"code": "A2", "scheme": "T"}], "exceptions": "无",
     "keywords": {"chinese": ["胸部"], "english": ["chest"], "excluded": ["灌注"]}}]})";

const char* const valid_institutions = R"({"institutions": [
  {"code": "H1", "name": "一院", "tier": "3A", "union": "U", "area": "330199", "aets": ["H1_CT", "H1 MR"],
   "issuers": ["H1", "1.2.3"], "default_character_set": "GB18030",
   "quality": [{"items": ["*"], "from": "2024-01-01", "to": "2024-12-31", "assessor": "质控中心"}]},
  {"code": "H2", "name": "二院", "tier": "1"}]})";

void change(json& document, const std::string& pointer, const std::string& value) {
    const json::json_pointer place(pointer);
    if (value == "remove") {
        document.at(place.parent_pointer()).erase(place.back());
    } else {
        document[place] = json::parse(value);
    }
}

template <typename Parsed> void check_table(const char* table, const char* valid) {
    REQUIRE(Parsed::parse(valid).ok());
    for (const Row& row : read_table(table, 3)) {
        CAPTURE(row.line);
        json document = json::parse(valid);
        change(document, row.cells[0], row.cells[1]);
        const auto result = Parsed::parse(document.dump());
        REQUIRE_FALSE(result.ok());
        CHECK(result.failure().kind == ErrorKind::Configuration);
        CAPTURE(result.failure().text);
        CHECK(result.failure().text.starts_with(row.cells[2]));
    }
}

std::string failure_of(const std::string& text) {
    const auto result = Catalogue::parse(text);
    return result.ok() ? "" : result.failure().text;
}

} // namespace

TEST_CASE("what is wrong in a catalogue or in institutions is one sentence naming its place") {
    check_table<Catalogue>("malformed_catalogue.tsv", valid_catalogue);
    check_table<Institutions>("malformed_institutions.tsv", valid_institutions);
}

TEST_CASE("a file that is not what it should be is refused before its keys are looked at") {
    CHECK(failure_of("") == "catalogue: the file is not valid JSON at line 1, column 1");
    CHECK(failure_of("{\n  \"name\": 'x'}") == "catalogue: the file is not valid JSON at line 2, column 11");
    CHECK(failure_of("{\"name\": \"\xFF\"}").starts_with("catalogue: the file is not valid JSON at line 1"));
    CHECK(failure_of("{} {}").starts_with("catalogue: the file is not valid JSON"));
    CHECK(failure_of("[]") == "catalogue: the file must be an object");
    CHECK(failure_of("7") == "catalogue: the file must be an object");
    CHECK(failure_of("{\"name\": 1e999}") == "catalogue: the file holds a number that is out of range");
    CHECK(failure_of(R"({"name": "a", "name": "b"})") ==
          "catalogue: the key \"name\" stands twice in one object");
    CHECK(failure_of(std::string(100000, '[')).starts_with("catalogue: the file is"));
    const std::string deep = std::string(20, '[') + std::string(20, ']');
    CHECK(failure_of("{\"name\": " + deep + "}") == "catalogue: the file is nested deeper than 8 levels");
    CHECK(failure_of(std::string(Catalogue::max_bytes + 1, ' ')) ==
          "catalogue: the file is larger than 8388608 bytes");
    json many = json::parse(valid_catalogue);
    many["items"] = json::array();
    for (std::size_t i = 0; i <= Catalogue::max_items; ++i) {
        many["items"].push_back(nullptr);
    }
    CHECK(failure_of(many.dump()) == "catalogue: items has more than 5000 entries");
}

TEST_CASE("no byte cut off or changed in the shipped files brings parsing down") {
    for (const char* name : {"catalogue.json", "institutions.json"}) {
        const std::string whole = read_whole(std::string(SOURCE_DIR) + "/dicom-conf/" + name);
        const std::size_t step = whole.size() / 150 + 1;
        for (std::size_t i = 0; i < whole.size(); i += step) {
            CHECK_FALSE(Catalogue::parse(whole.substr(0, i)).ok());
            CHECK_FALSE(Institutions::parse(whole.substr(0, i)).ok());
            std::string broken = whole;
            broken[i] = static_cast<char>(broken[i] ^ 0x80);
            CHECK_FALSE(Catalogue::parse(broken).ok());
        }
    }
}

TEST_CASE("one code may come again with other dates of effect, and each day has its version") {
    json document = json::parse(valid_catalogue);
    document["items"][1]["code"] = "A1";
    document["items"][1]["procedure_codes"][0]["code"] = "A1";
    document["items"][0]["effective_from"] = "2024-01-02";
    const auto catalogue = Catalogue::parse(document.dump());
    REQUIRE(catalogue.ok());
    CHECK(catalogue->find("A1", *parse_day("20240101"))->name == "胸部CT");
    CHECK(catalogue->find("A1", *parse_day("20240102"))->name == "头颅CT");
    CHECK(catalogue->find("A1", *parse_day("20231231")) == nullptr);
    CHECK(catalogue->find("A3", *parse_day("20240101")) == nullptr);
}

TEST_CASE("institutions are found by code, AE title and issuer") {
    const auto institutions = Institutions::parse(valid_institutions);
    REQUIRE(institutions.ok());
    CHECK(institutions->find("H1")->name == "一院");
    CHECK(institutions->find("h1") == nullptr);
    CHECK(institutions->find("") == nullptr);
    CHECK(institutions->by_aet("H1_CT")->code == "H1");
    CHECK(institutions->by_aet(" H1 MR  ")->code == "H1");
    CHECK(institutions->by_aet("h1_ct") == nullptr);
    CHECK(institutions->by_aet("") == nullptr);
    CHECK(institutions->by_issuer("1.2.3 ")->code == "H1");
    CHECK(institutions->by_issuer("H2") == nullptr);
    CHECK(institutions->all()[1].default_character_set.empty());
    CHECK(institutions->all()[0].default_character_set == "GB18030");
}

TEST_CASE("quality control of an item that no catalogue knows is refused") {
    const auto catalogue = Catalogue::parse(valid_catalogue);
    json document = json::parse(valid_institutions);
    document["institutions"][0]["quality"][0]["items"] = {"imaging", "A1", "*", "laboratory", "A2"};
    REQUIRE(catalogue.ok());
    CHECK(check_quality_items(*catalogue, *Institutions::parse(document.dump())).ok());
    document["institutions"][0]["quality"][0]["items"][4] = "A3";
    const Status status = check_quality_items(*catalogue, *Institutions::parse(document.dump()));
    REQUIRE_FALSE(status.ok());
    CHECK(status.failure().text ==
          "institutions: institutions[0].quality[0].items[4] is no item of the catalogue");
    CHECK(check_quality_items(shipped_catalogue(), shipped_institutions()).ok());
}

TEST_CASE("the shipped catalogue and institutions are whole") {
    const Catalogue catalogue = shipped_catalogue();
    std::set<std::string> imaging;
    std::set<std::string> laboratory;
    std::set<ScopeRule> rules;
    for (const Item& item : catalogue.items()) {
        CAPTURE(item.code);
        (item.category == Category::Imaging ? imaging : laboratory).insert(item.code);
        rules.insert(item.scope.rule);
        CHECK_FALSE(item.procedure_codes.empty());
        CHECK(std::all_of(item.procedure_codes.begin(), item.procedure_codes.end(),
                          [](const ItemCode& code) { return code.scheme == "99HR"; }));
        CHECK_FALSE(item.keywords.chinese.empty());
        CHECK_FALSE(item.keywords.english.empty());
    }
    CHECK(imaging.size() == 105);
    CHECK(laboratory.size() == 25);
    CHECK(rules.size() == 3);
    const Institutions institutions = shipped_institutions();
    REQUIRE(institutions.all().size() == 3);
    for (const Institution& institution : institutions.all()) {
        CHECK(institution.default_character_set == "GB18030");
        CHECK(institutions.by_issuer(institution.code) == &institution);
        CHECK(institutions.by_aet(institution.code + "_DR") == &institution);
        for (const QualityPeriod& period : institution.quality) {
            for (const std::string& item : period.items) {
                CHECK((item == "*" || catalogue.find(item, *parse_day("20260601")) != nullptr));
            }
        }
    }
}

TEST_CASE("each item of the shipped catalogue is found by its own code and by its own name") {
    const Catalogue catalogue = shipped_catalogue();
    const Day day = *parse_day("20260601");
    for (const Item& item : catalogue.items()) {
        if (!item.in_effect(day)) {
            continue;
        }
        CAPTURE(item.name);
        Exam exam;
        exam.modalities = item.modalities;
        if (!exam.modalities.empty()) {
            exam.modalities.resize(1);
            exam.has_images = true;
        }
        exam.procedure_codes = {{item.procedure_codes[0].code, item.procedure_codes[0].scheme, ""}};
        CHECK(catalogue.match(exam, day).item == &item);
        exam.procedure_codes.clear();
        for (const std::string& name : {item.name, item.english_name}) {
            exam.study_description = name;
            const Match match = catalogue.match(exam, day);
            CAPTURE(name);
            CAPTURE(match.why_not);
            CHECK(match.item == &item);
        }
    }
}
