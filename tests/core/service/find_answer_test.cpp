// The bytes of answers to C-FIND, read back with software that is not ours.
#include "core/service/find_answer.hpp"

#include "core/dicom/character_set.hpp"
#include "core/dicom/private_dictionary.hpp"
#include "tests/contract/store_under_test.hpp"
#include "tests/core/service/identifier_samples.hpp"
#include "tests/text_table.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

using namespace recog;
using namespace recog::test;
namespace tags = dicom::tags;
using dicom::AttributeSet;
using dicom::Tag;

namespace {

const std::string kExplicit = uid_of(EXS_LittleEndianExplicit);

AttributeSet code(const std::string& value, const std::string& meaning) {
    AttributeSet item;
    item.set(tags::CodeValue, value);
    item.set(tags::CodingSchemeDesignator, "99T");
    item.set(tags::CodeMeaning, meaning);
    return item;
}

service::PriorQuery question(const std::vector<Tag>& keys, dicom::Level level = dicom::Level::Study) {
    service::PriorQuery query;
    query.level = level;
    for (const Tag tag : keys) {
        query.keys.set(tag, "");
    }
    return query;
}

const std::vector<Tag> kAsked{tags::StudyDate,
                              tags::StudyTime,
                              tags::AccessionNumber,
                              tags::InstanceAvailability,
                              tags::ModalitiesInStudy,
                              tags::Modality,
                              tags::StudyDescription,
                              tags::ProcedureCodeSequence,
                              tags::PatientName,
                              tags::PatientID,
                              tags::PatientSex,
                              tags::StudyInstanceUID,
                              tags::NumberOfStudyRelatedInstances,
                              Tag{0x0032, 0x1060}};

service::PriorAnswer full_answer() {
    service::PriorAnswer answer;
    AttributeSet& a = answer.attributes;
    a.set(tags::StudyDate, "20240611");
    a.set(tags::AccessionNumber, "A-1");
    a.set(tags::InstanceAvailability, "ONLINE");
    a.set(tags::ModalitiesInStudy, "CT\\SR");
    a.set(tags::Modality, "CT");
    a.set(tags::StudyDescription, "胸部CT平扫");
    a.set(tags::ProcedureCodeSequence, dicom::encode_items({code("C1", "胸部CT"), code("C2", "")}));
    a.set(tags::PatientName, "Wang^Wu=王^五");
    a.set(tags::PatientID, "CARD123");
    a.set(tags::StudyInstanceUID, "1.2.3");
    a.set(tags::NumberOfStudyRelatedInstances, "12");
    answer.other_patient_ids = {{"100", "H001"}, {"200", ""}};
    recognition::Verdict verdict;
    verdict.item_code = "CT010";
    verdict.item_name = "胸部CT平扫";
    answer.verdict = verdict;
    return answer;
}

/// What a program prints; nullopt when it is not installed.
std::optional<std::string> output_of(const std::string& program, const std::string& arguments) {
    if (std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) != 0) {
        return std::nullopt;
    }
    FILE* const pipe = popen((program + " " + arguments + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    char part[4096];
    for (std::size_t read = 0; (read = std::fread(part, 1, sizeof part, pipe)) > 0;) {
        text.append(part, read);
    }
    pclose(pipe);
    return text;
}

std::string file_with(const TemporaryFolder& folder, std::string_view bytes) {
    const std::string path = (folder.path() / "answer.dcm").string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

} // namespace

TEST_CASE("DCMTK reads the same answer in every transfer syntax") {
    const auto query = question(kAsked);
    const auto answer = full_answer();
    std::string first;
    for (const E_TransferSyntax syntax : kIdentifierSyntaxes) {
        CAPTURE(uid_of(syntax));
        service::FindAnswerWriter writer(
            query, "NODE", {.transfer_syntax = uid_of(syntax), .request_character_set = "ISO_IR 192"});
        const std::string bytes(writer.write(answer));
        CHECK(writer.write(answer) == bytes); // nothing of the one before is left
        CHECK(bytes.size() % 2 == 0);
        DcmDataset dataset;
        read_identifier_bytes(dataset, bytes, syntax);
        CHECK(text_in(dataset, tags::SpecificCharacterSet) == "ISO_IR 192");
        CHECK(text_in(dataset, tags::QueryRetrieveLevel) == "STUDY");
        CHECK(text_in(dataset, tags::RetrieveAETitle) == "NODE");
        CHECK(text_in(dataset, tags::ModalitiesInStudy) == "CT\\SR");
        CHECK(text_in(dataset, tags::PatientName) == "Wang^Wu=王^五");
        CHECK(text_in(dataset, tags::StudyDescription) == "胸部CT平扫");
        CHECK(text_in(dataset, tags::StudyInstanceUID) == "1.2.3");
        CHECK(has(dataset, tags::StudyTime)); // known of, and empty
        CHECK_FALSE(has(dataset, tags::Modality));
        CHECK_FALSE(has(dataset, Tag{0x0032, 0x1060}));
        DcmItem* item = nullptr;
        REQUIRE(dataset.findAndGetSequenceItem(DCM_ProcedureCodeSequence, item, 1).good());
        CHECK(text_in(*item, tags::CodeValue) == "C2");
        REQUIRE(dataset.findAndGetSequenceItem(DCM_OtherPatientIDsSequence, item, 0).good());
        CHECK(text_in(*item, tags::IssuerOfPatientID) == "H001");
        CHECK(text_in(*item, tags::TypeOfPatientID) == "TEXT");
        CHECK(text_in(dataset, dicom::recognition_dictionary::creator_tag) == "RECOGNITION 1.0");
        for (unsigned long i = 1; i < dataset.card(); ++i) {
            CHECK(dataset.getElement(i - 1)->getTag() < dataset.getElement(i)->getTag());
        }
        // Written by DCMTK in the same syntax it has the same bytes.
        if (syntax != EXS_DeflatedLittleEndianExplicit) {
            const auto theirs = identifier_bytes(dataset, syntax);
            CHECK(std::string(reinterpret_cast<const char*>(theirs.data()), theirs.size()) == bytes);
        }
    }
}

TEST_CASE("levels, and what each answers") {
    const auto tags_of = [](dicom::Level level) {
        const auto query = question({tags::PatientID, tags::StudyDate, tags::Modality, tags::Rows}, level);
        service::FindAnswerWriter writer(query, "NODE", {.transfer_syntax = kExplicit});
        service::PriorAnswer answer = full_answer();
        answer.other_patient_ids.clear();
        answer.verdict.reset();
        answer.attributes.set(tags::Rows, "512");
        DcmDataset dataset;
        read_identifier_bytes(dataset, writer.write(answer), EXS_LittleEndianExplicit);
        Uint16 rows = 0;
        if (level == dicom::Level::Instance) {
            CHECK(dataset.findAndGetUint16(DCM_Rows, rows).good());
            CHECK(rows == 512);
        }
        return text_in(dataset, tags::QueryRetrieveLevel) + " " + std::to_string(dataset.card());
    };
    CHECK(tags_of(dicom::Level::Patient) == "PATIENT 3");
    CHECK(tags_of(dicom::Level::Study) == "STUDY 4");
    CHECK(tags_of(dicom::Level::Series) == "SERIES 5");
    CHECK(tags_of(dicom::Level::Instance) == "IMAGE 6");
}

TEST_CASE("the character set of an answer is the asker's where it holds the answer") {
    const auto query = question({tags::PatientName, tags::PatientID, tags::StudyDescription});
    for (const auto& row : read_table(std::string(TESTDATA_DIR) + "/identifiers/answers.tsv", 7)) {
        CAPTURE(row.line);
        service::FindAnswerWriter writer(
            query, "NODE",
            {.transfer_syntax = kExplicit, .request_character_set = row[0], .fixed_character_set = row[1]});
        service::PriorAnswer answer;
        answer.attributes.set(tags::PatientID, row[2]);
        answer.attributes.set(tags::PatientName, row[3]);
        answer.attributes.set(tags::StudyDescription, "");
        DcmDataset dataset;
        read_identifier_bytes(dataset, writer.write(answer), EXS_LittleEndianExplicit);
        const std::string terms = text_in(dataset, tags::SpecificCharacterSet);
        CHECK(terms == row[4]);
        auto decoder = dicom::CharacterSetDecoder::for_terms(terms);
        CHECK(decoder.decode(text_in(dataset, tags::PatientID), "LO") == row[2]);
        CHECK(decoder.decode(text_in(dataset, tags::PatientName), "PN") == row[5]);
        CHECK(std::to_string(writer.answers_with_replacements()) == row[6]);
    }
}

TEST_CASE("values are no longer than their VR allows, but for what others are asked by") {
    const auto query = question({tags::PatientID, tags::AccessionNumber, tags::StudyDescription,
                                 tags::StationName, tags::PatientComments, tags::InstitutionalDepartmentName},
                                dicom::Level::Series);
    std::string hanzi;
    for (int i = 0; i < 20000; ++i) {
        hanzi += "胸";
    }
    service::PriorAnswer answer;
    answer.attributes.set(tags::PatientID, std::string(70, '7'));
    answer.attributes.set(tags::AccessionNumber, "12345678901234567890");
    answer.attributes.set(tags::StudyDescription, hanzi.substr(0, 65 * 3) + "\\" + "b");
    answer.attributes.set(tags::StationName, "12345678901234567");
    answer.attributes.set(tags::PatientComments, hanzi);
    answer.attributes.set(tags::InstitutionalDepartmentName, hanzi.substr(0, 64 * 3));
    service::FindAnswerWriter writer(query, "NODE",
                                     {.transfer_syntax = kExplicit, .request_character_set = "ISO_IR 192"});
    DcmDataset dataset;
    read_identifier_bytes(dataset, writer.write(answer), EXS_LittleEndianExplicit);
    CHECK(text_in(dataset, tags::PatientID) == std::string(70, '7'));
    CHECK(text_in(dataset, tags::AccessionNumber) == "12345678901234567890");
    CHECK(text_in(dataset, tags::StudyDescription) == hanzi.substr(0, 64 * 3) + "\\b");
    CHECK(text_in(dataset, tags::StationName) == "1234567890123456");
    CHECK(text_in(dataset, tags::PatientComments) == hanzi.substr(0, 10240 * 3));
    CHECK(text_in(dataset, tags::InstitutionalDepartmentName) == hanzi.substr(0, 64 * 3));
}

TEST_CASE("dcmdump shows the answer in any character set") {
    const auto query = question(kAsked);
    TemporaryFolder folder;
    for (const char* set : {"ISO_IR 192", "GB18030", "GBK", "\\ISO 2022 IR 58"}) {
        CAPTURE(std::string(set));
        service::FindAnswerWriter writer(
            query, "NODE",
            {.transfer_syntax = uid_of(EXS_LittleEndianImplicit), .request_character_set = set});
        const std::string path = file_with(folder, writer.write(full_answer()));
        const auto dump = output_of("dcmdump", "+U8 -f -ti -q " + path);
        if (!dump) {
            MESSAGE("dcmdump is not installed");
            return;
        }
        CAPTURE(*dump);
        CHECK(dump->find("[Wang^Wu=王^五]") != std::string::npos);
        CHECK(dump->find("[胸部CT平扫]") != std::string::npos);
        CHECK(dump->find("[胸部CT]") != std::string::npos);
        CHECK(dump->find("W: ") == std::string::npos);
        CHECK(dump->find("E: ") == std::string::npos);
    }
}

TEST_CASE("dciodvfy finds no wrong value in the Part 10 file that Orthanc is given") {
    TemporaryFolder folder;
    const auto query = question(kAsked);
    const std::string path = file_with(folder, service::find_answer_part10(query, full_answer(), "NODE"));
    const auto said = output_of("dciodvfy", path);
    if (!said) {
        MESSAGE("dciodvfy is not installed");
        return;
    }
    CAPTURE(*said);
    for (const char* complaint : {"Value invalid", "Illegal", "Bad ", "out of order", "length"}) {
        CHECK(said->find(complaint) == std::string::npos);
    }
}
