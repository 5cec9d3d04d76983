#include "core/dicom/dataset_walk.hpp"

#include "core/dicom/json_model.hpp"
#include "core/dicom/xml_model.hpp"
#include "tests/core/dicom/dicom_samples.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;
using nlohmann::json;

namespace {

const std::string kExplicit(transfer_syntax::ExplicitVRLittleEndian);
const std::string kImplicit(transfer_syntax::ImplicitVRLittleEndian);
const std::string kBig(transfer_syntax::ExplicitVRBigEndian);

std::string tag(std::uint16_t group, std::uint16_t number) {
    return little(group, 2) + little(number, 2);
}

/// An element without VR.
std::string implicit(std::uint16_t group, std::uint16_t number, const std::string& value) {
    return tag(group, number) + little(value.size(), 4) + value;
}

std::string open_sequence(std::uint16_t group, std::uint16_t number, const std::string& items,
                          const std::string& vr = "SQ") {
    const std::string head = vr.empty() ? std::string() : vr + std::string(2, '\0');
    return tag(group, number) + head + little(0xFFFFFFFF, 4) + items + sequence_end();
}

std::string open_item(const std::string& elements) {
    return little(0xE000FFFE, 4) + little(0xFFFFFFFF, 4) + elements + little(0xE00DFFFE, 4) + little(0, 4);
}

std::string big(std::uint64_t number, unsigned bytes) {
    std::string out = little(number, bytes);
    std::reverse(out.begin(), out.end());
    return out;
}

std::string big_element(std::uint16_t group, std::uint16_t number, const std::string& vr,
                        const std::string& value) {
    const bool wide = vr == "OW" || vr == "OB" || vr == "UN" || vr == "SQ" || vr == "OF" || vr == "OD";
    return big(group, 2) + big(number, 2) + vr +
           (wide ? std::string(2, '\0') + big(value.size(), 4) : big(value.size(), 2)) + value;
}

json told(const std::string& syntax, const std::string& dataset, std::string_view uri = {},
          const ModelOptions& options = {}) {
    std::string text;
    JsonWriter out(text);
    const std::string file = part10(syntax, dataset);
    const Status status = write_dataset(out, bytes_of(file), options, uri);
    REQUIRE_MESSAGE(status.ok(), (status ? "" : status.failure().text));
    json model = json::parse(text);
    model.erase("00080005");
    return model;
}

Status status_of(const std::string& file, const ModelOptions& options = {}) {
    std::string text;
    JsonWriter out(text);
    return write_dataset(out, bytes_of(file), options, "b");
}

} // namespace

TEST_CASE("implicit VRs come from the dictionary") {
    const std::string values = little(0xFFFE, 2);
    const auto dataset = [&](const std::string& representation) {
        return implicit(0x08, 0x60, "CT") + implicit(0x10, 0x10, "A^B ") +
               implicit(0x28, 0x10, little(512, 2)) + representation + implicit(0x28, 0x106, values) +
               implicit(0x0028, 0x3006, "ab") + implicit(0x6002, 0x3000, "cd") +
               implicit(0x0012, 0x00FF, "ef");
    };
    const json unsigned_one = told(kImplicit, dataset(implicit(0x28, 0x103, little(0, 2))));
    CHECK(unsigned_one["00080060"] == json::parse(R"({"vr":"CS","Value":["CT"]})"));
    CHECK(unsigned_one["00100010"]["Value"][0]["Alphabetic"] == "A^B");
    CHECK(unsigned_one["00280010"] == json::parse(R"({"vr":"US","Value":[512]})"));
    CHECK(unsigned_one["00280106"] == json::parse(R"({"vr":"US","Value":[65534]})"));
    CHECK(unsigned_one["00283006"] == json::parse(R"({"vr":"OW","InlineBinary":"YWI="})"));
    CHECK(unsigned_one["60023000"] == json::parse(R"({"vr":"OW","InlineBinary":"Y2Q="})"));
    CHECK(unsigned_one["001200FF"] == json::parse(R"({"vr":"UN","InlineBinary":"ZWY="})"));
    const json signed_one = told(kImplicit, dataset(implicit(0x28, 0x103, little(1, 2))));
    CHECK(signed_one["00280106"] == json::parse(R"({"vr":"SS","Value":[-2]})"));
    CHECK(told(kImplicit, dataset(""))["00280106"]["vr"] == "US");
}

TEST_CASE("items take Pixel Representation from what holds them, and may state their own") {
    const std::string values = implicit(0x28, 0x3002, little(0x1000FFFF, 4) + little(16, 2));
    const json model =
        told(kImplicit,
             implicit(0x28, 0x103, little(1, 2)) +
                 implicit(0x28, 0x3010, item(values) + item(implicit(0x28, 0x103, little(0, 2)) + values)));
    CHECK(model["00283010"]["Value"][0]["00283002"]["Value"] == json::parse("[-1,4096,16]"));
    CHECK(model["00283010"]["Value"][1]["00283002"]["Value"] == json::parse("[65535,4096,16]"));
}

