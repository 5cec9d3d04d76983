#include "core/identity/masking.hpp"

#include <doctest/doctest.h>

using recog::identity::mask;

TEST_CASE("a masked number shows the first three and last four characters of a long value, else nothing") {
    CHECK(mask("33010619900101123X") == "330****123X");
    CHECK(mask("12345678901") == "123****8901");
    CHECK(mask("1234567890") == "****");
    CHECK(mask("1") == "****");
    CHECK(mask("").empty());
    CHECK(mask(std::string(64, 'A')) == "AAA****AAAA");
}

TEST_CASE("masking cuts between characters and survives bytes that are no UTF-8") {
    CHECK(mask("医保卡一二三四五六七八") == "医保卡****五六七八");
    CHECK(mask("医保卡一二三四五六七") == "****");
    CHECK(mask("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80") == "****");
}
