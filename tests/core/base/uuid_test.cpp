#include "core/base/uuid.hpp"

#include <doctest/doctest.h>

using namespace recog;

TEST_CASE("a uuid is read, written and packed") {
    const std::string text = "4d1b3a3e-9f0c-4b1e-8a2d-0123456789ab";
    const auto uuid = parse_uuid(text);
    REQUIRE(uuid.has_value());
    CHECK(uuid->known());
    CHECK(uuid->text() == text);
    CHECK(unpack_uuid(uuid->packed()) == *uuid);
    CHECK_FALSE(Uuid().known());
}

TEST_CASE("what is no uuid is not read as one") {
    for (const char* text :
         {"", "4d1b3a3e-9f0c-4b1e-8a2d-0123456789a", "4d1b3a3e-9f0c-4b1e-8a2d-0123456789abc",
          "4d1b3a3e-9f0c-4b1e-8a2d-0123456789aB", "4d1b3a3e-9f0c-4b1e-8a2d-0123456789a/",
          "4d1b3a3e/9f0c/4b1e/8a2d/0123456789ab", "../../../../../../../../etc/passwd.."}) {
        CHECK_FALSE(parse_uuid(text).has_value());
    }
    CHECK_FALSE(unpack_uuid("").known());
    CHECK_FALSE(unpack_uuid("fifteen bytes..").known());
}
