#include "core/recognition/description_reader.hpp"
#include "core/recognition/description_text.hpp"
#include "core/recognition/term_trie.hpp"

#include <doctest/doctest.h>

using namespace recog::recognition;

TEST_CASE("descriptions that say the same have one normal form") {
    struct Row {
        const char* text;
        const char* normal;
    };
    for (const Row& row : {
             Row{"", ""},
             Row{"  ,.;-/\\^= ", ""},
             Row{"胸部CT平扫", "胸部ct平扫"},
             Row{" 胸部 CT 平扫 ", "胸部ct平扫"},
             Row{"胸部ＣＴ（平扫）", "胸部ct平扫"},
             Row{"【胸部】、CT·平扫", "胸部ct平扫"},
             Row{"平扫＋增强", "平扫+增强"},
             Row{"頭顱CT平掃", "头颅ct平扫"},
             Row{"CT Chest W/O", "ct chest w o"},
             Row{"C-SPINE_AP/LAT", "c spine ap lat"},
             Row{"CHEST\tPA\r\nLAT", "chest pa lat"},
             Row{"Brain\xC2\xA0MRA", "brain mra"},
             Row{"ﬁstula Ⅱ", "fistula ii"},
             Row{"STRASSE straße", "strasse strasse"},
             Row{"平扫𠮷", "平扫𠮷"},
             Row{"C+", "c+"},
         }) {
        CAPTURE(row.text);
        CHECK(normal_form(row.text) == row.normal);
        CHECK(normal_form(normal_form(row.text)) == row.normal);
    }
}

TEST_CASE("bytes that are no UTF-8 have a normal form too") {
    for (const char* text :
         {"\xFF", "胸\xE9", "\xE8\x83", "a\x80z", "\xED\xA0\x80", "\xE4\x41\x41", "\xE5\x90\xC0"}) {
        CAPTURE(text);
        CHECK(normal_form(normal_form(text)) == normal_form(text));
    }
}

TEST_CASE("terms are found as whole words in Latin script and anywhere in Chinese") {
    const TermTrie trie({"ct", "胸", "胸部", "c+", "chest ct", "2"});
    struct Row {
        const char* text;
        std::vector<std::uint32_t> terms;
    };
    for (const Row& row : {
             Row{"", {}},
             Row{"胸部ct平扫", {1, 2, 0}},
             Row{"chest ct", {4, 0}},
             Row{"chest cta", {}},
             Row{"act", {}},
             Row{"ct2", {}},
             Row{"2 ct", {5, 0}},
             Row{"胸ct胸", {1, 0, 1}},
             Row{"c+", {3}},
             Row{"c+ct", {3, 0}},
             Row{"\xE8\x83", {}},
         }) {
        CAPTURE(row.text);
        std::vector<TermTrie::Hit> hits;
        trie.find(row.text, hits);
        std::vector<std::uint32_t> terms;
        for (const TermTrie::Hit& hit : hits) {
            terms.push_back(hit.term);
        }
        CHECK(terms == row.terms);
    }
}

TEST_CASE("contrast is what the longest of overlapping words says") {
    const DescriptionReader reader({}, {});
    struct Row {
        const char* text;
        bool plain;
        bool enhanced;
    };
    for (const Row& row : {
             Row{"", false, false},
             Row{"胸部CT", false, false},
             Row{"平扫", true, false},
             Row{"增强", false, true},
             Row{"非增强", true, false},
             Row{"平扫+增强", true, true},
             Row{"平扫，非增强", true, false},
             Row{"不用造影剂", true, false},
             Row{"造影剂增强", false, true},
             Row{"without contrast", true, false},
             Row{"with contrast", false, true},
             Row{"with and without contrast", true, true},
             Row{"W/WO CONTRAST", true, true},
             Row{"W & W/O", true, true},
             Row{"W/O", true, false},
             Row{"WO", true, false},
             Row{"WORK", false, false},
             Row{"non-contrast", true, false},
             Row{"pre and post contrast", true, true},
             Row{"post-contrast", false, true},
             Row{"unenhanced", true, false},
             Row{"enhanced", false, true},
             Row{"动脉期", false, true},
             Row{"C+", false, true},
             Row{"C-SPINE", false, false},
         }) {
        CAPTURE(row.text);
        const Reading reading = reader.read(normal_form(row.text));
        CHECK(reading.plain == row.plain);
        CHECK(reading.enhanced == row.enhanced);
    }
}

TEST_CASE("a description beyond the limit is read up to it") {
    const DescriptionReader reader({}, {"灌注"});
    const std::string filler(max_description - 3, 'x');
    CHECK(reader.read("灌注" + filler).words.any());
    CHECK_FALSE(reader.read(filler + "灌注").words.any());
    CHECK_FALSE(reader.read(std::string(1U << 20U, 'a')).words.any());
}
