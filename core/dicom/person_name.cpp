#include "core/dicom/person_name.hpp"

#include "core/base/utf8.hpp"
#include "core/dicom/attribute_set.hpp"
#include "core/dicom/padding.hpp"

#include <algorithm>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace recog::dicom {

namespace {

constexpr std::size_t kMaxParts = 6;
constexpr std::size_t kMaxSpokenBytes = 512; // of one group; PS3.5 allows 64 characters

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Letters that do not decompose into a base letter and a mark.
const char16_t* plain_letters(UChar32 c) {
    switch (c) {
    case 0x142: // ł
        return u"l";
    case 0xF8: // ø
        return u"o";
    case 0x111: // đ
    case 0xF0:  // ð
        return u"d";
    case 0x127: // ħ
        return u"h";
    case 0x131: // ı
        return u"i";
    case 0xE6: // æ
        return u"ae";
    case 0x153: // œ
        return u"oe";
    case 0xFE: // þ
        return u"th";
    default:
        return nullptr;
    }
}

icu::UnicodeString without_marks(const icu::UnicodeString& decomposed) {
    icu::UnicodeString out;
    for (int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
        const UChar32 c = decomposed.char32At(i);
        const bool mark = c >= 0x300 && c <= 0x36F; // not the voicing marks of kana
        if (const char16_t* plain = plain_letters(c)) {
            out.append(plain, -1);
        } else if (!mark) {
            out.append(c);
        }
    }
    return out;
}

std::string fold_characters(std::string_view text) {
    std::string out;
    if (is_ascii(text)) {
        out = text;
        std::transform(out.begin(), out.end(), out.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
        return out;
    }
    UErrorCode status = U_ZERO_ERROR;
    const auto* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
    const auto* decompose = icu::Normalizer2::getNFDInstance(status);
    const auto* compose = icu::Normalizer2::getNFCInstance(status);
    if (U_FAILURE(status) != 0) {
        return std::string(text);
    }
    icu::UnicodeString work =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
    work = casefold->normalize(work, status);
    work = without_marks(decompose->normalize(work, status));
    work = compose->normalize(work, status);
    if (U_FAILURE(status) != 0) {
        return std::string(text);
    }
    work.toUTF8String(out);
    return out;
}

/// Bytes of what separates the parts of a name at the start of `text`; 0 when nothing does.
std::size_t separator_length(std::string_view text) {
    static constexpr std::string_view kAscii = "^ -'.,`";
    if (kAscii.find(text[0]) != std::string_view::npos) {
        return 1;
    }
    for (const std::string_view sign : {"·", "・", "•", "‧", "’", "‘", "‐", "–", "、", "，", "。"}) {
        if (text.starts_with(sign)) {
            return sign.size();
        }
    }
    return 0;
}

/// The parts of a folded group between whatever separates them, none empty.
std::vector<std::string> split_parts(std::string_view folded) {
    std::vector<std::string> parts;
    bool open = false;
    while (!folded.empty()) {
        if (const std::size_t length = separator_length(folded)) {
            open = false;
            folded.remove_prefix(length);
            continue;
        }
        if (!open) {
            parts.emplace_back();
            open = true;
        }
        parts.back() += folded[0];
        folded.remove_prefix(1);
    }
    return parts;
}

/// Family, given and middle name: prefixes and suffixes are titles.
std::string_view without_titles(std::string_view group) {
    std::size_t end = 0;
    for (int component = 0; component < 3; ++component) {
        end = group.find('^', component == 0 ? 0 : end + 1);
        if (end == std::string_view::npos) {
            return group;
        }
    }
    return group.substr(0, end);
}

std::u32string to_utf32(std::string_view text) {
    const auto wide =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
    std::u32string out;
    for (int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1)) {
        out += static_cast<char32_t>(wide.char32At(i));
    }
    return out;
}

void add_group_keys(std::string_view group, std::vector<std::string>& keys) {
    const std::string plain = compact_name(group);
    if (plain.empty()) {
        return;
    }
    keys.emplace_back(cut_name_key(plain));
    for (const SpokenParts& parts : spoken_parts(group)) {
        for (std::size_t first = 0; first < parts.size(); ++first) {
            std::string joined;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                joined += parts[(first + i) % parts.size()];
            }
            keys.emplace_back(cut_name_key("~" + fuzzy_spelling(joined)));
        }
    }
}

} // namespace

