#include "plugin/rest/metadata_memory.hpp"

#include <doctest/doctest.h>

using namespace recog;
using rest::InstanceMetadata;
using rest::MetadataMemory;

namespace {

Uuid uuid(std::uint8_t number) {
    Uuid made;
    made.bytes.fill(number);
    return made;
}

MetadataMemory::Kept metadata(std::size_t size, char letter) {
    return std::make_shared<const InstanceMetadata>(InstanceMetadata{std::string(size, letter), {}});
}

} // namespace

TEST_CASE("metadata is kept by its file, and what was used longest ago makes room") {
    MetadataMemory memory(100, 0);
    memory.remember(uuid(1), "", metadata(40, 'a'));
    memory.remember(uuid(2), "", metadata(40, 'b'));
    CHECK(memory.bytes() == 80);
    REQUIRE(memory.find(uuid(1), "") != nullptr);
    CHECK(memory.find(uuid(1), "")->text == std::string(40, 'a'));
    memory.remember(uuid(3), "", metadata(40, 'c'));
    CHECK(memory.find(uuid(2), "") == nullptr);
    CHECK(memory.find(uuid(1), "") != nullptr);
    CHECK(memory.find(uuid(3), "") != nullptr);
    CHECK(memory.bytes() == 80);
}

TEST_CASE("another character set is another text") {
    MetadataMemory memory(100, 0);
    memory.remember(uuid(1), "GB18030", metadata(10, 'a'));
    CHECK(memory.find(uuid(1), "ISO_IR 100") == nullptr);
    CHECK(memory.find(uuid(1), "GB18030") != nullptr);
}

TEST_CASE("what is larger than all the room is not kept, and the same name is kept once") {
    MetadataMemory memory(100, 50);
    memory.remember(uuid(1), "", metadata(101, 'l'));
    memory.foresee(uuid(2), "", metadata(51, 'l'));
    CHECK(memory.bytes() == 0);
    memory.remember(uuid(3), "", metadata(10, 'a'));
    memory.remember(uuid(3), "", metadata(10, 'x'));
    memory.foresee(uuid(3), "", metadata(10, 'y'));
    CHECK(memory.bytes() == 10);
    CHECK(memory.find(uuid(3), "")->text == std::string(10, 'a'));
    CHECK(memory.find(uuid(4), "") == nullptr);
}

TEST_CASE("what has been found stays valid when it makes room") {
    MetadataMemory memory(10, 0);
    memory.remember(uuid(1), "", metadata(10, 'a'));
    const auto found = memory.find(uuid(1), "");
    memory.remember(uuid(2), "", metadata(10, 'b'));
    CHECK(memory.find(uuid(1), "") == nullptr);
    CHECK(found->text == std::string(10, 'a'));
}

TEST_CASE("what is foreseen does not drive out what was asked for, and moves there when it is asked for") {
    MetadataMemory memory(20, 20);
    memory.remember(uuid(1), "", metadata(10, 'a'));
    memory.remember(uuid(2), "", metadata(10, 'b'));
    for (std::uint8_t number = 10; number < 20; ++number) {
        memory.foresee(uuid(number), "", metadata(10, 'f'));
    }
    CHECK(memory.bytes() == 40);
    CHECK(memory.find(uuid(1), "") != nullptr);
    CHECK(memory.find(uuid(17), "") == nullptr);
    CHECK(memory.find(uuid(18), "") != nullptr); // takes the place of 2
    CHECK(memory.bytes() == 30);
    memory.foresee(uuid(20), "", metadata(10, 'f'));
    memory.foresee(uuid(21), "", metadata(10, 'f'));
    CHECK(memory.find(uuid(18), "") != nullptr);
    CHECK(memory.find(uuid(2), "") == nullptr);
}

TEST_CASE("one text serves every URL") {
    const InstanceMetadata metadata{R"({"a":"/bulkdata/1","b":"/bulkdata/2"})", {6, 24}};
    std::string out = "[";
    rest::append_metadata(out, metadata, "http://node/i");
    CHECK(out == R"([{"a":"http://node/i/bulkdata/1","b":"http://node/i/bulkdata/2"})");
    rest::append_metadata(out, {"{}", {}}, "x");
    CHECK(out.ends_with("}{}"));
}