TEST_CASE("private elements are read by the dictionary of their creator in their item") {
    const std::string siemens = implicit(0x29, 0x10, "SIEMENS CSA HEADER") + implicit(0x29, 0x1008, "IMAGE ");
    const json model = told(
        kImplicit,
        siemens + implicit(0x29, 0x1108, "IMAGE ") +
            implicit(0x40, 0xA730, item(implicit(0x29, 0x1008, "IMAGE ") + implicit(0x29, 0x10, "NOBODY"))));
    CHECK(model["00290010"] == json::parse(R"({"vr":"LO","Value":["SIEMENS CSA HEADER"]})"));
    CHECK(model["00291008"] == json::parse(R"({"vr":"CS","Value":["IMAGE"]})"));
    CHECK(model["00291108"]["vr"] == "UN");
    CHECK(model["0040A730"]["Value"][0]["00291008"]["vr"] == "UN");
    CHECK(told(kImplicit, implicit(0x29, 0x0111, "SIEMENS CSA HEADER"))["00290111"]["vr"] == "UN");
    // What explicit VR states stands.
    CHECK(told(kExplicit, element(0x29, 0x10, "LO", "SIEMENS CSA HEADER") +
                              element(0x29, 0x1008, "UN", "IMAGE "))["00291008"]["vr"] == "UN");
}

TEST_CASE("big endian numbers, tags and words are turned round, and bytes are not") {
    const json model =
        told(kBig, big_element(0x20, 0x5000, "AT", big(0x0010, 2) + big(0x0020, 2)) +
                       big_element(0x28, 0x10, "US", big(512, 2)) +
                       big_element(0x28, 0x106, "SS", big(0xFFFE, 2)) +
                       big_element(0x40, 0xA130, "FD", big(0x3FF8000000000000, 8)) +
                       big_element(0x42, 0x11, "OB", "ab") + big_element(0x5400, 0x1010, "OW", "badc"));
    CHECK(model["00205000"]["Value"][0] == "00100020");
    CHECK(model["00280010"]["Value"][0] == 512);
    CHECK(model["00280106"]["Value"][0] == -2);
    CHECK(model["0040A130"]["Value"][0] == 1.5);
    CHECK(model["00420011"]["InlineBinary"] == "YWI=");
    CHECK(model["54001010"]["InlineBinary"] == "YWJjZA==");
}

TEST_CASE("sequences of undefined length, and those that were unknown to somebody") {
    const std::string code = element(0x08, 0x100, "SH", "T-1 ");
    const std::string inner = open_sequence(0x40, 0xA168, open_item(code) + item(code) + open_item(""));
    const json one = told(kExplicit, inner + element(0x40, 0xA30A, "DS", "1 "));
    CHECK(one["0040A168"]["Value"].size() == 3);
    CHECK(one["0040A168"]["Value"][1]["00080100"]["Value"][0] == "T-1");
    CHECK(one["0040A168"]["Value"][2].empty());
    CHECK(one["0040A30A"]["Value"][0] == 1);
    const std::string hidden = open_item(implicit(0x08, 0x100, "T-2 ")) + item(implicit(0x08, 0x100, "T-3 "));
    for (const std::string& dataset :
         {open_sequence(0x40, 0xA168, hidden, "UN"), element(0x40, 0xA168, "UN", hidden)}) {
        const json unknown = told(kExplicit, dataset);
        CHECK(unknown["0040A168"]["vr"] == "SQ");
        CHECK(unknown["0040A168"]["Value"][1]["00080100"]["Value"][0] == "T-3");
    }
    CHECK(told(kExplicit, open_sequence(0x09, 0x1001, hidden, "UN"))["00091001"]["vr"] == "SQ");
    CHECK(told(kExplicit, element(0x09, 0x1001, "UN", hidden))["00091001"]["vr"] == "UN");
    CHECK(told(kImplicit, open_sequence(0x09, 0x1001, hidden, ""))["00091001"]["vr"] == "SQ");
    CHECK(told(kExplicit, open_sequence(0x40, 0xA168, "")) == json::parse(R"({"0040A168":{"vr":"SQ"}})"));
}

