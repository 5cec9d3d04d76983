#include "core/dicom/character_set_terms.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <string>

namespace recog::dicom {

namespace {

constexpr std::size_t kMaxTerm = 64;

struct Registered {
    int number; ///< in the ISO International Register
    CharacterSetTerm term;
};

using enum CodedSet;

constexpr std::array kRegistered{
    Registered{6, {Ascii, None, None}},
    Registered{100, {Ascii, Latin1, None}},
    Registered{101, {Ascii, Latin2, None}},
    Registered{109, {Ascii, Latin3, None}},
    Registered{110, {Ascii, Latin4, None}},
    Registered{148, {Ascii, Latin5, None}},
    Registered{203, {Ascii, Latin9, None}},
    Registered{144, {Ascii, Cyrillic, None}},
    Registered{127, {Ascii, Arabic, None}},
    Registered{126, {Ascii, Greek, None}},
    Registered{138, {Ascii, Hebrew, None}},
    Registered{166, {Ascii, Thai, None}},
    Registered{13, {Romaji, Katakana, None}},
    Registered{14, {Romaji, Katakana, None}},
    // Multi-byte sets stand second in (0008,0005); as the first term the G1 ones are taken as invoked.
    Registered{87, {Ascii, None, None}},
    Registered{159, {Ascii, None, None}},
    Registered{149, {Ascii, KsX1001, None}},
    Registered{58, {Ascii, Gb2312, None}},
    Registered{192, {Ascii, None, Utf8}},
};

struct Spelling {
    std::string_view letters; ///< upper case, letters and digits alone
    CharacterSetTerm term;
};

constexpr std::array kSpellings{
    Spelling{"GB18030", {Ascii, None, Gb18030}},     Spelling{"GB180302000", {Ascii, None, Gb18030}},
    Spelling{"GB180302005", {Ascii, None, Gb18030}}, Spelling{"GB180302022", {Ascii, None, Gb18030}},
    Spelling{"GBK", {Ascii, None, Gb18030, true}},   Spelling{"CP936", {Ascii, None, Gb18030, true}},
    Spelling{"MS936", {Ascii, None, Gb18030, true}}, Spelling{"WINDOWS936", {Ascii, None, Gb18030, true}},
    Spelling{"GB2312", {Ascii, Gb2312, None}},       Spelling{"GB23121980", {Ascii, Gb2312, None}},
    Spelling{"GB231280", {Ascii, Gb2312, None}},     Spelling{"EUCCN", {Ascii, Gb2312, None}},
    Spelling{"UTF8", {Ascii, None, Utf8}},           Spelling{"UNICODE", {Ascii, None, Utf8}},
    Spelling{"UNICODE11UTF8", {Ascii, None, Utf8}},  Spelling{"ASCII", {Ascii, None, None}},
    Spelling{"USASCII", {Ascii, None, None}},        Spelling{"LATIN1", {Ascii, Latin1, None}},
    Spelling{"88591", {Ascii, Latin1, None}},        Spelling{"88592", {Ascii, Latin2, None}},
    Spelling{"88593", {Ascii, Latin3, None}},        Spelling{"88594", {Ascii, Latin4, None}},
    Spelling{"88595", {Ascii, Cyrillic, None}},      Spelling{"88596", {Ascii, Arabic, None}},
    Spelling{"88597", {Ascii, Greek, None}},         Spelling{"88598", {Ascii, Hebrew, None}},
    Spelling{"88599", {Ascii, Latin5, None}},        Spelling{"885911", {Ascii, Thai, None}},
    Spelling{"885915", {Ascii, Latin9, None}},       Spelling{"TIS620", {Ascii, Thai, None}},
    Spelling{"EUCKR", {Ascii, KsX1001, None}},       Spelling{"KSC5601", {Ascii, KsX1001, None}},
    Spelling{"KSX1001", {Ascii, KsX1001, None}},     Spelling{"BIG5", {Ascii, None, Big5}},
    Spelling{"SHIFTJIS", {Ascii, None, ShiftJis}},   Spelling{"SJIS", {Ascii, None, ShiftJis}},
};

struct Escape {
    std::string_view rest; ///< after the ESC
    CodedSet set;
    bool g1;
};

constexpr std::array kEscapes{
    Escape{"(B", Ascii, false},
    Escape{"(J", Romaji, false},
    Escape{")I", Katakana, true},
    Escape{"-A", Latin1, true},
    Escape{"-B", Latin2, true},
    Escape{"-C", Latin3, true},
    Escape{"-D", Latin4, true},
    Escape{"-M", Latin5, true},
    Escape{"-b", Latin9, true},
    Escape{"-L", Cyrillic, true},
    Escape{"-G", Arabic, true},
    Escape{"-F", Greek, true},
    Escape{"-H", Hebrew, true},
    Escape{"-T", Thai, true},
    Escape{"$B", JisX0208, false},
    Escape{"$(D", JisX0212, false},
    Escape{"$)C", KsX1001, true},
    Escape{"$)A", Gb2312, true},
    // JIS C 6226-1978 and the long form of JIS X 0208: not in DICOM, met in old Japanese data.
    Escape{"$@", JisX0208, false},
    Escape{"$(B", JisX0208, false},
};

std::string letters_and_digits(std::string_view term) {
    std::string out;
    for (const char c : term.substr(0, kMaxTerm)) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
    }
    return out;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<CharacterSetTerm> by_number(std::string_view digits) {
    int number = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    for (const Registered& row : kRegistered) {
        if (row.number == number) {
            return row.term;
        }
    }
    return std::nullopt;
}

std::optional<CharacterSetTerm> by_spelling(std::string_view letters) {
    for (const Spelling& row : kSpellings) {
        if (row.letters == letters) {
            return row.term;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<CharacterSetTerm> parse_character_set_term(std::string_view term) {
    const std::string letters = letters_and_digits(term);
    if (letters.empty()) {
        return CharacterSetTerm{};
    }
    if (auto found = by_spelling(letters)) {
        return found;
    }
    std::string_view rest = letters;
    const bool iso = take_prefix(rest, "ISO");
    const bool extended = iso && take_prefix(rest, "2022");
    if (take_prefix(rest, "IR") || extended) {
        if (auto found = by_number(rest)) {
            return found;
        }
    }
    return iso ? by_spelling(rest) : std::nullopt;
}

std::optional<Designation> parse_escape_sequence(std::string_view text) {
    for (const Escape& row : kEscapes) {
        if (text.substr(1).starts_with(row.rest)) {
            return Designation{row.set, row.g1, row.rest.size() + 1};
        }
    }
    return std::nullopt;
}

std::string escape_into_g1(CodedSet set) {
    for (const Escape& row : kEscapes) {
        if (row.g1 && row.set == set) {
            return "\x1B" + std::string(row.rest);
        }
    }
    return {};
}

int registered_number(CodedSet g1) {
    for (const Registered& row : kRegistered) {
        if (g1 != None && row.term.g1 == g1) {
            return row.number;
        }
    }
    return 0;
}

bool is_double_byte(CodedSet set) {
    return set == CodedSet::JisX0208 || set == CodedSet::JisX0212 || set == CodedSet::KsX1001 ||
           set == CodedSet::Gb2312;
}

bool is_latin(CodedSet set) {
    return set >= Latin1 && set <= Latin9;
}

const char* converter_name(CodedSet set) {
    switch (set) {
    case Latin1:
        return "ISO-8859-1";
    case Latin2:
        return "ISO-8859-2";
    case Latin3:
        return "ISO-8859-3";
    case Latin4:
        return "ISO-8859-4";
    case Latin5:
        return "ISO-8859-9";
    case Latin9:
        return "ISO-8859-15";
    case Cyrillic:
        return "ISO-8859-5";
    case Arabic:
        return "ISO-8859-6";
    case Greek:
        return "ISO-8859-7";
    case Hebrew:
        return "ISO-8859-8";
    case Thai:
        return "iso-8859_11-2001";
    case JisX0208:
    case JisX0212:
        return "EUC-JP";
    case KsX1001:
        return "windows-949"; // KS X 1001 and the hangul that Windows added to it
    case Gb2312:
    case Gb18030:
        return "gb18030"; // holds GB 2312 and GBK at the same codes
    case Big5:
        return "Big5";
    case ShiftJis:
        return "Shift_JIS";
    default:
        return nullptr;
    }
}

} // namespace recog::dicom
