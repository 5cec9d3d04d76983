// Copies that speak of the patient as another institution does: what they say, and what stays byte for byte.
#include "core/dicom/attribute_coercion.hpp"
#include "core/dicom/character_set.hpp"
#include "core/dicom/instance_header.hpp"
#include "core/dicom/pixel_data.hpp"
#include "core/dicom/top_level_elements.hpp"
#include "tests/core/dicom/coerced_samples.hpp"
#include "tests/text_table.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;

TEST_CASE("the copy has the new number, issuer and name, and says what it had before") {
    const std::string file = foreign_file().file();
    const std::string copy = coerced(file, local_patient());
    DcmFileFormat parsed = parse(copy);
    DcmDataset& dataset = *parsed.getDataset();
    CHECK(text_at(dataset, DCM_PatientID) == "L-100");
    CHECK(text_at(dataset, DCM_IssuerOfPatientID) == "H001");
    CHECK(text_at(dataset, DCM_PatientName) == "Zhang^Wei");
    CHECK(text_at(dataset, DCM_SOPInstanceUID) == "1.2.3");
    DcmItem* other = nullptr;
    REQUIRE(dataset.findAndGetSequenceItem(DCM_OtherPatientIDsSequence, other, 0).good());
    CHECK(text_at(*other, DCM_PatientID) == "F-200");
    CHECK(text_at(*other, DCM_IssuerOfPatientID) == "H002");
    CHECK(text_at(*other, DCM_TypeOfPatientID) == "TEXT");
    DcmItem* original = nullptr;
    REQUIRE(dataset.findAndGetSequenceItem(DCM_OriginalAttributesSequence, original, 0).good());
    CHECK(text_at(*original, DCM_ReasonForTheAttributeModification) == "COERCE");
    CHECK(text_at(*original, DCM_ModifyingSystem) == "NODE");
    CHECK(text_at(*original, DCM_SourceOfPreviousValues) == "H002");
    CHECK(text_at(*original, DCM_AttributeModificationDateTime) == "20240620101112");
    DcmItem* modified = nullptr;
    REQUIRE(original->findAndGetSequenceItem(DCM_ModifiedAttributesSequence, modified, 0).good());
    CHECK(text_at(*modified, DCM_PatientID) == "F-200");
    CHECK(text_at(*modified, DCM_IssuerOfPatientID) == "H002");
    CHECK(text_at(*modified, DCM_PatientName) == "Chang^Wei");
    CHECK(modified->card() == 3);
}

TEST_CASE("what a file says already is not said again") {
    const std::string file = foreign_file().file();
    const std::string copy = coerced(file, local_patient());
    for (const std::string& again :
         {copy, foreign_file().patient("L-100", "Zhang^Wei").set(0x10, 0x21, "LO", "H001").file()}) {
        const auto result = coerce_patient(bytes_of(again), local_patient(), record());
        REQUIRE(result.ok());
        CHECK_FALSE(result->changed);
        REQUIRE(result->parts.size() == 1);
        CHECK(result->parts[0].data() == bytes_of(again).data());
        CHECK(result->size() == again.size());
    }
    // Spaces round a value are nothing.
    CoercedPatient spaced = local_patient();
    spaced.patient_id = " L-100 ";
    CHECK_FALSE(coerce_patient(bytes_of(copy), spaced, record())->changed);
}

TEST_CASE("an empty name leaves the name, an empty issuer takes the foreign one away") {
    CoercedPatient patient = local_patient();
    patient.name.clear();
    patient.issuer.clear();
    DcmFileFormat parsed = parse(coerced(foreign_file().file(), patient));
    DcmDataset& dataset = *parsed.getDataset();
    CHECK(text_at(dataset, DCM_PatientName) == "Chang^Wei");
    CHECK_FALSE(dataset.tagExists(DCM_IssuerOfPatientID));
    DcmItem* modified = nullptr;
    REQUIRE(modified_item(dataset, 0, modified));
    CHECK_FALSE(modified->tagExists(DCM_PatientName));
    CHECK(text_at(*modified, DCM_IssuerOfPatientID) == "H002");
}

