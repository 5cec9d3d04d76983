#include "core/dicom/json_model.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicom/json_element.hpp"
#include "tests/core/dicom/dicom_samples.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;
using nlohmann::json;

namespace {

json model_of_file(const std::string& file, const ModelOptions& options = {}, std::string_view uri = {}) {
    std::string text;
    JsonWriter out(text);
    REQUIRE(write_dataset(out, bytes_of(file), options, uri).ok());
    return json::parse(text);
}

json model_of(const std::string& dataset, const ModelOptions& options = {}, std::string_view uri = {}) {
    return model_of_file(part10(std::string(transfer_syntax::ExplicitVRLittleEndian), dataset), options, uri);
}

json value_of(const std::string& vr, const std::string& text) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object();
    write_element(writer, tags::PatientComments, vr, text);
    writer.end_object();
    return json::parse(out).at("00104000");
}

} // namespace

TEST_CASE("numbers that are no JSON numbers are rewritten or stay text") {
    struct Case {
        const char* text;
        const char* number;
    };
    for (const Case& c : std::initializer_list<Case>{{"1", "1"},
                                                     {"-1.50", "-1.50"},
                                                     {"+7", "7"},
                                                     {"007", "7"},
                                                     {"-007.5", "-7.5"},
                                                     {".5", "0.5"},
                                                     {"5.", "5"},
                                                     {"0", "0"},
                                                     {"000", "0"},
                                                     {"1e5", "1e5"},
                                                     {"1.E-05", "1e-05"},
                                                     {"1E+3", "1e+3"}}) {
        CHECK_MESSAGE(json_number(c.text).value_or("none") == c.number, c.text);
    }
    for (const char* text :
         {"", " ", "-", ".", "+.", "1e", "1e+", "1A", "1 2", "nan", "inf", "0x10", "1e999", "--1", "1,5"}) {
        CHECK_MESSAGE(!json_number(text), text);
    }
}

TEST_CASE("values by VR") {
    CHECK(value_of("IS", "1\\ 02 \\x") == json::parse(R"({"vr":"IS","Value":[1,2,"x"]})"));
    CHECK(value_of("DS", "1.50\\\\-2") == json::parse(R"({"vr":"DS","Value":[1.50,null,-2]})"));
    CHECK(value_of("LO", " a \\b") == json::parse(R"({"vr":"LO","Value":["a","b"]})"));
    CHECK(value_of("LO", "") == json::parse(R"({"vr":"LO"})"));
    CHECK(value_of("LO", "  ") == json::parse(R"({"vr":"LO"})"));
    CHECK(value_of("LT", "a\\b ") == json::parse(R"({"vr":"LT","Value":["a\\b"]})"));
    CHECK(value_of("UT", " a") == json::parse(R"({"vr":"UT","Value":[" a"]})"));
    CHECK(value_of("PN", "Wang^XiaoDong=王^小东=") ==
          json::parse(R"({"vr":"PN","Value":[{"Alphabetic":"Wang^XiaoDong","Ideographic":"王^小东"}]})"));
    CHECK(value_of("PN", "=王^小东=x\\\\a") ==
          json::parse(
              R"({"vr":"PN","Value":[{"Ideographic":"王^小东","Phonetic":"x"},null,{"Alphabetic":"a"}]})"));
    CHECK(value_of("PN", "^^^^") == json::parse(R"({"vr":"PN"})"));
    CHECK(value_of("US", "512") == json::parse(R"({"vr":"US","Value":[512]})"));
    CHECK(value_of("SQ", "x") == json::parse(R"({"vr":"SQ"})"));
}

