#include "core/dicom/pinyin.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unordered_map>

namespace recog::dicom {

namespace {

constexpr char32_t kFirst = 0x3400; // CJK extension A
constexpr char32_t kLast = 0x9FFF;  // end of the basic block
constexpr char32_t kAtOnce = 128;   // ICU replaces inside one text, which is quadratic in its length

struct NamedReading {
    std::u32string_view characters;
    std::string_view reading;
};

// Family names that are read otherwise than the word.
constexpr std::array kFamilyNames{
    NamedReading{U"曾", "zeng"}, NamedReading{U"单", "shan"},  NamedReading{U"單", "shan"},
    NamedReading{U"仇", "qiu"},  NamedReading{U"解", "xie"},   NamedReading{U"查", "zha"},
    NamedReading{U"区", "ou"},   NamedReading{U"區", "ou"},    NamedReading{U"朴", "piao"},
    NamedReading{U"翟", "zhai"}, NamedReading{U"乐", "yue"},   NamedReading{U"樂", "yue"},
    NamedReading{U"缪", "miao"}, NamedReading{U"繆", "miao"},  NamedReading{U"宓", "fu"},
    NamedReading{U"繁", "po"},   NamedReading{U"种", "chong"}, NamedReading{U"折", "she"},
    NamedReading{U"黑", "he"},   NamedReading{U"员", "yun"},   NamedReading{U"隗", "wei"},
    NamedReading{U"覃", "qin"},  NamedReading{U"洗", "xian"},  NamedReading{U"尉", "wei"},
    NamedReading{U"谌", "chen"}, NamedReading{U"諶", "chen"},  NamedReading{U"盖", "ge"},
    NamedReading{U"蓋", "ge"},   NamedReading{U"车", "che"},   NamedReading{U"臧", "zang"},
    NamedReading{U"召", "shao"}, NamedReading{U"冼", "xian"},  NamedReading{U"石", "shi"},
};

constexpr std::array kDoubleFamilyNames{
    NamedReading{U"欧阳", "ouyang"},  NamedReading{U"歐陽", "ouyang"},    NamedReading{U"司马", "sima"},
    NamedReading{U"司馬", "sima"},    NamedReading{U"上官", "shangguan"}, NamedReading{U"诸葛", "zhuge"},
    NamedReading{U"諸葛", "zhuge"},   NamedReading{U"东方", "dongfang"},  NamedReading{U"東方", "dongfang"},
    NamedReading{U"皇甫", "huangfu"}, NamedReading{U"尉迟", "yuchi"},     NamedReading{U"尉遲", "yuchi"},
    NamedReading{U"公孙", "gongsun"}, NamedReading{U"公孫", "gongsun"},   NamedReading{U"慕容", "murong"},
    NamedReading{U"令狐", "linghu"},  NamedReading{U"夏侯", "xiahou"},    NamedReading{U"司徒", "situ"},
    NamedReading{U"司空", "sikong"},  NamedReading{U"万俟", "moqi"},      NamedReading{U"澹台", "tantai"},
    NamedReading{U"端木", "duanmu"},  NamedReading{U"长孙", "zhangsun"},  NamedReading{U"長孫", "zhangsun"},
    NamedReading{U"宇文", "yuwen"},   NamedReading{U"独孤", "dugu"},      NamedReading{U"南宫", "nangong"},
    NamedReading{U"南宮", "nangong"}, NamedReading{U"东郭", "dongguo"},   NamedReading{U"西门", "ximen"},
    NamedReading{U"西門", "ximen"},   NamedReading{U"呼延", "huyan"},     NamedReading{U"轩辕", "xuanyuan"},
    NamedReading{U"闻人", "wenren"},  NamedReading{U"赫连", "helian"},    NamedReading{U"拓跋", "tuoba"},
    NamedReading{U"百里", "baili"},   NamedReading{U"鲜于", "xianyu"},    NamedReading{U"单于", "chanyu"},
    NamedReading{U"钟离", "zhongli"}, NamedReading{U"濮阳", "puyang"},    NamedReading{U"太史", "taishi"},
    NamedReading{U"申屠", "shentu"},  NamedReading{U"第五", "diwu"},      NamedReading{U"淳于", "chunyu"},
};

// Characters whose second reading is common in given names.
constexpr std::array kSecondReadings{
    NamedReading{U"长", "chang"}, NamedReading{U"長", "chang"}, NamedReading{U"重", "chong"},
    NamedReading{U"乐", "yue"},   NamedReading{U"樂", "yue"},   NamedReading{U"朝", "zhao"},
    NamedReading{U"晟", "sheng"}, NamedReading{U"茜", "xi"},    NamedReading{U"莘", "xin"},
    NamedReading{U"娜", "nuo"},   NamedReading{U"行", "hang"},  NamedReading{U"曾", "zeng"},
    NamedReading{U"降", "xiang"}, NamedReading{U"传", "zhuan"}, NamedReading{U"盛", "cheng"},
    NamedReading{U"柏", "bo"},    NamedReading{U"还", "huan"},  NamedReading{U"藏", "zang"},
    NamedReading{U"覃", "tan"},   NamedReading{U"隗", "kui"},   NamedReading{U"沈", "shen"},
    NamedReading{U"薄", "bo"},    NamedReading{U"谷", "yu"},    NamedReading{U"贾", "jia"},
    NamedReading{U"賈", "jia"},   NamedReading{U"尉", "yu"},    NamedReading{U"圳", "zhen"},
    NamedReading{U"都", "du"},    NamedReading{U"相", "xiang"}, NamedReading{U"参", "shen"},
};

const NamedReading* find(std::span<const NamedReading> table, std::u32string_view characters) {
    const auto at = std::find_if(table.begin(), table.end(),
                                 [&](const NamedReading& row) { return row.characters == characters; });
    return at != table.end() ? &*at : nullptr;
}

/// Reading of each ideograph of two blocks, as a number into a list of syllables.
class SyllableTable {
public:
    SyllableTable() : syllables_{""}, of_(kLast - kFirst + 1, 0) {
        UErrorCode status = U_ZERO_ERROR;
        const std::unique_ptr<icu::Transliterator> rules(
            icu::Transliterator::createInstance("Han-Latin; Latin-ASCII", UTRANS_FORWARD, status));
        if (U_FAILURE(status) != 0 || rules == nullptr) {
            return; // ICU without these rules: names are then found by their ideographs alone
        }
        for (char32_t first = kFirst; first <= kLast; first += kAtOnce) {
            read(*rules, first, std::min<char32_t>(first + kAtOnce - 1, kLast));
        }
        known_.clear();
    }