TEST_CASE("pixel data and what stands behind it") {
    const std::string pixels = element(0x7FE0, 0x10, "OW", "abcd");
    const std::string behind = element(0xFFFA, 0xFFFA, "SQ", item(element(0x08, 0x60, "CS", "CT")));
    const std::string icon = element(0x88, 0x200, "SQ", item(element(0x7FE0, 0x10, "OB", "xy")));
    const json model = told(kExplicit, icon + pixels + behind, "b");
    CHECK(model["00880200"]["Value"][0]["7FE00010"]["BulkDataURI"] == "b/00880200/1/7FE00010");
    CHECK(model["7FE00010"] == json::parse(R"({"vr":"OW","BulkDataURI":"b/7FE00010"})"));
    CHECK(model["FFFAFFFA"]["Value"][0]["00080060"]["Value"][0] == "CT");
    const json inlined = told(kExplicit, icon + pixels + behind);
    CHECK_FALSE(inlined.contains("7FE00010"));
    CHECK(inlined["00880200"]["Value"][0]["7FE00010"]["InlineBinary"] == "eHk=");

    const std::string fragments = encapsulated("", {"ab", "cd"});
    const json compressed = told(kExplicit, fragments + behind, "b");
    CHECK(compressed["7FE00010"] == json::parse(R"({"vr":"OB","BulkDataURI":"b/7FE00010"})"));
    CHECK(compressed.contains("FFFAFFFA"));
    ModelOptions few;
    few.fragments = 1;
    CHECK_FALSE(told(kExplicit, fragments + behind, "b", few).contains("FFFAFFFA"));
    const std::string icon_of_fragments = element(0x88, 0x200, "SQ", item(fragments));
    CHECK(told(kExplicit, icon_of_fragments, "b")["00880200"]["Value"][0]["7FE00010"]["BulkDataURI"] ==
          "b/00880200/1/7FE00010");
    CHECK(told(kExplicit, icon_of_fragments)["00880200"]["Value"][0]["7FE00010"] == json{{"vr", "OB"}});
}

TEST_CASE("a file that is cut in or behind its pixel data has its header") {
    const std::string whole =
        part10(kExplicit, element(0x08, 0x60, "CS", "CT") + element(0x7FE0, 0x10, "OB", "abcdefgh") +
                              element(0xFFFC, 0xFFFC, "OB", "zz"));
    const std::size_t pixels = whole.find("abcdefgh");
    for (std::size_t length = pixels; length <= whole.size(); ++length) {
        std::string text;
        JsonWriter out(text);
        REQUIRE(write_dataset(out, bytes_of(whole.substr(0, length)), {}, "b").ok());
        const json model = json::parse(text);
        CHECK(model["00080060"]["Value"][0] == "CT");
        CHECK(model.contains("7FE00010"));
        CHECK_FALSE(model.contains("FFFCFFFC"));
    }
}

TEST_CASE("long numbers are bulk data") {
    ModelOptions options;
    options.inline_number_bytes = 4;
    const json model = told(kExplicit,
                            element(0x20, 0x9158, "LT", "long text ") + element(0x28, 0x1101, "US", "abcd") +
                                element(0x28, 0x1102, "US", "abcdef"),
                            "b", options);
    CHECK(model["00281101"].contains("Value"));
    CHECK(model["00281102"]["BulkDataURI"] == "b/00281102");
    CHECK(model["00209158"].contains("Value"));
}

TEST_CASE("elements out of order are put in order, and the first of several counts") {
    std::string text;
    JsonWriter out(text);
    const std::string file =
        part10(kExplicit, element(0x28, 0x10, "US", little(1, 2)) + element(0x08, 0x60, "CS", "CT") +
                              element(0x28, 0x10, "US", little(2, 2)));
    REQUIRE(write_dataset(out, bytes_of(file)).ok());
    CHECK(text == R"({"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080060":{"vr":"CS","Value":["CT"]},)"
                  R"("00280010":{"vr":"US","Value":[1]}})");
}

TEST_CASE("what is odd about values") {
    const json model =
        told(kExplicit, element(0x08, 0x18, "UI", std::string("1.2\0\\1.3\0", 9)) +
                            element(0x10, 0x20, "LO", std::string("A\0B\\C", 5)) +
                            element(0x10, 0x40, "CS", std::string(2, '\0')) +
                            element(0x10, 0x1030, "DS", " 1.50 ") + element(0x28, 0x10, "US", "abc") +
                            element(0x28, 0x30, "DS", "0.5\\") + element(0x28, 0x1050, "US", "a") +
                            tag(0x28, 0x9001) + "ZZ" + little(0, 2) + little(2, 4) + "ab" +
                            element(0x40, 0x9225, "FD", "abc"));
    CHECK(model["00080018"]["Value"] == json::parse(R"(["1.2","1.3"])"));
    CHECK(model["00100020"]["Value"] == json::parse(R"(["A","C"])"));
    CHECK(model["00100040"] == json::parse(R"({"vr":"CS"})"));
    CHECK(model["00101030"]["Value"] == json::parse("[1.50]"));
    CHECK(model["00280010"]["Value"].size() == 1);
    CHECK(model["00280030"]["Value"] == json::parse("[0.5,null]"));
    CHECK(model["00281050"] == json::parse(R"({"vr":"US"})"));
    CHECK(model["00289001"] == json::parse(R"({"vr":"UN","InlineBinary":"YWI="})"));
    CHECK(model["00409225"] == json::parse(R"({"vr":"FD"})"));
}