TEST_CASE("reals and wide integers that JSON cannot hold become text") {
    const auto written = [](auto write) {
        std::string out;
        JsonWriter writer(out);
        write(writer);
        return out;
    };
    CHECK(written([](JsonWriter& w) { write_real(w, 0.1F); }) == "0.1");
    CHECK(written([](JsonWriter& w) { write_real(w, 1e300); }) == "1e+300");
    CHECK(written([](JsonWriter& w) { write_real(w, std::nan("")); }) == "\"NaN\"");
    CHECK(written([](JsonWriter& w) { write_real(w, -std::numeric_limits<double>::infinity()); }) ==
          "\"-Infinity\"");
    CHECK(written([](JsonWriter& w) { write_wide(w, std::int64_t{-5}); }) == "-5");
    CHECK(written([](JsonWriter& w) { write_wide(w, ~std::uint64_t{0}); }) == "\"18446744073709551615\"");
}

TEST_CASE("a data set with binary values, tags, sequences and private elements") {
    const json model =
        model_of(element(0x08, 0x0000, "UL", little(4, 4)) + element(0x08, 0x60, "CS", "CT") +
                 element(0x09, 0x10, "LO", "MAKER ") + element(0x09, 0x1001, "UN", "ab") +
                 element(0x20, 0x5000, "AT", little(0x00100010, 4) + little(0x000D0020, 4)) +
                 element(0x28, 0x10, "US", little(512, 2)) +
                 element(0x40, 0xA730, "SQ", item(element(0x40, 0xA30A, "DS", "1.5 ")) + item("")) +
                 element(0x54, 0x1, "SQ", "") + element(0xFFFC, 0xFFFC, "OB", "zz"));
    CHECK(model == json::parse(R"({"00080005":{"vr":"CS","Value":["ISO_IR 192"]},
        "00080060":{"vr":"CS","Value":["CT"]},
        "00090010":{"vr":"LO","Value":["MAKER"]},
        "00091001":{"vr":"UN","InlineBinary":"YWI="},
        "00205000":{"vr":"AT","Value":["00100010","0020000D"]},
        "00280010":{"vr":"US","Value":[512]},
        "0040A730":{"vr":"SQ","Value":[{"0040A30A":{"vr":"DS","Value":[1.5]}},{}]},
        "00540001":{"vr":"SQ"}})"));
}

TEST_CASE("a public element stated as UN is text when the dictionary says so") {
    const json model = model_of(element(0x10, 0x20, "UN", "77") + element(0x28, 0x10, "UN", "ab"));
    CHECK(model["00100020"] == json::parse(R"({"vr":"LO","Value":["77"]})"));
    CHECK(model["00280010"] == json::parse(R"({"vr":"UN","InlineBinary":"YWI="})"));
}

TEST_CASE("long binary values become bulk data, with a path through items") {
    ModelOptions options;
    options.inline_bytes = 4;
    const std::string blob = element(0x42, 0x11, "OB", "abcdef");
    const json model = model_of(element(0x40, 0xA730, "SQ", item("") + item(blob)) + blob, options, "b");
    CHECK(model["00420011"] == json::parse(R"({"vr":"OB","BulkDataURI":"b/00420011"})"));
    CHECK(model["0040A730"]["Value"][1]["00420011"]["BulkDataURI"] == "b/0040A730/2/00420011");
    const json small = model_of(element(0x42, 0x11, "OB", "abcd"), options, "b");
    CHECK(small["00420011"]["InlineBinary"] == "YWJjZA==");
    CHECK(model_of(blob)["00420011"].contains("InlineBinary"));
}

TEST_CASE("items inherit the character set or state their own, and all say UTF-8") {
    const std::string raw = "x\xD6\xD0 ";
    const std::string dataset =
        element(0x08, 0x05, "CS", "GBK ") + element(0x10, 0x10, "PN", raw) +
        element(0x40, 0xA730, "SQ",
                item(element(0x10, 0x10, "PN", raw)) +
                    item(element(0x08, 0x05, "CS", "ISO_IR 144") + element(0x10, 0x10, "PN", raw)));
    const json model = model_of(dataset);
    const json& items = model["0040A730"]["Value"];
    CHECK(model["00080005"]["Value"][0] == "ISO_IR 192");
    CHECK(model["00100010"]["Value"][0]["Alphabetic"] == "x中");
    CHECK(items[0]["00100010"]["Value"][0]["Alphabetic"] == "x中");
    CHECK(items[1]["00080005"]["Value"][0] == "ISO_IR 192");
    CHECK(items[1]["00100010"]["Value"][0]["Alphabetic"] == "xжа");
    CHECK_FALSE(items[0].contains("00080005"));
    ModelOptions latin;
    latin.default_character_set = "ISO_IR 100";
    const json undeclared = model_of(element(0x10, 0x10, "PN", "M\xFCller "), latin);
    CHECK(undeclared["00080005"]["Value"][0] == "ISO_IR 192");
    CHECK(undeclared["00100010"]["Value"][0]["Alphabetic"] == "Müller");
}