    /// Empty when the character has none.
    std::string_view operator[](char32_t c) const {
        return c >= kFirst && c <= kLast ? syllables_[of_[c - kFirst]] : std::string_view();
    }

private:
    void read(const icu::Transliterator& rules, char32_t first, char32_t last) {
        icu::UnicodeString text;
        for (char32_t c = first; c <= last; ++c) {
            text.append(static_cast<UChar32>(c)).append(u'\n');
        }
        rules.transliterate(text);
        std::string lines;
        text.toUTF8String(lines);
        std::size_t begin = 0;
        for (char32_t c = first; c <= last && begin < lines.size(); ++c) {
            const std::size_t end = std::min(lines.find('\n', begin), lines.size());
            set(c, std::string_view(lines).substr(begin, end - begin));
            begin = end + 1;
        }
    }

    void set(char32_t c, std::string_view syllable) {
        const bool latin = std::all_of(syllable.begin(), syllable.end(),
                                       [](char letter) { return letter >= 'a' && letter <= 'z'; });
        if (!latin) {
            return;
        }
        const auto next = static_cast<std::uint16_t>(syllables_.size());
        const auto [at, fresh] = known_.try_emplace(std::string(syllable), next);
        if (fresh) {
            syllables_.emplace_back(syllable);
        }
        of_[c - kFirst] = at->second;
    }

    std::vector<std::string> syllables_;
    std::vector<std::uint16_t> of_;
    std::unordered_map<std::string, std::uint16_t> known_; ///< while building
};

const SyllableTable& syllables() {
    static const SyllableTable table; // immutable once built
    return table;
}

std::string to_utf8(char32_t c) {
    std::string out;
    icu::UnicodeString(static_cast<UChar32>(c)).toUTF8String(out);
    return out;
}

std::vector<std::string> readings_of(char32_t c, bool family) {
    const std::u32string_view text(&c, 1);
    std::vector<std::string> readings;
    const NamedReading* own = family ? find(kFamilyNames, text) : nullptr;
    const std::string_view usual = syllables()[c];
    if (own != nullptr) {
        readings.emplace_back(own->reading);
    } else {
        readings.push_back(usual.empty() ? to_utf8(c) : std::string(usual));
    }
    const NamedReading* second = find(kSecondReadings, text);
    if (second != nullptr && second->reading != readings.front()) {
        readings.emplace_back(second->reading);
    }
    return readings;
}

/// Appends each way of `endings` to each of `beginnings`, the first ways first.
void multiply(std::vector<SpokenParts>& beginnings, const std::vector<std::string>& endings) {
    if (endings.size() == 1 || beginnings.size() == kMaxReadings) {
        for (SpokenParts& beginning : beginnings) {
            beginning.back() += endings.front();
        }
        return;
    }
    std::vector<SpokenParts> all;
    for (const std::string& ending : endings) {
        for (const SpokenParts& beginning : beginnings) {
            if (all.size() == kMaxReadings) {
                break;
            }
            all.push_back(beginning);
            all.back().back() += ending;
        }
    }
    beginnings = std::move(all);
}

bool is_ideograph(char32_t c) {
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_IDEOGRAPHIC) != 0;
}

void split_family_name(std::vector<std::u32string>& parts) {
    if (parts.size() != 1 || parts[0].size() < 2 ||
        !std::all_of(parts[0].begin(), parts[0].end(), is_ideograph)) {
        return;
    }
    const std::u32string whole = parts[0];
    const bool twice = whole.size() > 2 && find(kDoubleFamilyNames, whole.substr(0, 2)) != nullptr;
    const std::size_t family = twice ? 2 : 1;
    parts = {whole.substr(0, family), whole.substr(family)};
}

} // namespace

std::vector<SpokenParts> read_pinyin(std::vector<std::u32string> parts) {
    split_family_name(parts);
    std::vector<SpokenParts> readings(1);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        for (SpokenParts& reading : readings) {
            reading.emplace_back();
        }
        const NamedReading* twice = i == 0 ? find(kDoubleFamilyNames, parts[i]) : nullptr;
        if (twice != nullptr) {
            multiply(readings, {std::string(twice->reading)});
            continue;
        }
        for (std::size_t at = 0; at < parts[i].size(); ++at) {
            multiply(readings, readings_of(parts[i][at], i == 0 && at == 0));
        }
    }
    return readings;
}

} // namespace recog::dicom
