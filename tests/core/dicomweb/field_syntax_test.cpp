#include "core/dicomweb/field_syntax.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace recog::dicomweb;

namespace {

std::vector<std::string> parts(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
        all.emplace_back(take_until(text, ';'));
    }
    return all;
}

using Parts = std::vector<std::string>;

} // namespace

TEST_CASE("a field's value is split outside of quotes") {
    CHECK(parts("").empty());
    CHECK(parts("a; b ;\tc") == Parts{"a", "b", "c"});
    CHECK(parts(";;a") == Parts{"", "", "a"});
    CHECK(parts(R"(a="x;y";b)") == Parts{R"(a="x;y")", "b"});
    CHECK(parts(R"(a="x\";y";b)") == Parts{R"(a="x\";y")", "b"});
    CHECK(parts(R"(a="x;y)") == Parts{R"(a="x;y)"}); // never closed
    CHECK(parts("a=\"x\\") == Parts{"a=\"x\\"});
}

TEST_CASE("quoted strings say what stands in them") {
    CHECK(unquoted("plain") == "plain");
    CHECK(unquoted(R"("")").empty());
    CHECK(unquoted(R"("a b")") == "a b");
    CHECK(unquoted(R"("a\"b\\")") == R"(a"b\)");
    CHECK(unquoted(R"(")") == R"(")");
    CHECK(unquoted(R"("a)") == R"("a)");
}

TEST_CASE("tokens and media types") {
    for (const char* token : {"a", "dicom+json", "!#$%&'*+-.^_`|~09azAZ"}) {
        CHECK_MESSAGE(is_token(token), token);
    }
    for (const char* other : {"", "a b", "a/b", "a\"", "\xC3\xA9"}) {
        CHECK_FALSE_MESSAGE(is_token(other), other);
    }
    CHECK(is_media_type("*/*"));
    CHECK(is_media_type("application/dicom+json"));
    for (const char* other : {"", "a", "/", "a/", "/b", "a/b/c", "a/b;c"}) {
        CHECK_FALSE_MESSAGE(is_media_type(other), other);
    }
}

TEST_CASE("blanks and case") {
    CHECK(trimmed(" \t\r\na b\r\n\t ") == "a b");
    CHECK(trimmed(" \r\n").empty());
    CHECK(lower_case("Content-TYPE \xC3\x84") == "content-type \xC3\x84");
}
