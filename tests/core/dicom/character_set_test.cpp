#include "core/dicom/character_set.hpp"

#include "core/base/utf8.hpp"
#include "tests/text_table.hpp"

#include <array>
#include <cstdlib>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>
#include <filesystem>

using namespace recog;
using dicom::CharacterSetDecoder;

namespace {

std::string table(const std::string& name) {
    return std::string(TESTDATA_DIR) + "/character_sets/" + name;
}

std::string optional_column(const std::string& text) {
    return text == "-" ? "" : text;
}

void check_mended_table(const std::string& name) {
    const auto rows = test::read_table(table(name), 5);
    REQUIRE_FALSE(rows.empty());
    for (const auto& row : rows) {
        CAPTURE(row.line);
        auto decoder = CharacterSetDecoder::for_terms(optional_column(row[0]), optional_column(row[1]));
        const std::string bytes = test::from_hex(row[3]);
        const std::string text = decoder.decode(bytes, row[2]);
        CHECK(text == test::with_controls(row[4]));
        CHECK(is_utf8(text));
    }
}

std::filesystem::path shared_testdata() {
    const char* given = std::getenv("RECOGNITION_SHARED_TESTDATA");
    return given != nullptr ? std::filesystem::path(given)
                            : std::filesystem::path(SOURCE_DIR) / ".." / "shared" / "testdata";
}

std::string raw_value(DcmDataset& dataset, const DcmTagKey& tag) {
    const char* text = nullptr;
    return dataset.findAndGetString(tag, text).good() && text != nullptr ? text : "";
}

} // namespace

TEST_CASE("values decode as the standard says, in every defined term") {
    const auto rows = test::read_table(table("declared.tsv"), 4);
    REQUIRE_FALSE(rows.empty());
    for (const auto& row : rows) {
        CAPTURE(row.line);
        auto decoder = CharacterSetDecoder::for_terms(row[0]);
        CHECK(decoder.decode(test::from_hex(row[2]), row[1]) == test::with_controls(row[3]));
        CHECK_FALSE(decoder.had_errors());
        CHECK_FALSE(decoder.mended());
    }
}

TEST_CASE("what is declared wrongly is mended, and real Latin text is left alone") {
    check_mended_table("mended.tsv");
}

TEST_CASE("cut and damaged values end cleanly") {
    check_mended_table("broken.tsv");
}

TEST_CASE("every cut of every value is UTF-8, and begins as the whole does") {
    for (const auto& row : test::read_table(table("declared.tsv"), 4)) {
        const std::string bytes = test::from_hex(row[2]);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            auto decoder = CharacterSetDecoder::for_terms(row[0]);
            CHECK(is_utf8(decoder.decode(std::string_view(bytes).substr(0, length), row[1])));
        }
    }
}

TEST_CASE("hanzi of GBK whose second byte is a backslash or a caret stay whole") {
    for (const char trail : {'\x5C', '\x5E'}) {
        int hanzi = 0;
        for (unsigned lead = 0x81; lead < 0xFE; ++lead) {
            if (lead > 0xA0 && lead < 0xAA) {
                continue; // signs
            }
            const std::string bytes{static_cast<char>(lead), trail};
            auto decoder = CharacterSetDecoder::for_terms("GBK");
            const std::string text = decoder.decode(bytes + "^" + bytes + "\\" + bytes, "PN");
            REQUIRE(text.size() >= 11);
            const std::string one = text.substr(0, 3);
            CAPTURE(lead);
            CHECK(text == one + "^" + one + "\\" + one);
            CHECK(dicom::encode(one, "GBK") == bytes);
            ++hanzi;
        }
        CHECK(hanzi == 116);
    }
}

TEST_CASE("text is encoded for an asker's set, or not at all") {
    CHECK(dicom::encode("王^小东", "GB18030") == "\xCD\xF5^\xD0\xA1\xB6\xAB");
    CHECK(dicom::encode("王^小东", "GBK") == "\xCD\xF5^\xD0\xA1\xB6\xAB");
    CHECK(dicom::encode("𠮷", "GB18030") == "\x95\x34\xB2\x35");
    CHECK_FALSE(dicom::encode("𠮷", "GBK").has_value());
    CHECK_FALSE(dicom::encode("王", "ISO_IR 100").has_value());
    CHECK_FALSE(dicom::encode("é", "ISO_IR 6").has_value());
    CHECK(dicom::encode("Jérôme", "ISO_IR 100") == "J\xE9r\xF4me");
    CHECK(dicom::encode("Łukasz", "ISO_IR 101") == "\xA3ukasz");
    CHECK(dicom::encode("王", "ISO_IR 192") == "王");
    CHECK(dicom::encode("plain", "ISO_IR 6") == "plain");
    CHECK(dicom::encode("", "GBK") == "");
    CHECK_FALSE(dicom::encode("\xFF", "ISO_IR 192").has_value());
    CHECK_FALSE(dicom::encode("王", "ISO 2022 IR 58").has_value());
    CHECK_FALSE(dicom::encode("a", "KLINGON").has_value());
    CHECK(dicom::is_known_character_set("gb18030"));
    CHECK_FALSE(dicom::is_known_character_set("KLINGON"));
    CHECK_FALSE(dicom::is_known_character_set(""));
}

TEST_CASE("a decoder tells what it had to do") {
    auto latin = CharacterSetDecoder::for_terms("ISO_IR 100");
    CHECK(latin.declared());
    latin.decode("\xD5\xC5\xCE\xB0", "PN");
    CHECK(latin.mended());
    CHECK_FALSE(latin.had_errors());
    auto none = CharacterSetDecoder::for_terms("");
    CHECK_FALSE(none.declared());
    none.decode("\xD5\xC5\xCE", "PN");
    CHECK(none.had_errors());
    CHECK_FALSE(CharacterSetDecoder::for_terms("KLINGON").declared());
}

TEST_CASE("Chinese files as sent in practice come out as their table says") {
    const auto folder = shared_testdata() / "derived-cn";
    if (!std::filesystem::exists(folder / "expected.tsv")) {
        return;
    }
    for (const auto& row : test::read_table((folder / "expected.tsv").string(), 5)) {
        if (row[0] == "file") {
            continue;
        }
        CAPTURE(row[0]);
        DcmFileFormat file;
        REQUIRE(file.loadFile((folder / row[0]).c_str()).good());
        DcmDataset& dataset = *file.getDataset();
        auto decoder = CharacterSetDecoder::for_terms(raw_value(dataset, DCM_SpecificCharacterSet));
        CHECK(decoder.decode(raw_value(dataset, DCM_PatientName), "PN") == row[2]);
        CHECK(decoder.decode(raw_value(dataset, DCM_StudyDescription), "LO") == row[3]);
    }
}
