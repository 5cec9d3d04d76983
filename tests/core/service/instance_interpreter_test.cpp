// Whose number it is and which institution made the exam, from the bytes of an instance.
#include "core/service/instance_interpreter.hpp"
#include "tests/core/dicom/sample_files.hpp"
#include "tests/core/service/region.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;
namespace tags = recog::dicom::tags;

namespace {

struct Interpreter {
    recognition::Rules rules = region_rules();
    identity::DomainResolver resolver = region_resolver(rules.institutions());
    service::InstanceInterpreter interpreter{resolver, rules.institutions(), "ISO_IR 192"};

    index::StoredInstance operator()(const SampleFile& sample, const std::string& aet) {
        const std::string file = sample.file();
        auto event = interpreter.interpret("id", std::as_bytes(std::span(file)), aet);
        REQUIRE(std::holds_alternative<index::StoredInstance>(event));
        return std::get<index::StoredInstance>(event);
    }
};

SampleFile sample(const std::string& id, const std::string& issuer = "") {
    SampleFile file("1.1", "1.1.1", "1.1.1.1");
    file.patient(id, "Wang");
    if (!issuer.empty()) {
        file.set(0x0010, 0x0021, "LO", issuer);
    }
    return file;
}

} // namespace

TEST_CASE("the sender's institution made the exam; a stranger's exam is the issuer's") {
    Interpreter interpret;
    CHECK(interpret(sample("1"), "H001_CT").institution == "H001");
    CHECK(interpret(sample("1", "H002"), "H001_CT").institution == "H001");
    CHECK(interpret(sample("1", "H002"), "GATEWAY").institution == "H002");
    CHECK(interpret(sample("1", "H002"), "").institution == "H002");
    CHECK(interpret(sample("1"), "GATEWAY").institution.empty());
    CHECK(interpret(sample("1", "SOMEBODY"), "").institution.empty());
}

TEST_CASE("Patient ID without issuer is the sender's own; other numbers without issuer are nobody's") {
    Interpreter interpret;
    const auto with_others = [](SampleFile file) {
        file.set(0x0010, 0x1002, "SQ",
                 other_id("77") + other_id("88", "H002") + other_id("12345678", "CITIZEN_CARD"));
        return file;
    };
    const auto stored = interpret(with_others(sample("1")), "H001_CT");
    CHECK(stored.header.has_patient_id);
    const std::vector<identity::Identifier> expected = {{"LOCAL:H001", "1", false},
                                                        {"UNASSIGNED", "77", true},
                                                        {"LOCAL:H002", "88", false},
                                                        {"CITIZEN_CARD", "12345678", false}};
    CHECK((stored.identifiers == expected));

    const auto without = interpret(with_others(SampleFile("1.1", "1.1.1", "1.1.1.1")), "H001_CT");
    CHECK_FALSE(without.header.has_patient_id);
    REQUIRE(without.identifiers.size() == 3);
    CHECK((without.identifiers[0] == identity::Identifier{"UNASSIGNED", "77", true}));
}

TEST_CASE("a Patient ID that names nobody leaves no first identifier") {
    Interpreter interpret;
    const auto stored = interpret(sample("0", "CITIZEN_CARD"), "");
    CHECK_FALSE(stored.header.has_patient_id);
    CHECK(stored.identifiers.empty());
}

TEST_CASE("names without a character set are read in the institution's, of the sender or the issuer") {
    Interpreter interpret;
    const std::string gbk = "\xCD\xF5^\xCE\xE5"; // 王^五
    const auto name = [&](const std::string& issuer, const std::string& aet) {
        auto file = sample("1", issuer);
        file.patient("1", gbk);
        return std::string(interpret(file, aet).header.patient.get(tags::PatientName));
    };
    CHECK(name("", "H002_CT") == "王^五");
    CHECK(name("H002", "") == "王^五");
}

TEST_CASE("what is no DICOM is unreadable, with a reason") {
    Interpreter interpret;
    const std::string nonsense = "nonsense";
    const auto event = interpret.interpreter.interpret("id", std::as_bytes(std::span(nonsense)), "H001_CT");
    REQUIRE(std::holds_alternative<index::UnreadableInstance>(event));
    CHECK_FALSE(std::get<index::UnreadableInstance>(event).reason.empty());
    for (const auto& [group, number] : {std::pair{0x0008, 0x0016}, std::pair{0x0008, 0x0018},
                                        std::pair{0x0020, 0x000D}, std::pair{0x0020, 0x000E}}) {
        auto file = sample("1");
        file.erase(static_cast<std::uint16_t>(group), static_cast<std::uint16_t>(number));
        const std::string bytes = file.file();
        CHECK(std::holds_alternative<index::UnreadableInstance>(
            interpret.interpreter.interpret("id", std::as_bytes(std::span(bytes)), "H001_CT")));
    }
}
