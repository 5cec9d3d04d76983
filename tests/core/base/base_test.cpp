#include "core/base/date.hpp"
#include "core/base/json_writer.hpp"
#include "core/base/utf8.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace recog;

TEST_CASE("a day is eight digits of the calendar and nothing else") {
    struct Row {
        const char* text;
        bool valid;
    };
    for (const Row& row :
         {Row{"20240229", true}, Row{"20230229", false}, Row{"20241301", false}, Row{"20240100", false},
          Row{"2024-0101", false}, Row{"", false}, Row{"2024010", false}, Row{"202401011", false},
          Row{"2024 101", false}, Row{"00010101", true}}) {
        CAPTURE(row.text);
        const auto day = parse_day(row.text);
        CHECK(day.has_value() == row.valid);
        if (day) {
            CHECK(format_day(*day) == row.text);
        }
    }
}

TEST_CASE("UTF-8 accepts shortest forms only and cuts between characters") {
    CHECK(is_utf8("王小东𠮷"));
    for (const char* broken : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88",
                               "\x80", "\xE7\x8E", "\xFF"}) {
        CHECK_FALSE(is_utf8(broken));
    }
    CHECK(replace_invalid_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
    CHECK(utf8_prefix("王小", 5) == "王");
    CHECK(utf8_prefix("王小", 6) == "王小");
    CHECK(utf8_prefix("王小", 2).empty());
}

TEST_CASE("what JsonWriter writes reads back as it was meant") {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("quote\"\\\n\x01", "王\t小");
    json.member("n", -9007199254740993);
    json.key("list");
    json.begin_array();
    json.boolean(true);
    json.null();
    json.begin_object();
    json.end_object();
    json.raw("1.5");
    json.string("bad\xFF");
    json.end_array();
    json.end_object();
    const auto read = nlohmann::json::parse(out);
    CHECK(read["quote\"\\\n\x01"] == "王\t小");
    CHECK(read["n"] == -9007199254740993);
    CHECK(read["list"].size() == 5);
    CHECK(read["list"][3] == 1.5);
    CHECK(read["list"][4] == "bad\xEF\xBF\xBD");
}