PersonName PersonName::parse(std::string_view value) {
    PersonName name;
    for (std::size_t g = 0; g < kGroups && !value.empty(); ++g) {
        const std::size_t end = std::min(value.find('='), value.size());
        std::string_view group = strip_padding(value.substr(0, end));
        value.remove_prefix(std::min(end + 1, value.size()));
        name.groups[g] = group;
        for (std::size_t c = 0; c < kComponents && !group.empty(); ++c) {
            const std::size_t stop = std::min(group.find('^'), group.size());
            name.components[g][c] = strip_padding(group.substr(0, stop));
            group.remove_prefix(std::min(stop + 1, group.size()));
        }
    }
    return name;
}

bool PersonName::empty() const {
    return std::all_of(groups.begin(), groups.end(), [](std::string_view group) {
        return group.find_first_not_of("^ ") == std::string_view::npos;
    });
}

std::string fold_name_group(std::string_view group) {
    const std::string folded = fold_characters(group);
    std::string out;
    for (const char c : folded) {
        const bool after_separator = out.empty() || out.back() == ' ' || out.back() == '^';
        if (c == ' ' && after_separator) {
            continue;
        }
        if (c == '^' && !out.empty() && out.back() == ' ') {
            out.pop_back();
        }
        out += c;
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == '^' || out.back() == '\0')) {
        out.pop_back();
    }
    return out;
}

std::string compact_name(std::string_view group) {
    std::string out;
    for (const std::string& part : split_parts(fold_name_group(group))) {
        out += part;
    }
    return out;
}

bool has_ideographs(std::string_view text) {
    if (is_ascii(text)) {
        return false;
    }
    const std::u32string wide = to_utf32(text);
    return std::any_of(wide.begin(), wide.end(), [](char32_t c) {
        return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_IDEOGRAPHIC) != 0;
    });
}

std::vector<SpokenParts> spoken_parts(std::string_view group) {
    group = utf8_prefix(without_titles(group), kMaxSpokenBytes);
    std::vector<std::string> parts = split_parts(fold_name_group(group));
    if (parts.size() > kMaxParts) {
        for (std::size_t i = kMaxParts; i < parts.size(); ++i) {
            parts[kMaxParts - 1] += parts[i];
        }
        parts.resize(kMaxParts);
    }
    if (parts.empty()) {
        return {};
    }
    if (!has_ideographs(group)) {
        return {std::move(parts)};
    }
    std::vector<std::u32string> wide;
    std::transform(parts.begin(), parts.end(), std::back_inserter(wide), to_utf32);
    return read_pinyin(std::move(wide));
}

std::string fuzzy_spelling(std::string_view compact) {
    std::string merged;
    for (const char c : compact) {
        const char before = merged.empty() ? '\0' : merged.back();
        const bool retroflex = c == 'h' && (before == 'z' || before == 'c' || before == 's');
        if (!retroflex && !(c == 'g' && before == 'n')) {
            merged += c;
        }
    }
    std::string out;
    for (std::size_t i = 0; i < merged.size(); ++i) {
        const bool after_l_or_n = !out.empty() && (out.back() == 'l' || out.back() == 'n');
        if (after_l_or_n && merged.compare(i, 2, "yu") == 0) {
            continue; // lyu, nyu: how passports write lü, nü
        }
        out += after_l_or_n && merged[i] == 'v' ? 'u' : merged[i];
    }
    return out;
}

std::string cut_name_key(std::string_view key) {
    return std::string(utf8_prefix(key, kMaxNameKeyBytes));
}

std::vector<std::string> name_keys(std::string_view value) {
    std::vector<std::string> keys;
    std::vector<std::string_view> values = split_values(value);
    values.resize(std::min(values.size(), kMaxNameValues));
    for (const std::string_view one : values) {
        const PersonName name = PersonName::parse(one);
        std::vector<std::string> of_this;
        for (const std::string_view group : name.groups) {
            add_group_keys(group, of_this);
        }
        std::sort(of_this.begin(), of_this.end());
        of_this.erase(std::unique(of_this.begin(), of_this.end()), of_this.end());
        keys.insert(keys.end(), of_this.begin(), of_this.end());
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

} // namespace recog::dicom
