#include "core/dicom/attribute_set.hpp"
#include "core/dicom/json_model_reader.hpp"
#include "core/dicom/model_values.hpp"
#include "core/dicom/xml_model_reader.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicom;

namespace {

/// "tag vr text" of each element, items in braces.
std::string told(const ModelDataset& dataset) {
    std::string out;
    for (const ModelElement& element : dataset.elements) {
        out.append(to_hex(element.tag)).append(" ").append(element.vr).append(" ").append(element.text);
        if (element.binary) {
            out.append("binary:").append(std::to_string(element.binary->size()));
        }
        if (element.bulk_data_uri) {
            out.append("at:").append(*element.bulk_data_uri);
        }
        for (const ModelDataset& item : element.items) {
            out.append("{").append(told(item)).append("}");
        }
        out += ';';
    }
    return out;
}

/// Each data set as told(), or "no: " and why; then "broken" when the text is.
std::string read_json(std::string_view json, ModelLimits limits = {}) {
    std::string out;
    const Status status = read_json_model(json, limits, [&](Result<ModelDataset> dataset) {
        out.append(out.empty() ? "" : " + ");
        out.append(dataset ? told(*dataset) : "no: " + dataset.failure().text);
        return true;
    });
    return out + (status ? "" : " broken");
}

std::string read_xml(const std::string& attributes) {
    const auto dataset = read_xml_model("<NativeDicomModel>" + attributes + "</NativeDicomModel>", {});
    return dataset ? told(*dataset) : "no: " + dataset.failure().text;
}

std::string nested_json(std::size_t depth) {
    std::string json = R"({"00100020":{"vr":"LO"}})";
    for (std::size_t i = 0; i < depth; ++i) {
        json = R"({"00081140":{"vr":"SQ","Value":[)" + json + "]}}";
    }
    return json;
}

std::string nested_xml(std::size_t depth) {
    std::string xml;
    for (std::size_t i = 0; i < depth; ++i) {
        xml =
            R"(<DicomAttribute tag="00081140" vr="SQ"><Item number="1">)" + xml + "</Item></DicomAttribute>";
    }
    return xml;
}

} // namespace

TEST_CASE("the JSON model is read in any order of its members") {
    CHECK(read_json(R"([{"00100020":{"vr":"LO","Value":["A"]}}])") == "00100020 LO A;");
    CHECK(read_json(
              R"({"00100020":{"Value":["A",null,"C"],"vr":"LO"},"00080018":{"vr":"UI","Value":["1"]}})") ==
          "00080018 UI 1;00100020 LO A\\\\C;");
    CHECK(read_json(R"([{"00100010":{"vr":"PN","Value":[{"Ideographic":"y","Alphabetic":"x"},null,{}]}}])") ==
          "00100010 PN x=y\\\\;");
    CHECK(read_json(R"([{"00081140":{"Value":[{},{"00100020":{"Value":["A"]}}],"vr":"SQ"}}])") ==
          "00081140 SQ {}{00100020 LO A;};");
    CHECK(read_json(R"([{"00281053":{"vr":"DS","Value":[0.10,-5,1e3,"7"]}}])") ==
          "00281053 DS 0.10\\-5\\1e3\\7;");
    CHECK(
        read_json(
            R"([{"7FE00010":{"vr":"OW","InlineBinary":"AAEC"}},{"7FE00010":{"vr":"OW","BulkDataURI":"u"}}])") ==
        "7FE00010 OW binary:3; + 7FE00010 OW at:u;");
    CHECK(read_json("[]").empty());
    CHECK(read_json(R"([{"00100020":{"vr":"LO","unknown":[{"a":[1]}]}}])") == "00100020 LO ;");
}

