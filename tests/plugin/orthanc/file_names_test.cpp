#include "plugin/orthanc/file_names.hpp"

#include <doctest/doctest.h>

using recog::orthanc::FileNames;

namespace {

const std::string ID = "00f7fd8b-47bd8c3a-ff917804-d180cdbc-40cf9527";
const std::string UUID = "4d1b3a3e-9f0c-4b1e-8a2d-0123456789ab";

std::string numbered_id(unsigned number) {
    static constexpr std::string_view DIGITS = "0123456789abcdef";
    std::string id = ID;
    for (std::size_t i = 0; i < 4; ++i) {
        id[id.size() - 1 - i] = DIGITS[(number >> (4 * i)) % 16];
    }
    return id;
}

} // namespace

TEST_CASE("a name that was remembered is found until it is forgotten") {
    FileNames names;
    CHECK_FALSE(names.find(ID));
    names.remember(ID, UUID);
    CHECK(names.find(ID) == UUID);
    names.remember(ID, "ffffffff-9f0c-4b1e-8a2d-0123456789ab");
    CHECK(names.find(ID) == "ffffffff-9f0c-4b1e-8a2d-0123456789ab");
    names.forget(ID);
    CHECK_FALSE(names.find(ID));
    names.forget(ID);
}

TEST_CASE("what is no Orthanc id or no uuid is not remembered") {
    FileNames names;
    for (const char* id :
         {"", "00f7fd8b", "00F7fd8b-47bd8c3a-ff917804-d180cdbc-40cf9527",
          "00f7fd8b047bd8c3a-ff917804-d180cdbc-40cf9527", "00f7fd8b-47bd8c3a-ff917804-d180cdbc-40cf9527-",
          "../../../../../../../../../../etc/passwd12"}) {
        CAPTURE(id);
        names.remember(id, UUID);
        CHECK_FALSE(names.find(id));
        names.forget(id);
    }
    for (const char* uuid :
         {"", "4d1b3a3e", "4d1b3a3e-9f0c-4b1e-8a2d-0123456789ag", "4d1b3a3e/9f0c-4b1e-8a2d-0123456789ab",
          "4d1b3a3e-9f0c-4b1e-8a2d-0123456789abc"}) {
        CAPTURE(uuid);
        names.remember(ID, uuid);
        CHECK_FALSE(names.find(ID));
    }
}

TEST_CASE("a full bucket gives up the name that was used longest ago") {
    FileNames names(8); // one bucket
    for (unsigned i = 0; i < 8; ++i) {
        names.remember(numbered_id(i), UUID);
    }
    CHECK(names.find(numbered_id(0)));
    names.remember(numbered_id(8), UUID);
    CHECK(names.find(numbered_id(0)));
    CHECK_FALSE(names.find(numbered_id(1)));
    CHECK(names.find(numbered_id(8)));
}
