#include "core/dicom/person_name.hpp"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>

using namespace recog::dicom;

namespace {

bool has_key(std::string_view value, const std::string& key) {
    const auto keys = name_keys(value);
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

} // namespace

TEST_CASE("a name is read into groups and components") {
    const auto name = PersonName::parse("Wang^XiaoDong^^Dr =王^小东=");
    CHECK(name.groups[0] == "Wang^XiaoDong^^Dr");
    CHECK(name.components[0][0] == "Wang");
    CHECK(name.components[0][3] == "Dr");
    CHECK(name.components[1][1] == "小东");
    CHECK(name.groups[2].empty());
    CHECK(PersonName::parse("^^=").empty());
    CHECK(PersonName::parse("a=b=c=d").groups[2] == "c");
    CHECK(PersonName::parse("1^2^3^4^5^6").components[0][4] == "5");
}

TEST_CASE("names fold for comparison") {
    struct Row {
        const char* text;
        const char* folded;
        const char* compact;
    };
    for (const Row& row :
         {Row{"Wang^XiaoDong^^", "wang^xiaodong", "wangxiaodong"},
          Row{"  WANG   Xiao-Dong ", "wang xiao-dong", "wangxiaodong"},
          Row{"Wang ^ Xiao", "wang^xiao", "wangxiao"}, Row{"Müller^Jérôme", "muller^jerome", "mullerjerome"},
          Row{"ŁUKASZ", "lukasz", "lukasz"}, Row{"Straße", "strasse", "strasse"},
          Row{"Ærø Œ", "aero oe", "aerooe"}, Row{"ＷＡＮＧ　小东", "wang 小东", "wang小东"},
          Row{"王^小东", "王^小东", "王小东"}, Row{"ﾔﾏﾀﾞ^ﾀﾛｳ", "ヤマダ^タロウ", "ヤマダタロウ"},
          Row{"O’Brien", "o’brien", "obrien"}, Row{"买买提·吐尔逊", "买买提·吐尔逊", "买买提吐尔逊"},
          Row{"İbrahim", "ibrahim", "ibrahim"}, Row{"Wang*^?", "wang*^?", "wang*?"}, Row{"", "", ""},
          Row{"^^^", "", ""}, Row{"^Given", "^given", "given"}}) {
        CAPTURE(row.text);
        CHECK(fold_name_group(row.text) == row.folded);
        CHECK(compact_name(row.text) == row.compact);
    }
}

TEST_CASE("one name has one key, however it is separated") {
    for (const char* text :
         {"Wang^XiaoDong", "wang xiaodong", "WANGXIAODONG", "Wang^Xiao-Dong", "WANG^XIAODONG^^^"}) {
        CHECK(has_key(text, "wangxiaodong"));
    }
    for (const char* text : {"王小东", "王^小东", "Wang^XiaoDong=王^小东", "王　小东"}) {
        CHECK(has_key(text, "王小东"));
        CHECK(has_key(text, "~wanxiaodon"));
        CHECK(has_key(text, "~xiaodonwan"));
    }
    CHECK(name_keys("").empty());
    CHECK(name_keys("^=^").empty());
    CHECK(name_keys("王小东") == std::vector<std::string>{"~wanxiaodon", "~xiaodonwan", "王小东"});
    CHECK(has_key("Li^Na\\Wang^Wei", "wangwei"));
}

TEST_CASE("names are read as they are spoken") {
    CHECK(spoken_parts("欧阳娜娜").front() == SpokenParts{"ouyang", "nana"});
    CHECK(spoken_parts("曾^国藩").front() == SpokenParts{"zeng", "guofan"});
    CHECK(spoken_parts("单").front() == SpokenParts{"shan"});
    CHECK(spoken_parts("Wang^Xiao Dong^^Dr").front() == SpokenParts{"wang", "xiao", "dong"});
    CHECK(spoken_parts("").empty());
    CHECK(spoken_parts("𠮷").front() == SpokenParts{"𠮷"});
}

TEST_CASE("a name of a megabyte is read in a moment") {
    std::string name;
    while (name.size() < 1'000'000) {
        name += "长乐";
    }
    const auto began = std::chrono::steady_clock::now();
    CHECK(name_keys(name).size() <= 75);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20)); // seconds, not hours
}

TEST_CASE("keys are bounded, whatever the name") {
    std::string many = "长";
    for (int i = 0; i < 200; ++i) {
        many += "^长乐 a-b";
    }
    const auto keys = name_keys(many + "=" + many + "=" + many);
    CHECK(keys.size() <= 75);
    for (const std::string& key : keys) {
        CHECK(key.size() <= kMaxNameKeyBytes);
    }
    std::string values = "a0";
    for (int i = 1; i < 100; ++i) {
        values += "\\a" + std::to_string(i);
    }
    CHECK(name_keys(values).size() == 32);
}