TEST_CASE("a data set that breaks the JSON model fails alone") {
    const std::string good = R"({"00100020":{"vr":"LO","Value":["A"]}})";
    for (const char* bad : {
             R"({"0010002":{"vr":"LO"}})",
             R"({"PatientID":{"vr":"LO"}})",
             R"({"00100020":"A"})",
             R"({"00100020":["A"]})",
             R"({"00100020":{"vr":"XX"}})",
             R"({"00100020":{"vr":"LONG"}})",
             R"({"00100020":{"vr":"LO","Value":"A"}})",
             R"({"00100020":{"vr":"LO","Value":{}}})",
             R"({"00100020":{"vr":"LO","Value":[["A"]]}})",
             R"({"00100020":{"vr":"LO","Value":[{"x":1}]}})",
             R"({"00100020":{"vr":"LO","Value":[{"00100020":{"vr":"LO"}}]}})",
             R"({"00081140":{"vr":"SQ","Value":["A"]}})",
             R"({"00081140":{"vr":"SQ","InlineBinary":"AAEC"}})",
             R"({"00100020":{"vr":"OB","InlineBinary":"A"}})",
             R"({"00100020":{"vr":"OB","InlineBinary":"A*=="}})",
             R"({"00100020":{"vr":"OB","Value":["A"]}})",
             R"({"00100020":{"vr":"OB","InlineBinary":"AAEC","BulkDataURI":"u"}})",
             R"({"00100020":{"vr":"LO","Value":["A"],"BulkDataURI":"u"}})",
             R"({"00100020":{"vr":"LO"},"00100020":{"vr":"LO"}})",
             R"({"7FE00010":{"vr":"UR","Value":["http://x/1"]}})",
         }) {
        CAPTURE(bad);
        const std::string read = read_json("[" + good + "," + bad + "," + good + "]");
        CHECK(read.starts_with("00100020 LO A; + no: "));
        CHECK(read.ends_with(" + 00100020 LO A;"));
    }
}

