#include "core/dicom/character_set_encoder.hpp"

#include "core/dicom/character_set.hpp"
#include "tests/text_table.hpp"

#include <doctest/doctest.h>

using namespace recog;
using dicom::CharacterSetEncoder;

namespace {

std::string hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : bytes) {
        out += kDigits[static_cast<unsigned char>(c) >> 4U];
        out += kDigits[static_cast<unsigned char>(c) & 0xFU];
    }
    return out;
}

} // namespace

TEST_CASE("text is written in a set as its table says") {
    for (const auto& row : test::read_table(std::string(TESTDATA_DIR) + "/character_sets/written.tsv", 5)) {
        CAPTURE(row.line);
        auto encoder = CharacterSetEncoder::for_terms(row[0]);
        if (row[1] == "-") {
            CHECK_FALSE(encoder);
            continue;
        }
        REQUIRE(encoder);
        CHECK(encoder->terms() == (row[1] == "<none>" ? "" : row[1]));
        const std::string text = test::with_controls(row[3]);
        std::string bytes = "x";
        const bool whole = encoder->encode(text, row[2], bytes);
        CHECK(whole == (row[4] != "-"));
        CHECK(hex(bytes) == (whole ? "78" + row[4] : "78"));
    }
}

TEST_CASE("what is written in any set is read back as it was") {
    for (const auto& row : test::read_table(std::string(TESTDATA_DIR) + "/character_sets/declared.tsv", 4)) {
        CAPTURE(row.line);
        auto encoder = CharacterSetEncoder::for_terms(row[0]);
        const std::string text = test::with_controls(row[3]);
        std::string bytes;
        if (!encoder || !encoder->encode(text, row[1], bytes)) {
            continue;
        }
        auto decoder = dicom::CharacterSetDecoder::for_terms(encoder->terms());
        CHECK(decoder.decode(bytes, row[1]) == text);
        CHECK_FALSE(decoder.had_errors());
    }
}

TEST_CASE("every character of GB 2312 is written under ISO 2022 IR 58 and read back") {
    auto encoder = CharacterSetEncoder::for_terms("\\ISO 2022 IR 58");
    REQUIRE(encoder);
    int written = 0;
    for (unsigned row = 0xB0; row <= 0xF7; ++row) {
        for (unsigned cell = 0xA1; cell <= 0xFE; ++cell) {
            const std::string raw{static_cast<char>(row), static_cast<char>(cell)};
            auto declared = dicom::CharacterSetDecoder::for_terms("GB18030");
            const std::string text = declared.decode(raw, "LO");
            std::string bytes;
            if (encoder->encode(text, "LO", bytes)) {
                ++written;
                CHECK(bytes == "\x1B$)A" + raw);
            }
        }
    }
    CHECK(written == 6763); // the hanzi of GB 2312-80
}

TEST_CASE("a character without a place is replaced by a sign of the set's own") {
    struct Case {
        const char* terms;
        const char* text;
        const char* read;
    };
    for (const Case& one : {Case{"GBK", "李𠮷", "李〓"}, Case{"ISO_IR 100", "Wang=王五", "Wang=??"},
                            Case{"\\ISO 2022 IR 58", "王堃^五", "王〓^五"}}) {
        CAPTURE(std::string(one.terms));
        auto encoder = CharacterSetEncoder::for_terms(one.terms);
        REQUIRE(encoder);
        std::string bytes;
        CHECK_FALSE(encoder->encode_replacing(one.text, "PN", bytes));
        auto decoder = dicom::CharacterSetDecoder::for_terms(encoder->terms());
        CHECK(decoder.decode(bytes, "PN") == one.read);
    }
}