TEST_CASE("malformed data sets are refused, or told as far as they are whole") {
    struct Case {
        const char* name;
        std::string file;
        bool told;
    };
    const std::string ct = element(0x08, 0x60, "CS", "CT");
    const std::string deep = [] {
        std::string inner = element(0x08, 0x60, "CS", "CT");
        for (int i = 0; i < 300; ++i) {
            inner = open_sequence(0x40, 0xA730, open_item(inner));
        }
        return inner;
    }();
    const Case cases[] = {
        {"nothing", "", false},
        {"meta information only", part10(kExplicit, ""), false},
        {"a header cut short", part10(kExplicit, ct + "\x08"), false},
        {"a value cut short", part10(kExplicit, ct.substr(0, 9)), false},
        {"a length beyond the end", part10(kExplicit, ct + tag(0x10, 0x20) + "LO" + little(9, 2) + "A"),
         false},
        {"text of undefined length",
         part10(kExplicit,
                tag(0x40, 0xA160) + "UT" + std::string(2, '\0') + little(0xFFFFFFFF, 4) + sequence_end()),
         false},
        {"an item never closed",
         part10(kExplicit, tag(0x40, 0xA730) + "SQ" + std::string(2, '\0') + little(0xFFFFFFFF, 4) +
                               little(0xE000FFFE, 4) + little(0xFFFFFFFF, 4) + ct),
         false},
        {"nested too deep", part10(kExplicit, deep), false},
        {"text where an item should be", part10(kExplicit, element(0x40, 0xA730, "SQ", "text text ") + ct),
         true},
        {"an item beyond its sequence",
         part10(kExplicit, element(0x40, 0xA730, "SQ", little(0xE000FFFE, 4) + little(99, 4) + ct) + ct),
         true},
        {"an element beyond its item",
         part10(kExplicit, element(0x40, 0xA730, "SQ", item(ct.substr(0, 9))) + ct), true},
        {"a sequence never closed",
         part10(kExplicit,
                tag(0x40, 0xA730) + "SQ" + std::string(2, '\0') + little(0xFFFFFFFF, 4) + item(ct)),
         true},
        {"delimiters that close nothing", part10(kExplicit, sequence_end() + ct), true},
    };
    for (const Case& c : cases) {
        CHECK_MESSAGE(status_of(c.file).ok() == c.told, c.name);
        std::string text;
        JsonWriter out(text);
        if (write_dataset(out, bytes_of(c.file), {}, "b")) {
            CHECK_MESSAGE(json::accept(text), c.name);
        }
    }
    ModelOptions flat;
    flat.nesting = 1;
    const std::string two = element(0x40, 0xA730, "SQ", item(element(0x40, 0xA730, "SQ", item(""))));
    CHECK(status_of(part10(kExplicit, two), flat).failure().kind == ErrorKind::TooLarge);
}

TEST_CASE("a file cut anywhere gives JSON or an error") {
    const std::string file =
        part10(kExplicit,
               element(0x08, 0x05, "CS", "GB18030 ") + element(0x10, 0x10, "PN", "\xD6\xD0^\xB9\xFA ") +
                   open_sequence(0x40, 0xA730, open_item(element(0x40, 0xA30A, "DS", "1.5 ")) + item("")) +
                   element(0x7FE0, 0x10, "OB", "abcd"));
    for (std::size_t length = 0; length <= file.size(); ++length) {
        std::string text;
        JsonWriter out(text);
        if (write_dataset(out, bytes_of(file.substr(0, length)), {}, "b")) {
            REQUIRE(json::accept(text));
        }
    }
}

TEST_CASE("the JSON of real files parses") {
    std::size_t parsed = 0;
    for (const std::string folder : {"pydicom+pydicom", "derived-cn", "pwnlabmx+dicom-fuzzing-corpus"}) {
        for (const auto& path : shared_files(folder)) {
            const std::string file = read_file(path);
            std::string text;
            JsonWriter out(text);
            const bool written = write_dataset(out, bytes_of(file), {}, "b").ok();
            // Whatever DCMTK reads is read here.
            CHECK_MESSAGE((written || !read_header(bytes_of(file)).ok()), path.string());
            if (written) {
                CHECK_MESSAGE(json::accept(text), path.string());
                ++parsed;
            }
        }
    }
    MESSAGE("files written as JSON: ", parsed);
}
