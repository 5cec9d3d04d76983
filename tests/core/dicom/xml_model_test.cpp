#include "core/dicom/xml_model.hpp"

#include "core/dicom/element_dictionary.hpp"
#include "core/dicom/value_representation.hpp"
#include "tests/core/dicom/dicom_samples.hpp"

#include <doctest/doctest.h>

#include <regex>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;

namespace {

const std::string kBegin = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel "
                           "xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\" "
                           "xml:space=\"preserve\"><DicomAttribute tag=\"00080005\" vr=\"CS\" "
                           "keyword=\"SpecificCharacterSet\"><Value number=\"1\">ISO_IR 192</Value>"
                           "</DicomAttribute>";
const std::string kEnd = "</NativeDicomModel>\n";

std::string document_of(const std::string& dataset, std::string_view uri = {}, ModelOptions options = {}) {
    const std::string file = part10(std::string(transfer_syntax::ExplicitVRLittleEndian), dataset);
    std::string xml;
    REQUIRE(write_xml_dataset(xml, bytes_of(file), options, uri).ok());
    return xml;
}

/// What the document holds behind its character set.
std::string content_of(const std::string& dataset, std::string_view uri = {}, ModelOptions options = {}) {
    std::string xml = document_of(dataset, uri, options);
    REQUIRE(xml.starts_with(kBegin));
    REQUIRE(xml.ends_with(kEnd));
    return xml.substr(kBegin.size(), xml.size() - kBegin.size() - kEnd.size());
}

/// The grammar of PS3.19 A.1.6, by recursive descent. `at` stands behind what was read.
class Schema {
public:
    explicit Schema(std::string_view xml) : xml_(xml) {}

    bool holds() {
        return take("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") &&
               take("<NativeDicomModel xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\" "
                    "xml:space=\"preserve\">") &&
               attributes() && take("</NativeDicomModel>\n") && xml_.empty();
    }

private:
    bool take(std::string_view text) {
        const bool found = xml_.starts_with(text);
        xml_.remove_prefix(found ? text.size() : 0);
        return found;
    }
    bool take_pattern(const char* pattern) {
        std::cmatch match;
        const bool found = std::regex_search(xml_.data(), xml_.data() + xml_.size(), match,
                                             std::regex(pattern), std::regex_constants::match_continuous);
        xml_.remove_prefix(found ? static_cast<std::size_t>(match.length()) : 0);
        return found;
    }
    bool text() {
        xml_.remove_prefix(std::min(xml_.find('<'), xml_.size()));
        return true;
    }
    bool element(const std::string& name) {
        return take("<" + name + ">") && text() && take("</" + name + ">");
    }
    bool number(const std::string& name, std::size_t expected) {
        return take("<" + name + " number=\"" + std::to_string(expected) + "\">");
    }

    bool attributes() {
        while (xml_.starts_with("<DicomAttribute ")) {
            if (!attribute()) {
                return false;
            }
        }
        return true;
    }
    bool attribute() {
        if (!take_pattern("<DicomAttribute tag=\"[0-9A-F]{8}\" vr=\"")) {
            return false;
        }
        const bool known = xml_.size() > 2 && find_vr(xml_[0], xml_[1]) != nullptr;
        xml_.remove_prefix(known ? 2 : 0);
        return known && take_pattern("\"( keyword=\"[A-Za-z0-9]+\")?( privateCreator=\"[^\"<>]*\")?>") &&
               content() && take("</DicomAttribute>");
    }
    bool content() {
        if (xml_.starts_with("<BulkData ")) {
            return take_pattern("<BulkData uri=\"[^\"<> ]+\"/>");
        }
        if (xml_.starts_with("<InlineBinary>")) {
            return take_pattern("<InlineBinary>[A-Za-z0-9+/]*={0,2}</InlineBinary>");
        }
        for (std::size_t n = 1; number("Value", n); ++n) {
            if (!text() || !take("</Value>")) {
                return false;
            }
        }
        for (std::size_t n = 1; number("Item", n); ++n) {
            if (!attributes() || !take("</Item>")) {
                return false;
            }
        }
        for (std::size_t n = 1; number("PersonName", n); ++n) {
            if (!groups() || !take("</PersonName>")) {
                return false;
            }
        }
        return true;
    }
    bool groups() {
        for (const std::string group : {"Alphabetic", "Ideographic", "Phonetic"}) {
            if (!take("<" + group + ">")) {
                continue;
            }
            for (const std::string part :
                 {"FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"}) {
                if (xml_.starts_with("<" + part + ">") && !element(part)) {
                    return false;
                }
            }
            if (!take("</" + group + ">")) {
                return false;
            }
        }
        return true;
    }

