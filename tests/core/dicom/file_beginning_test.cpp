// The beginning of a file either tells exactly what the whole file tells, or says that it cannot.
#include "core/dicom/json_model.hpp"
#include "core/dicom/xml_model.hpp"
#include "tests/core/dicom/dicom_samples.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;

namespace {

const std::string kNative(transfer_syntax::ExplicitVRLittleEndian);

std::string header() {
    return element(0x0008, 0x0018, "UI", "1.2.3.4") +
           element(0x0008, 0x1115, "SQ", item(element(0x0008, 0x1155, "UI", "1.2"))) +
           element(0x0010, 0x0010, "PN", "A^B") + element(0x0029, 0x0010, "LO", "CREATOR") +
           element(0x0029, 0x1001, "OB", std::string(1500, 'x'));
}

std::string pixels(std::size_t bytes) {
    return element(0x7FE0, 0x0010, "OW", std::string(bytes, 'p'));
}

struct Told {
    Status status;
    std::string text;
};

Told tell(const std::string& file, std::size_t size) {
    Told told;
    JsonWriter out(told.text);
    ModelOptions options;
    options.file_size = file.size();
    told.status = write_dataset(out, bytes_of(file).first(size), options, "u");
    return told;
}

/// The least number of bytes that tell all; the size of the file when it takes all of it.
std::size_t told_from(const std::string& file) {
    const Told whole = tell(file, file.size());
    std::size_t least = file.size();
    for (std::size_t size = 0; size < file.size(); ++size) {
        const Told part = tell(file, size);
        if (part.status.ok()) {
            REQUIRE(whole.status.ok());
            REQUIRE(part.text == whole.text);
            least = std::min(least, size);
        } else {
            REQUIRE(part.status.failure().kind == ErrorKind::Unavailable);
            REQUIRE(least == file.size()); // what was enough stays enough
        }
    }
    return least;
}

} // namespace

TEST_CASE("a native image is told by all in front of its pixels and the first byte of them") {
    const std::string front = part10(kNative, header());
    const std::string file = part10(kNative, header() + pixels(2000));
    CHECK(told_from(file) == front.size() + 12 + 1);
}

TEST_CASE("what stands behind pixels, is cut, or is compressed wants the whole file") {
    const std::string behind = element(0xFFFC, 0xFFFC, "OB", std::string(8, '\0'));
    for (const std::string& dataset :
         {header(), header() + pixels(0), header() + pixels(200) + behind,
          header() + pixels(200) + element(0x7FE1, 0x0010, "LO", "BEHIND"),
          header() + encapsulated("", {"abcd", "efgh"}), header() + pixels(200).substr(0, 60)}) {
        const std::string file = part10(kNative, dataset);
        const std::size_t least = told_from(file);
        // Pixels that are cut end the file whatever they claim.
        CHECK((least == file.size() || dataset.size() == header().size() + 60));
    }
}

TEST_CASE("less than an element behind the pixels is left out either way") {
    const std::string file = part10(kNative, header() + pixels(200) + std::string(7, '\0'));
    CHECK(told_from(file) < file.size() - 200);
    const std::string eight = part10(kNative, header() + pixels(200) + std::string(8, '\0'));
    CHECK(told_from(eight) == eight.size());
}

TEST_CASE("XML is told from a beginning as JSON is") {
    const std::string file = part10(kNative, header() + pixels(2000));
    ModelOptions options;
    options.file_size = file.size();
    std::string whole;
    std::string part;
    REQUIRE(write_xml_dataset(whole, bytes_of(file), options, "u").ok());
    REQUIRE(write_xml_dataset(part, bytes_of(file).first(file.size() - 1000), options, "u").ok());
    CHECK(part == whole);
    CHECK_FALSE(write_xml_dataset(part, bytes_of(file).first(60), options, "u").ok());
}