TEST_CASE("a name alone may change, and then the numbers stay what they are") {
    CoercedPatient patient = local_patient();
    patient.patient_id = "F-200";
    patient.issuer = "H002";
    DcmFileFormat parsed = parse(coerced(foreign_file().file(), patient));
    DcmDataset& dataset = *parsed.getDataset();
    CHECK(text_at(dataset, DCM_PatientName) == "Zhang^Wei");
    CHECK_FALSE(dataset.tagExists(DCM_OtherPatientIDsSequence));
    DcmItem* modified = nullptr;
    REQUIRE(modified_item(dataset, 0, modified));
    CHECK(modified->card() == 1);
}

TEST_CASE("attributes that were not there are written in their place and listed without a value") {
    SampleFile file("1.2.1", "1.2.2", "1.2.3");
    file.set(0x0008, 0x1030, "LO", "CT").set(0x0010, 0x0040, "CS", "F");
    const std::string copy = coerced(file.file(), local_patient());
    CHECK(tags_of(copy) == std::vector<std::string>{"00080016", "00080018", "00080060", "00081030",
                                                    "00100010", "00100020", "00100021", "00100040",
                                                    "0020000D", "0020000E", "00280010", "00280011",
                                                    "04000561"});
    DcmFileFormat parsed = parse(copy);
    DcmItem* modified = nullptr;
    REQUIRE(modified_item(*parsed.getDataset(), 0, modified));
    CHECK(modified->card() == 3);
    CHECK(text_at(*modified, DCM_PatientID).empty());
    // Nobody's number is no other number.
    CHECK_FALSE(parsed.getDataset()->tagExists(DCM_OtherPatientIDsSequence));
}

TEST_CASE("items that are there already stay, and a number is not listed twice") {
    const std::string others = other_id("C-1", "CARD") + other_id("F-200", "H002");
    DcmFileFormat parsed =
        parse(coerced(foreign_file().set(0x10, 0x1002, "SQ", others).file(), local_patient()));
    CHECK(items_at(*parsed.getDataset(), DCM_OtherPatientIDsSequence) == 2);
    DcmItem* modified = nullptr;
    REQUIRE(modified_item(*parsed.getDataset(), 0, modified));
    CHECK_FALSE(modified->tagExists(DCM_OtherPatientIDsSequence));

    const std::string card = other_id("C-1", "CARD");
    const std::string once = coerced(foreign_file().set(0x10, 0x1002, "SQ", card).file(), local_patient());
    DcmFileFormat both = parse(once);
    CHECK(items_at(*both.getDataset(), DCM_OtherPatientIDsSequence) == 2);
    REQUIRE(modified_item(*both.getDataset(), 0, modified));
    CHECK(items_at(*modified, DCM_OtherPatientIDsSequence) == 1);

    CoercedPatient third = local_patient();
    third.patient_id = "X-3";
    DcmFileFormat twice = parse(coerced(once, third));
    CHECK(items_at(*twice.getDataset(), DCM_OtherPatientIDsSequence) == 3);
    CHECK(items_at(*twice.getDataset(), DCM_OriginalAttributesSequence) == 2);
    REQUIRE(modified_item(*twice.getDataset(), 1, modified));
    CHECK(text_at(*modified, DCM_PatientID) == "L-100");
}

TEST_CASE("sequences of undefined length, and under VR UN, take a further item") {
    const std::string open = little(0x10020010, 4) + "SQ" + std::string(2, '\0') + little(0xFFFFFFFF, 4) +
                             other_id("C-1", "CARD") + sequence_end();
    const std::string implicit = little(0x00200010, 4) + little(4, 4) + "C-1 ";
    const std::string unknown = little(0x10020010, 4) + "UN" + std::string(2, '\0') + little(0xFFFFFFFF, 4) +
                                item(implicit) + sequence_end();
    for (const std::string& sequence : {open, unknown}) {
        DcmFileFormat parsed =
            parse(coerced(foreign_file().whole(0x10, 0x1002, sequence).file(), local_patient()));
        REQUIRE(items_at(*parsed.getDataset(), DCM_OtherPatientIDsSequence) == 2);
        DcmItem* second = nullptr;
        parsed.getDataset()->findAndGetSequenceItem(DCM_OtherPatientIDsSequence, second, 1);
        CHECK(text_at(*second, DCM_PatientID) == "F-200");
    }
}