TEST_CASE("a query answer is one object in tag order") {
    AttributeSet attributes;
    attributes.set(tags::SpecificCharacterSet, "GB18030");
    attributes.set(tags::StudyDate, "20240102");
    attributes.set(tags::ModalitiesInStudy, "CT\\SR");
    attributes.set(tags::ProcedureCodeSequence, "");
    attributes.set(tags::PatientName, "王^小东");
    attributes.set(tags::NumberOfStudyRelatedInstances, "200");
    AttributeSet id;
    id.set(tags::PatientID, "0001");
    id.set(tags::IssuerOfPatientID, "H1");
    const std::vector<SequenceItems> sequences{{tags::OtherPatientIDsSequence, {id, AttributeSet()}}};
    const std::vector<PrivateElement> own{{Tag{0x0B01, 0x0010}, "LO", "RECOGNITION 1.0"},
                                          {Tag{0x0B01, 0x1001}, "CS", "RECOGNISED"},
                                          {Tag{0x0B01, 0x1009}, "DS", "12.50"}};
    std::string text;
    JsonWriter out(text);
    write_answer(out, AnswerView{attributes, sequences, own});
    CHECK(text ==
          R"({"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080020":{"vr":"DA","Value":["20240102"]},)"
          R"("00080061":{"vr":"CS","Value":["CT","SR"]},"00081032":{"vr":"SQ"},)"
          R"("00100010":{"vr":"PN","Value":[{"Alphabetic":"王^小东"}]},)"
          R"("00101002":{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Value":["0001"]},)"
          R"("00100021":{"vr":"LO","Value":["H1"]}},{}]},"00201208":{"vr":"IS","Value":[200]},)"
          R"("0B010010":{"vr":"LO","Value":["RECOGNITION 1.0"]},)"
          R"("0B011001":{"vr":"CS","Value":["RECOGNISED"]},"0B011009":{"vr":"DS","Value":[12.50]}})");
}

TEST_CASE("private elements before and after public ones of higher group keep the order") {
    AttributeSet attributes;
    attributes.set(tags::PatientID, "1");
    attributes.set(tags::Rows, "512");
    const std::vector<PrivateElement> own{{Tag{0x0009, 0x0010}, "LO", "A"}, {Tag{0x0B01, 0x0010}, "LO", "B"}};
    std::string text;
    JsonWriter out(text);
    write_answer(out, AnswerView{attributes, {}, own});
    const json model = json::parse(text);
    CHECK(model.size() == 5);
    CHECK(text.find("00090010") < text.find("00100020"));
    CHECK(text.find("00280010") < text.find("0B010010"));
    CHECK(model["00280010"]["Value"][0] == 512);
}

TEST_CASE("the dictionary knows VRs and keywords") {
    CHECK(vr_of(tags::PatientName) == "PN");
    CHECK(vr_of(tags::UniversalEntityID) == "UT");
    CHECK(vr_of(Tag{0x0009, 0x0010}) == "LO");
    CHECK(vr_of(Tag{0x0009, 0x1001}) == "UN");
    CHECK(vr_of(Tag{0x0028, 0x0106}) == "US");
    CHECK(tag_of_keyword("PatientName") == tags::PatientName);
    CHECK(tag_of_keyword("SliceThickness") == Tag{0x0018, 0x0050});
    CHECK_FALSE(tag_of_keyword("patientname"));
    CHECK_FALSE(tag_of_keyword(""));
}
