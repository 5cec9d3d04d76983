// The defined terms of Specific Character Set (PS3.3 C.12.1.1.2, tables C.12-2 to C.12-5), and what senders
// write in their place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace recog::dicom {

/// A coded set of characters that can be invoked into G0 or G1, or that stands alone.
enum class CodedSet : std::uint8_t {
    None,
    Ascii,
    Latin1,
    Latin2,
    Latin3,
    Latin4,
    Latin5,
    Latin9,
    Cyrillic,
    Arabic,
    Greek,
    Hebrew,
    Thai,
    Romaji,   ///< ISO-IR 14, the left half of JIS X 0201
    Katakana, ///< ISO-IR 13, its right half
    JisX0208, ///< in G0
    JisX0212, ///< in G0
    KsX1001,  ///< in G1
    Gb2312,   ///< in G1
    Gb18030,  ///< alone, for GBK as well
    Utf8,     ///< alone
    Big5,     ///< alone; no defined term, but declared in Taiwan
    ShiftJis, ///< alone; no defined term
    Count
};

struct CharacterSetTerm {
    CodedSet g0 = CodedSet::Ascii;
    CodedSet g1 = CodedSet::None;
    /// Not None: no code extensions, the set is used for the whole value.
    CodedSet alone = CodedSet::None;
    /// GBK: reads as GB18030, but its four-byte characters may not be written.
    bool two_bytes_only = false;
};

/// One value of (0008,0005), also when misspelt: case, spaces, '_', '-' and the "2022" do not matter. Empty
/// is ISO_IR 6. nullopt for a term that nobody can know.
std::optional<CharacterSetTerm> parse_character_set_term(std::string_view term);

/// The set that an escape sequence designates (PS3.3 tables C.12-3, C.12-4), and where.
struct Designation {
    CodedSet set = CodedSet::None;
    bool g1 = false;
    std::size_t length = 0; ///< bytes, with the ESC
};

/// `text` begins with ESC. nullopt when the sequence is none of DICOM's.
std::optional<Designation> parse_escape_sequence(std::string_view text);

/// The sequence that designates a set into G1, with the ESC; empty for sets that have none there.
std::string escape_into_g1(CodedSet set);

/// The number in "ISO_IR n" of a set in G1; 0 for those without.
int registered_number(CodedSet g1);

bool is_double_byte(CodedSet set);

/// ISO 8859 sets of the Latin script.
bool is_latin(CodedSet set);

/// ICU's name of the converter; nullptr for those decoded without one.
const char* converter_name(CodedSet set);

} // namespace recog::dicom