TEST_CASE("qualifiers of a foreign issuer go into the other number, and new ones are written") {
    const auto qualifiers = [](const std::string& entity) {
        return item(element(0x40, 0x32, "UT", entity) + element(0x40, 0x33, "CS", "ISO "));
    };
    CoercedPatient patient = local_patient();
    const std::string file = foreign_file().set(0x10, 0x24, "SQ", qualifiers("1.9.")).file();
    DcmFileFormat without = parse(coerced(file, patient));
    CHECK_FALSE(without.getDataset()->tagExists(DCM_IssuerOfPatientIDQualifiersSequence));
    DcmItem* other = nullptr;
    REQUIRE(without.getDataset()->findAndGetSequenceItem(DCM_OtherPatientIDsSequence, other, 0).good());
    CHECK(items_at(*other, DCM_IssuerOfPatientIDQualifiersSequence) == 1);
    patient.universal_entity_id = "1.7";
    patient.universal_entity_id_type = "ISO";
    DcmFileFormat with = parse(coerced(file, patient));
    DcmItem* qualifier = nullptr;
    REQUIRE(with.getDataset()
                ->findAndGetSequenceItem(DCM_IssuerOfPatientIDQualifiersSequence, qualifier, 0)
                .good());
    CHECK(text_at(*qualifier, DCM_UniversalEntityID) == "1.7");
}