    std::string_view xml_;
};

} // namespace

TEST_CASE("values, numbers, tags and binary as XML") {
    CHECK(content_of(element(0x08, 0x08, "CS", "A\\\\B ")) ==
          R"(<DicomAttribute tag="00080008" vr="CS" keyword="ImageType"><Value number="1">A</Value>)"
          R"(<Value number="2"></Value><Value number="3">B</Value></DicomAttribute>)");
    CHECK(content_of(element(0x08, 0x60, "CS", "")) ==
          R"(<DicomAttribute tag="00080060" vr="CS" keyword="Modality"></DicomAttribute>)");
    CHECK(
        content_of(element(0x28, 0x10, "US", little(512, 2))) ==
        R"(<DicomAttribute tag="00280010" vr="US" keyword="Rows"><Value number="1">512</Value></DicomAttribute>)");
    CHECK(content_of(element(0x20, 0x5000, "AT", little(0x00100010, 4) + little(0x000D0020, 4)))
              .find(R"(<Value number="1">00100010</Value><Value number="2">0020000D</Value>)") !=
          std::string::npos);
    CHECK(content_of(element(0x42, 0x11, "OB", "abcd")).find("<InlineBinary>YWJjZA==</InlineBinary>") !=
          std::string::npos);
    ModelOptions options;
    options.inline_bytes = 2;
    CHECK(content_of(element(0x42, 0x11, "OB", "abcd"), "http://h/x?a=1&b", options)
              .find(R"(<BulkData uri="http://h/x?a=1&amp;b/00420011"/>)") != std::string::npos);
}

TEST_CASE("person names fall into groups and components") {
    CHECK(content_of(element(0x10, 0x10, "PN", "Wang^Xiao Dong^^Dr=\xE7\x8E\x8B^\xE5\xB0\x8F\\x^^^^Jr ")) ==
          "<DicomAttribute tag=\"00100010\" vr=\"PN\" keyword=\"PatientName\"><PersonName "
          "number=\"1\"><Alphabetic>"
          "<FamilyName>Wang</FamilyName><GivenName>Xiao "
          "Dong</GivenName><NamePrefix>Dr</NamePrefix></Alphabetic>"
          "<Ideographic><FamilyName>王</FamilyName><GivenName>小</GivenName></Ideographic></PersonName>"
          "<PersonName "
          "number=\"2\"><Alphabetic><FamilyName>x</FamilyName><NameSuffix>Jr</NameSuffix></Alphabetic>"
          "</PersonName></DicomAttribute>");
    CHECK(content_of(element(0x10, 0x10, "PN", "^^")) ==
          R"(<DicomAttribute tag="00100010" vr="PN" keyword="PatientName"></DicomAttribute>)");
}

TEST_CASE("private elements are named by their creator, and items are numbered") {
    const std::string own = element(0x09, 0x11, "LO", "A&B ") + element(0x09, 0x1101, "LO", "x ");
    CHECK(content_of(own) ==
          R"(<DicomAttribute tag="00090011" vr="LO"><Value number="1">A&amp;B</Value>)"
          R"(</DicomAttribute><DicomAttribute tag="00090001" vr="LO" privateCreator="A&amp;B">)"
          R"(<Value number="1">x</Value></DicomAttribute>)");
    CHECK(
        content_of(element(0x40, 0xA730, "SQ", item(element(0x08, 0x60, "CS", "CT")) + item(""))) ==
        R"(<DicomAttribute tag="0040A730" vr="SQ" keyword="ContentSequence"><Item number="1">)"
        R"(<DicomAttribute tag="00080060" vr="CS" keyword="Modality"><Value number="1">CT</Value></DicomAttribute>)"
        R"(</Item><Item number="2"></Item></DicomAttribute>)");
}

TEST_CASE("what XML cannot hold is replaced, what it would change is written by number") {
    const auto escaped = [](std::string_view text) {
        std::string out;
        append_xml_text(out, text);
        return out;
    };
    CHECK(escaped("a<b>&\"c'") == "a&lt;b&gt;&amp;&quot;c'");
    CHECK(escaped("\t\r\n") == "&#9;&#13;&#10;");
    CHECK(escaped(std::string_view("\0\x1B\x1F\x7F", 4)) == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x7F");
    CHECK(escaped("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(escaped("\xE7\x8E\x8B\xE7\x8E") == "\xE7\x8E\x8B\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("a query answer as XML") {
    AttributeSet attributes;
    attributes.set(tags::PatientName, "王^小东");
    attributes.set(tags::NumberOfStudyRelatedInstances, "200");
    AttributeSet id;
    id.set(tags::PatientID, "0001");
    const std::vector<SequenceItems> sequences{{tags::OtherPatientIDsSequence, {id}}};
    const std::vector<PrivateElement> own{{Tag{0x0B01, 0x0010}, "LO", "RECOGNITION 1.0"},
                                          {Tag{0x0B01, 0x1001}, "CS", "RECOGNISED"}};
    std::string xml;
    write_xml_answer(xml, AnswerView{attributes, sequences, own});
    CHECK(Schema(xml).holds());
    CHECK(xml.find(R"(<Item number="1"><DicomAttribute tag="00100020" vr="LO" keyword="PatientID">)"
                   R"(<Value number="1">0001</Value>)") != std::string::npos);
    CHECK(xml.find(R"(<DicomAttribute tag="0B010010" vr="LO"><Value number="1">RECOGNITION 1.0</Value>)") !=
          std::string::npos);
    CHECK(xml.find(R"(<DicomAttribute tag="0B010001" vr="CS" privateCreator="RECOGNITION 1.0">)") !=
          std::string::npos);
}

TEST_CASE("the dictionary gives VRs and keywords, also of retired and repeating elements") {
    const auto keyword = [](Tag tag) {
        const DictionaryElement* const known = find_public_element(tag);
        return known == nullptr ? std::string("none") : std::string(known->keyword);
    };
    CHECK(keyword(tags::PatientName) == "PatientName");
    CHECK(keyword(Tag{0x0008, 0x0001}) == "LengthToEnd");
    CHECK(keyword(Tag{0x6002, 0x3000}) == "OverlayData");
    CHECK(keyword(Tag{0x0009, 0x0010}) == "none");
    CHECK(keyword(Tag{0x0012, 0x00FF}) == "none");
    CHECK(find_public_element(Tag{0x0028, 0x0106})->vr == "xs");
    CHECK(find_public_element(Tag{0x0028, 0x3006})->vr == "OW");
    CHECK(private_vr(find_private_creator("SIEMENS CSA HEADER"), Tag{0x0029, 0x1008}) == "CS");
    CHECK(private_vr(find_private_creator("SIEMENS CSA HEADER"), Tag{0x0029, 0x1044}) == "UN");
    CHECK(find_private_creator("NOBODY") == nullptr);
}

TEST_CASE("the XML of real files has the form of PS3.19") {
    std::size_t written = 0;
    for (const std::string folder : {"pydicom+pydicom", "derived-cn", "pwnlabmx+dicom-fuzzing-corpus"}) {
        for (const auto& path : shared_files(folder)) {
            std::string xml;
            if (write_xml_dataset(xml, bytes_of(read_file(path)), {}, "http://h/b")) {
                CHECK_MESSAGE(Schema(xml).holds(), path.string());
                ++written;
            }
        }
    }
    MESSAGE("files written as XML: ", written);
}