TEST_CASE("what is no JSON, or no array of data sets, breaks where it stands") {
    for (const char* bad : {"", "x", "1", "\"a\"", "[1]", "[[]]", "[{}", "[{},", "{\"00100020\":", "[null]",
                            "\xFF", "[{\"00100020\":{\"vr\":\"LO\",\"Value\":[\"\xFF\"]}}]"}) {
        CAPTURE(bad);
        CHECK(read_json(bad).ends_with("broken"));
    }
    CHECK(read_json(R"([{"00100020":{"vr":"LO","Value":["A"]}}, {"0)") == "00100020 LO A; broken");
    CHECK(read_json(std::string(100'000, '[')).ends_with("broken"));
}

TEST_CASE("both readers keep to the limits of nesting and of elements") {
    ModelLimits limits;
    CHECK_FALSE(read_json(nested_json(limits.nesting)).starts_with("no: "));
    CHECK(read_json(nested_json(limits.nesting + 1)).starts_with("no: the data set nests"));
    CHECK(read_json("[" + nested_json(120) + ",{}]").ends_with(" + "));
    CHECK_FALSE(read_xml(nested_xml(limits.nesting)).starts_with("no: "));
    CHECK(read_xml(nested_xml(limits.nesting + 1)).starts_with("no: the data set nests"));
    limits.elements = 2;
    CHECK(read_json(R"([{"00100020":{"vr":"LO"},"00100021":{"vr":"LO"},"00100022":{"vr":"CS"}},
                        {"00100020":{"vr":"LO"}}])",
                    limits) == "no: the data set holds too many elements + 00100020 LO ;");
}

TEST_CASE("the XML model is read") {
    CHECK(
        read_xml(
            R"(<DicomAttribute tag="00100020" vr="LO"><Value number="1">A&amp;B</Value></DicomAttribute>)") ==
        "00100020 LO A&B;");
    CHECK(read_xml(
              R"(<DicomAttribute tag="00080008" vr="CS"><Value number="2">B</Value><Value number="4">D</Value>
                      </DicomAttribute>)") == "00080008 CS \\B\\\\D;");
    CHECK(read_xml(R"(<DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic>
        <FamilyName>F</FamilyName><MiddleName>M</MiddleName></Alphabetic><Phonetic><GivenName>p</GivenName></Phonetic>
        </PersonName></DicomAttribute>)") == "00100010 PN F^^M==^p;");
    CHECK(
        read_xml(
            R"(<DicomAttribute tag="00081140" vr="SQ"><Item number="1"><DicomAttribute tag="00100020" vr="LO">
        <Value number="1">A</Value></DicomAttribute></Item><Item number="2"/></DicomAttribute>)") ==
        "00081140 SQ {00100020 LO A;}{};");
    CHECK(read_xml(R"(<DicomAttribute tag="7FE00010" vr="OW"><BulkData uri="u"/></DicomAttribute>
        <DicomAttribute tag="00420011" vr="OB"><InlineBinary> AA EC
        </InlineBinary></DicomAttribute>)") == "00420011 OB binary:3;7FE00010 OW at:u;");
    CHECK(read_xml(R"(<x:DicomAttribute tag="00100020" vr="LO"><x:Value>A</x:Value></x:DicomAttribute>)") ==
          "00100020 LO A;");
    CHECK(read_xml("").empty());
}

TEST_CASE("private elements of the XML model come into their creator's block") {
    const auto attribute = [](const char* tag, const char* creator) {
        return std::string("<DicomAttribute tag=\"") + tag + "\" vr=\"CS\" privateCreator=\"" + creator +
               "\"><Value number=\"1\">v</Value></DicomAttribute>";
    };
    CHECK(read_xml(attribute("00090002", "ACME") + attribute("00090003", "ACME") +
                   attribute("00090002", "OTHER")) ==
          "00090010 LO ACME;00090011 LO OTHER;00091002 CS v;00091003 CS v;00091102 CS v;");
    CHECK(read_xml(attribute("00092002", "ACME")) == "00090020 LO ACME;00092002 CS v;");
    CHECK(
        read_xml(R"(<DicomAttribute tag="00090015" vr="LO"><Value number="1">ACME</Value></DicomAttribute>)" +
                 attribute("00090002", "ACME")) == "00090015 LO ACME;00091502 CS v;");
}

TEST_CASE("XML that is no model is refused") {
    for (const char* bad :
         {"", "x", "<a/>", "<NativeDicomModel>", "<!DOCTYPE a><NativeDicomModel/>",
          "<!DOCTYPE a [<!ENTITY e \"x\">]><NativeDicomModel/>", "<NativeDicomModel>&e;</NativeDicomModel>",
          "<NativeDicomModel/><NativeDicomModel/>"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_xml_model(bad, {}));
    }
    for (
        const char* bad : {
            R"(<DicomAttribute tag="0010002" vr="LO"/>)",
            R"(<DicomAttribute tag="00100020" vr="??"/>)",
            R"(<DicomAttribute tag="00100020" vr="LO"><Value number="0">A</Value></DicomAttribute>)",
            R"(<DicomAttribute tag="00100020" vr="LO"><Value number="x">A</Value></DicomAttribute>)",
            R"(<DicomAttribute tag="00100020" vr="LO"><Value number="99999">A</Value></DicomAttribute>)",
            R"(<DicomAttribute tag="00100020" vr="LO"><Value number="2"/><Value number="1"/></DicomAttribute>)",
            R"(<DicomAttribute tag="00100020" vr="LO"><Item number="1"/></DicomAttribute>)",
            R"(<DicomAttribute tag="00100020" vr="OB"><InlineBinary>*</InlineBinary></DicomAttribute>)",
            R"(<DicomAttribute tag="00100020" vr="LO"/><DicomAttribute tag="00100020" vr="LO"/>)",
        }) {
        CAPTURE(bad);
        CHECK(read_xml(bad).starts_with("no: "));
    }
}

TEST_CASE("values become the bytes of their VR") {
    struct Row {
        const char* vr;
        const char* text;
        std::string bytes;
    };
    const Row rows[] = {
        {"US", "1\\65535", std::string("\x01\x00\xFF\xFF", 4)},
        {"US", "1.0\\1e2", std::string("\x01\x00\x64\x00", 4)},
        {"SS", "-2", std::string("\xFE\xFF", 2)},
        {"UL", "4294967295", std::string("\xFF\xFF\xFF\xFF", 4)},
        {"SL", "-1", std::string("\xFF\xFF\xFF\xFF", 4)},
        {"UV", "18446744073709551615", std::string(8, '\xFF')},
        {"SV", "-9223372036854775808", std::string("\0\0\0\0\0\0\0\x80", 8)},
        {"FL", "1.5", std::string("\0\0\xC0\x3F", 4)},
        {"FD", "Infinity", std::string("\0\0\0\0\0\0\xF0\x7F", 8)},
        {"AT", "00181063", std::string("\x18\x00\x63\x10", 4)},
        {"DS", "0.12345678901234567\\1.50", "0.12345678901235\\1.50"},
        {"DS", "-1234567890.12345678e-100", "-1.2345678901e-91"},
        {"IS", "12.0\\7", "12\\7"},
        {"LO", "A\\B", "A\\B"},
        {"US", "", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.vr);
        CAPTURE(row.text);
        const auto bytes = encode_values(row.vr, row.text);
        REQUIRE(bytes);
        if (std::string_view(row.vr) == "DS") {
            for (const std::string_view value : split_values(*bytes)) {
                CHECK(value.size() <= 16);
            }
        } else {
            CHECK(*bytes == row.bytes);
        }
    }
    for (const auto& [vr, text] : {std::pair("US", "65536"),
                                   {"US", "-1"},
                                   {"US", "1.5"},
                                   {"US", "x"},
                                   {"US", "1\\\\2"},
                                   {"SS", "32768"},
                                   {"UL", "4294967296"},
                                   {"SL", "2147483648"},
                                   {"FD", "1x"},
                                   {"UV", "18446744073709551616"},
                                   {"AT", "0018"},
                                   {"US", "1e999"}}) {
        CAPTURE(text);
        CHECK_FALSE(encode_values(vr, text));
    }
}
