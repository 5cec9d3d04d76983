#include "core/base/base64.hpp"

#include <doctest/doctest.h>

using namespace recog;

namespace {

std::string encoded(std::string_view text) {
    return encode_base64(std::as_bytes(std::span(text)));
}

} // namespace

// RFC 4648 10
TEST_CASE("base64 is written and read back") {
    for (const auto& [bytes, text] : std::initializer_list<std::pair<std::string, const char*>>{
             {"", ""},
             {"f", "Zg=="},
             {"fo", "Zm8="},
             {"foo", "Zm9v"},
             {"foob", "Zm9vYg=="},
             {"fooba", "Zm9vYmE="},
             {"foobar", "Zm9vYmFy"},
             {std::string("\0\1\2", 3), "AAEC"},
             {"\xFB\xFF\xFE", "+//+"},
         }) {
        CAPTURE(text);
        CHECK(encoded(bytes) == text);
        CHECK(decode_base64(text) == bytes);
        CHECK(decode_base64(text, Base64Form::Lenient) == bytes);
    }
}

TEST_CASE("base64 that is not canonical") {
    struct Case {
        const char* text;
        std::optional<std::string> lenient;
    };
    for (const Case& one : {
             Case{"Zm8", "fo"}, // without padding
             Case{"Zg", "f"},
             Case{"Zg=", "f"}, // with too little or too much of it
             Case{"Zm9v=", "foo"},
             Case{"Zm9v====", "foo"},
             Case{"====", ""},
             Case{" Z\nm\t8\r= ", "fo"},
             Case{"Zh==", "f"}, // with bits left over
             Case{"Zm9=", "fo"},
             Case{"Z", std::nullopt},
             Case{"Z===", std::nullopt},
             Case{"Zm9vY", std::nullopt},
             Case{"Zg=v", std::nullopt}, // with digits behind the padding
             Case{"Zg==Zg==", std::nullopt},
             Case{"Z-_v", std::nullopt},
             Case{"Zm*v", std::nullopt},
             Case{"Zm\x80v", std::nullopt},
             Case{"Zm9v\x0B", std::nullopt},
         }) {
        CAPTURE(one.text);
        CHECK_FALSE(decode_base64(one.text).has_value());
        CHECK(decode_base64(one.text, Base64Form::Lenient) == one.lenient);
    }
    CHECK_FALSE(decode_base64(std::string_view("Zm\0v", 4), Base64Form::Lenient));
}
