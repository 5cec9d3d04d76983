#include "core/base/ae_title.hpp"

#include <doctest/doctest.h>

using namespace recog;

TEST_CASE("AE titles are compared as Orthanc compares them, without the spaces round them") {
    struct Case {
        std::string left;
        std::string right;
        bool without_case;
        bool strict;
    };
    const Case cases[] = {
        {"H002_WS", "H002_WS", true, true},    {"H002_WS", "h002_ws", true, false},
        {"H002_WS ", "H002_WS", true, true},   {"  H002_WS", "H002_WS   ", true, true},
        {" h002_ws ", "H002_WS", true, false}, {"H002 WS", "H002WS", false, false},
        {"H002  WS", "H002 WS", false, false}, {"H002_WS", "H002_WS2", false, false},
        {"H002_WS", "", false, false},         {"", "    ", true, true},
        {"WS\xC4", "WS\xE4", false, false},
    };
    for (const Case& one : cases) {
        CAPTURE(one.left);
        CAPTURE(one.right);
        for (const AetComparison comparison : {AetComparison::WithoutCase, AetComparison::Strict}) {
            const bool same = comparison == AetComparison::Strict ? one.strict : one.without_case;
            CHECK(same_aet(one.left, one.right, comparison) == same);
            CHECK(same_aet(one.right, one.left, comparison) == same);
            CHECK((aet_key(one.left, comparison) == aet_key(one.right, comparison)) == same);
        }
    }
}

TEST_CASE("a title of spaces names nobody") {
    CHECK(aet_key("   ", AetComparison::WithoutCase).empty());
    CHECK(aet_key("", AetComparison::Strict).empty());
}
