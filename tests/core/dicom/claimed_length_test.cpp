// What an element claims to be long is no reason to make room for it: only bytes that are there count.
#include "core/dicom/instance_header.hpp"
#include "tests/core/dicom/dicom_samples.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;

namespace {

const std::string kExplicit(transfer_syntax::ExplicitVRLittleEndian);
const std::string kImplicit(transfer_syntax::ImplicitVRLittleEndian);
const std::string kBig(transfer_syntax::ExplicitVRBigEndian);
const std::string kPatient = element(0x10, 0x10, "PN", "Li^Na ") + element(0x10, 0x20, "LO", "77");
constexpr std::uint32_t kHuge = 0xFFFFFFF0U;

std::string big(std::uint64_t number, unsigned bytes) {
    const std::string turned = little(number, bytes);
    return {turned.rbegin(), turned.rend()};
}

/// An element in explicit little endian whose value is not what it claims.
std::string claim(std::uint16_t group, std::uint16_t number, const std::string& vr, std::uint32_t length,
                  const std::string& value = "ab") {
    return little(group, 2) + little(number, 2) + vr + std::string(2, '\0') + little(length, 4) + value;
}

std::string implicit_claim(std::uint16_t group, std::uint16_t number, std::uint32_t length,
                           const std::string& value = "ab") {
    return little(group, 2) + little(number, 2) + little(length, 4) + value;
}

std::string open_item(const std::string& value) {
    return little(0xE000FFFE, 4) + little(0xFFFFFFFF, 4) + value;
}

std::string in_sequence(const std::string& value) {
    return element(0x40, 0xA730, "SQ", value);
}

std::string big_sequence(const std::string& item_of_big) {
    return big(0x0040, 2) + big(0xA730, 2) + "SQ" + std::string(2, '\0') + big(item_of_big.size(), 4) +
           item_of_big;
}

/// In bytes: the most address space that this process ever had.
std::size_t most_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmPeak:")) {
            std::istringstream number(line.substr(7));
            std::size_t kilobytes = 0;
            number >> kilobytes;
            return kilobytes * 1024;
        }
    }
    return 0;
}

} // namespace

TEST_CASE("a claimed length that no bytes stand behind is refused and costs no memory") {
    const std::string unfit = element(0x08, 0x104, "LO", "x "); // something before the claim
    struct Case {
        std::string what;
        std::string file;
    };
    const Case cases[] = {
        {"top level", part10(kExplicit, kPatient + claim(0x40, 0xA160, "UT", kHuge))},
        {"top level, implicit", part10(kImplicit, implicit_claim(0x40, 0xA160, kHuge))},
        {"item of known length",
         part10(kExplicit, kPatient + in_sequence(item(claim(0x40, 0xA160, "UT", kHuge))))},
        {"open item", part10(kExplicit, kPatient + in_sequence(open_item(claim(0x40, 0xA160, "UT", kHuge))))},
        {"open item, OB",
         part10(kExplicit, kPatient + in_sequence(open_item(claim(0x42, 0x11, "OB", kHuge))))},
        {"open item, OW",
         part10(kExplicit, kPatient + in_sequence(open_item(claim(0x28, 0x3006, "OW", kHuge))))},
        {"open item, UN",
         part10(kExplicit, kPatient + in_sequence(open_item(claim(0x09, 0x1001, "UN", kHuge))))},
        {"open item, unknown VR",
         part10(kExplicit, kPatient + in_sequence(open_item(claim(0x09, 0x1001, "ZZ", kHuge))))},
        {"open item, implicit",
         part10(kImplicit, implicit_claim(0x40, 0xA730, 18, open_item(implicit_claim(0x40, 0xA160, kHuge))))},
        {"open item, private, implicit",
         part10(kImplicit, implicit_claim(0x40, 0xA730, 18, open_item(implicit_claim(0x09, 0x1001, kHuge))))},
        {"open item, big endian",
         part10(kBig, big_sequence(big(0xFFFE, 2) + big(0xE000, 2) + big(0xFFFFFFFF, 4) + big(0x0040, 2) +
                                   big(0xA160, 2) + "UT" + std::string(2, '\0') + big(kHuge, 4) + "ab"))},
        {"pixel data of an icon",
         part10(kExplicit,
                kPatient + element(0x88, 0x200, "SQ", open_item(claim(0x7FE0, 0x10, "OW", kHuge))))},
        {"fragment of an icon",
         part10(kExplicit, kPatient + element(0x88, 0x200, "SQ",
                                              open_item(claim(0x7FE0, 0x10, "OB", 0xFFFFFFFF,
                                                              item("") + little(0xE000FFFE, 4) +
                                                                  little(kHuge, 4) + "ab"))))},
        {"behind something before it",
         part10(kExplicit,
                kPatient + in_sequence(item(unfit) + open_item(unfit + claim(0x40, 0xA160, "UT", kHuge))))},
        {"behind an item that breaks off",
         part10(kExplicit, kPatient + in_sequence(item(unfit + little(0xE00DFFFE, 4) + little(0, 4)) +
                                                  open_item(claim(0x40, 0xA160, "UT", kHuge))))},
        {"two sequences deep",
         part10(kExplicit,
                kPatient + in_sequence(item(in_sequence(open_item(claim(0x40, 0xA160, "UT", kHuge))))))},
        {"behind the claim all goes on",
         part10(kExplicit, kPatient + in_sequence(open_item(claim(0x40, 0xA160, "UT", kHuge))) + kPatient)},
        {"meta information", std::string(128, '\0') + "DICM" + claim(0x02, 0x102, "OB", kHuge)},
    };
    const std::size_t before = most_memory();
    REQUIRE(before > 0);
    for (const Case& one : cases) {
        CAPTURE(one.what);
        CHECK_FALSE(read_header(bytes_of(one.file)).ok());
        CHECK(most_memory() - before < (1U << 28U));
    }
}

TEST_CASE("the longest value that is there is read") {
    const std::string text(1'000'000, 'x');
    const std::string file =
        part10(kExplicit, kPatient + in_sequence(open_item(claim(0x40, 0xA160, "UT", 1'000'000, text) +
                                                           little(0xE00DFFFE, 4) + little(0, 4))));
    const auto header = read_header(bytes_of(file));
    REQUIRE(header.ok());
    OFString read;
    CHECK((*header)->getDataset()->findAndGetOFString(DCM_TextValue, read, 0, OFTrue).good());
    CHECK(read.size() == text.size());
    const std::string alone = part10(kExplicit, claim(0x40, 0xA160, "UT", 1'000'000, text));
    REQUIRE(read_header(bytes_of(alone)).ok());
}