TEST_CASE("stated lengths go, signatures, padding, retired numbers and unknown elements stay") {
    SampleFile file = foreign_file();
    file.set(0x0008, 0x0000, "UL", little(99, 4)).set(0x0008, 0x0001, "UL", little(9, 4));
    file.set(0x0010, 0x0000, "UL", little(99, 4)).set(0x0010, 0x1000, "LO", "OLD");
    file.set(0x0029, 0x0010, "LO", "SOMEBODY").set(0x0029, 0x1001, "UN", "\xFF\xFE\xFD\xFC");
    file.set(0x7FE0, 0x0010, "OW", std::string(20'000, '\x11'));
    file.set(0xFFFA, 0xFFFA, "SQ", item(element(0x0400, 0x0005, "US", little(1, 2))));
    file.set(0xFFFC, 0xFFFC, "OB", std::string(10, '\0'));
    const std::string copy = coerced(file.file(), local_patient());
    const auto tags = tags_of(copy);
    for (const char* gone : {"00080000", "00080001", "00100000"}) {
        CHECK(std::count(tags.begin(), tags.end(), gone) == 0);
    }
    for (const char* kept : {"00101000", "00291001", "7FE00010", "FFFAFFFA", "FFFCFFFC"}) {
        CHECK(std::count(tags.begin(), tags.end(), kept) == 1);
    }
    check_rest_is_the_same(file.file(), copy);
}

TEST_CASE("pixel data is not copied, and the first part holds the head") {
    SampleFile sample = foreign_file();
    sample.set(0x7FE0, 0x0010, "OW", std::string(100'000, '\x11'));
    const std::string file = sample.file();
    const auto result = coerce_patient(bytes_of(file), local_patient(), record());
    REQUIRE(result.ok());
    REQUIRE(result->parts.size() == 2);
    CHECK(result->parts[1].data() >= bytes_of(file).data());
    CHECK(result->parts[1].data() + result->parts[1].size() == bytes_of(file).data() + file.size());
    CHECK(result->parts[1].size() >= 100'000);
    const auto meta = read_meta(result->parts[0]);
    REQUIRE(meta.ok());
    CHECK(meta->transfer_syntax == "1.2.840.10008.1.2.1");
    CHECK(meta->dataset_offset < result->parts[0].size());
}

TEST_CASE("every encoding keeps its elements and its pixels") {
    SampleFile sample = foreign_file();
    sample.set(0x0010, 0x1002, "SQ", other_id("C-1", "CARD")).set(0x0008, 0x1030, "LO", "CT CHEST");
    sample.set(0x0028, 0x0002, "US", little(1, 2)).set(0x0028, 0x0100, "US", little(16, 2));
    sample.set(0x7FE0, 0x0010, "OW", "abcdefgh");
    const std::string file = sample.file();
    for (const E_TransferSyntax syntax : {EXS_LittleEndianImplicit, EXS_LittleEndianExplicit,
                                          EXS_BigEndianExplicit, EXS_DeflatedLittleEndianExplicit}) {
        CAPTURE(DcmXfer(syntax).getXferName());
        const std::string encoded = in_syntax(file, syntax);
        const std::string copy = coerced(encoded, local_patient());
        DcmFileFormat parsed = parse(copy);
        CHECK(parsed.getDataset()->getOriginalXfer() == syntax);
        CHECK(text_at(*parsed.getDataset(), DCM_PatientID) == "L-100");
        CHECK(items_at(*parsed.getDataset(), DCM_OtherPatientIDsSequence) == 2);
        check_same_for_dcmtk(encoded, copy);
        const auto pixels = locate_pixel_data(bytes_of(copy));
        REQUIRE(pixels.ok());
        CHECK(pixels->native.length == 8);
    }
}

TEST_CASE("the character set of the copy, by table") {
    for (const Row& row : read_table(TESTDATA_DIR "/coercion/character_sets.tsv", 6)) {
        CAPTURE(row.line);
        CAPTURE(row[0]);
        SampleFile sample = foreign_file();
        if (row[1] != "-") {
            sample.set(0x0008, 0x0005, "CS", row[1]);
        }
        sample.set(0x0008, 0x1030, "LO", from_hex(row[2]));
        CoercedPatient patient = local_patient();
        patient.name = row[3];
        const std::string copy = coerced(sample.file(), patient);
        TopLevelElements top(bytes_of(copy), Encoding{});
        REQUIRE(top.scan(read_meta(bytes_of(copy))->dataset_offset, Part10Limits()).ok());
        const std::string declared = trimmed(top.value(tags::SpecificCharacterSet));
        CHECK((declared.empty() ? "-" : declared) == row[4]);
        CHECK(trimmed(top.value(tags::StudyDescription)) == from_hex(row[5] == "=" ? row[2] : row[5]));
        auto decoder = CharacterSetDecoder::for_terms(declared);
        CHECK(decoder.decode(top.value(tags::PatientName), "PN") == row[3]);
        // The words are the same for whoever reads as the index does.
        const auto before = header_of(sample.file());
        const auto after = header_of(copy);
        CHECK(before.study == after.study);
        CHECK(after.identifiers.front().value == "L-100");
    }
}

TEST_CASE("text at every depth is converted, but not under a set of its own, nor what is no text") {
    const std::string latin = "M\xFCller";
    const std::string own =
        item(element(0x0008, 0x0005, "CS", "ISO_IR 100") + element(0x0008, 0x0104, "LO", latin));
    const std::string inherits =
        item(element(0x0008, 0x0104, "LO", latin) + element(0x0008, 0x0100, "SH", "\xFC "));
    const std::string deep =
        item(element(0x0040, 0xA168, "SQ", inherits) + element(0x0040, 0xA160, "UT", latin));
    SampleFile sample = foreign_file();
    sample.set(0x0008, 0x0005, "CS", "ISO_IR 100").set(0x0008, 0x1032, "SQ", own + inherits);
    sample.set(0x0040, 0xA730, "SQ", deep).set(0x0029, 0x0010, "LO", "SOMEBODY");
    sample.set(0x0029, 0x1001, "UN", latin).set(0x0029, 0x1002, "OB", latin).set(0x0029, 0x1003, "LO", latin);
    sample.set(0x0008, 0x1050, "UN", latin);
    CoercedPatient patient = local_patient();
    patient.name = "张^伟";
    DcmFileFormat parsed = parse(coerced(sample.file(), patient));
    DcmDataset& dataset = *parsed.getDataset();
    const std::string utf8 = "M\xC3\xBCller";
    DcmItem* code = nullptr;
    REQUIRE(dataset.findAndGetSequenceItem(DCM_ProcedureCodeSequence, code, 0).good());
    CHECK(text_at(*code, DCM_CodeMeaning) == latin);
    REQUIRE(dataset.findAndGetSequenceItem(DCM_ProcedureCodeSequence, code, 1).good());
    CHECK(text_at(*code, DCM_CodeMeaning) == utf8);
    CHECK(text_at(*code, DCM_CodeValue) == "\xC3\xBC");
    DcmItem* content = nullptr;
    REQUIRE(dataset.findAndGetSequenceItem(DCM_ContentSequence, content, 0).good());
    CHECK(text_at(*content, DCM_TextValue) == utf8);
    REQUIRE(content->findAndGetSequenceItem(DCM_ConceptCodeSequence, code, 0).good());
    CHECK(text_at(*code, DCM_CodeMeaning) == utf8);
    CHECK(raw_at(dataset, DcmTagKey(0x0029, 0x1001)) == latin);
    CHECK(raw_at(dataset, DcmTagKey(0x0029, 0x1002)) == latin);
    CHECK(text_at(dataset, DcmTagKey(0x0029, 0x1003)) == utf8);
    CHECK(raw_at(dataset, DCM_PerformingPhysicianName) == utf8 + " ");
    DcmItem* modified = nullptr;
    REQUIRE(modified_item(dataset, 0, modified));
    CHECK(text_at(*modified, DCM_SpecificCharacterSet) == "ISO_IR 100");
}

TEST_CASE("what cannot be converted without loss stays in the original attributes, byte for byte") {
    const std::string broken = "\x81\x20\xFF\xFF M\xFCller caf\xE9"; // no GBK, no UTF-8
    SampleFile sample = foreign_file();
    sample.set(0x0008, 0x0005, "CS", "ISO_IR 192").set(0x0008, 0x1030, "LO", broken);
    sample.set(0x0029, 0x0010, "LO", "SOMEBODY").set(0x0029, 0x1001, "LO", broken);
    sample.set(0x0010, 0x0010, "PN", "\xCD\xF5^\xCE\xB0");
    CoercedPatient patient = local_patient();
    patient.name = "张^伟";
    DcmFileFormat kept = parse(coerced(sample.file(), patient));
    CHECK(text_at(*kept.getDataset(), DCM_StudyDescription) == broken);
    // Undeclared: neither reading fits all.
    sample.erase(0x0008, 0x0005).set(0x0008, 0x0080, "LO", "\xE5\xBC\xA0\xE4\xBC\x9F\xE5\xBC\xA0");
    DcmFileFormat parsed = parse(coerced(sample.file(), patient));
    DcmItem* modified = nullptr;
    REQUIRE(modified_item(*parsed.getDataset(), 0, modified));
    CHECK(text_at(*parsed.getDataset(), DCM_SpecificCharacterSet) == "ISO_IR 192");
    CHECK(modified->tagExists(DCM_SpecificCharacterSet));
    CHECK(text_at(*modified, DCM_StudyDescription) == broken);
    CHECK(text_at(*modified, DcmTagKey(0x0029, 0x1001)) == broken);
    CHECK(text_at(*modified, DcmTagKey(0x0029, 0x0010)) == "SOMEBODY");
    CHECK(text_at(*modified, DCM_PatientName) == "\xCD\xF5^\xCE\xB0");
}

TEST_CASE("of several Patient IDs, against the rules, none is left to say another patient") {
    const std::string body = element(0x08, 0x16, "UI", "1.2.") + element(0x10, 0x20, "LO", "F-200 ") +
                             element(0x10, 0x20, "LO", "X-300 ") + element(0x20, 0x0D, "UI", "1.2.") +
                             element(0x10, 0x21, "LO", "H002");
    const std::string copy = coerced(part10("1.2.840.10008.1.2.1", body), local_patient());
    const auto tags = tags_of(copy);
    CHECK(std::count(tags.begin(), tags.end(), "00100020") == 1);
    CHECK(std::count(tags.begin(), tags.end(), "00100021") == 1);
    CHECK(copy.find("F-200") != std::string::npos);
    CHECK(std::is_sorted(tags.begin(), tags.end()));
}

TEST_CASE("values that cannot stand in a data set are refused") {
    const std::string file = foreign_file().file();
    for (const std::string& id :
         {std::string(), std::string("   "), std::string("a\\b"), std::string("a\0b", 3), std::string("a\nb"),
          std::string("\xFF\xFE"), std::string(2000, '1')}) {
        CoercedPatient patient = local_patient();
        patient.patient_id = id;
        const auto result = coerce_patient(bytes_of(file), patient, record());
        REQUIRE_FALSE(result.ok());
        CHECK(result.failure().kind == ErrorKind::BadRequest);
    }
}

TEST_CASE("malformed files are errors, at whatever byte they end") {
    SampleFile sample = foreign_file();
    sample.set(0x0010, 0x1002, "SQ", other_id("C-1", "CARD"));
    const std::string file = sample.file();
    const std::size_t head = read_meta(bytes_of(file))->dataset_offset;
    for (std::size_t length = 0; length < file.size(); ++length) {
        const std::string cut = file.substr(0, length);
        const auto result = coerce_patient(bytes_of(cut), local_patient(), record());
        // A cut between two elements is a shorter data set.
        CHECK((!result.ok() || length <= head || read_header(bytes_of(cut)).ok()));
    }
    struct Case {
        const char* what;
        std::string element;
    };
    const std::string undefined = std::string(2, '\0') + little(0xFFFFFFFF, 4);
    for (const Case& one :
         {Case{"other numbers that are no sequence", element(0x10, 0x1002, "LO", "F-20")},
          Case{"an item that is too long",
               element(0x10, 0x1002, "SQ", little(0xE000FFFE, 4) + little(99, 4))},
          Case{"no item", element(0x10, 0x1002, "SQ", "abcdefgh")},
          Case{"a sequence that never ends",
               little(0x10020010, 4) + "SQ" + undefined + little(0xE000FFFE, 4) + little(0xFFFFFFFF, 4)},
          Case{"originals that are no sequence", element(0x400, 0x561, "OB", "abcd")}}) {
        CAPTURE(one.what);
        const std::string body = foreign_file().body() + one.element;
        const auto result =
            coerce_patient(bytes_of(part10("1.2.840.10008.1.2.1", body)), local_patient(), record());
        REQUIRE_FALSE(result.ok());
        CHECK(result.failure().kind == ErrorKind::Malformed);
    }
}

TEST_CASE("text that outgrows its length field is refused") {
    SampleFile sample = foreign_file();
    std::string latin;
    for (int i = 0; i < 20'000; ++i) {
        latin += "a\xFC";
    }
    sample.set(0x0008, 0x0005, "CS", "ISO_IR 100").set(0x0010, 0x4000, "LT", latin);
    CoercedPatient patient = local_patient();
    CHECK(coerce_patient(bytes_of(sample.file()), patient, record()).ok());
    patient.name = "张^伟";
    CHECK(coerce_patient(bytes_of(sample.file()), patient, record()).ok());
    sample.set(0x0010, 0x4000, "LT", latin + latin.substr(0, 20'000));
    const auto result = coerce_patient(bytes_of(sample.file()), patient, record());
    REQUIRE_FALSE(result.ok());
    CHECK(result.failure().kind == ErrorKind::TooLarge);
}

TEST_CASE("a pixel data element that is cut short goes out as it is") {
    SampleFile sample = foreign_file();
    sample.set(0x7FE0, 0x0010, "OW", std::string(5000, '\x11'));
    const std::string file = sample.file();
    const std::string cut = file.substr(0, file.size() - 100);
    const std::string copy = coerced(cut, local_patient());
    CHECK(copy.substr(copy.size() - 4900) == cut.substr(cut.size() - 4900));
    CHECK(copy.find("L-100") != std::string::npos);
}
