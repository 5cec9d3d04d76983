#include "plugin/rest/metadata_memory.hpp"

#include <doctest/doctest.h>

using recog::rest::MetadataMemory;

namespace {

std::shared_ptr<const std::string> text(std::size_t size, char letter) {
    return std::make_shared<const std::string>(size, letter);
}

} // namespace

TEST_CASE("metadata is kept by its name, and what was used longest ago makes room") {
    MetadataMemory memory(100);
    memory.remember("a", text(40, 'a'));
    memory.remember("b", text(40, 'b'));
    CHECK(memory.bytes() == 80);
    REQUIRE(memory.find("a") != nullptr);
    CHECK(*memory.find("a") == std::string(40, 'a'));
    memory.remember("c", text(40, 'c'));
    CHECK(memory.find("b") == nullptr);
    CHECK(memory.find("a") != nullptr);
    CHECK(memory.find("c") != nullptr);
    CHECK(memory.bytes() == 80);
}

TEST_CASE("what is larger than all the room is not kept, and the same name is kept once") {
    MetadataMemory memory(100);
    memory.remember("large", text(101, 'l'));
    CHECK(memory.find("large") == nullptr);
    memory.remember("a", text(10, 'a'));
    memory.remember("a", text(10, 'x'));
    CHECK(memory.bytes() == 10);
    CHECK(*memory.find("a") == std::string(10, 'a'));
    CHECK(memory.find("none") == nullptr);
}

TEST_CASE("what has been found stays valid when it makes room") {
    MetadataMemory memory(10);
    memory.remember("a", text(10, 'a'));
    const auto found = memory.find("a");
    memory.remember("b", text(10, 'b'));
    CHECK(memory.find("a") == nullptr);
    CHECK(*found == std::string(10, 'a'));
}
