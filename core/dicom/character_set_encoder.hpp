// UTF-8 to the bytes of one Specific Character Set (0008,0005), with the code extensions of PS3.5 6.1.2.5
// where the set has them.
#pragma once

#include "core/dicom/character_set_terms.hpp"
#include "core/dicom/text_converter.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// Opens converters when first needed. One thread.
class CharacterSetEncoder {
public:
    /// `specific_character_set`: the value of (0008,0005), several terms split by '\'; empty is the default
    /// repertoire. Spellings are mended as in reading; GB 2312 without "2022" is written as GB18030, which
    /// holds it at the same codes. nullopt when the first term cannot be written in (unknown, Big5, Japanese
    /// sets). Further terms that cannot be written in are left out.
    static std::optional<CharacterSetEncoder> for_terms(std::string_view specific_character_set);
    static CharacterSetEncoder utf8();

    /// What (0008,0005) has to hold for this: defined terms. Empty for the default repertoire.
    const std::string& terms() const { return terms_; }
    bool is_utf8() const { return base_.alone == CodedSet::Utf8; }

    /// Appends `text`, which must be UTF-8. False when a character has no place in the set; `out` is then as
    /// it was before. `vr` decides what ends code extensions: '^' and '=' in PN, '\' in all but ST, LT and
    /// UT.
    bool encode(std::string_view text, std::string_view vr, std::string& out);

    /// The same, with 〓 or, where the set has none, '?' for each character without a place. False when there
    /// was one.
    bool encode_replacing(std::string_view text, std::string_view vr, std::string& out);

private:
    bool encode_alone(std::string_view text, std::string& out);
    bool encode_extended(std::string_view text, std::string_view vr, std::string& out);
    bool append_character(std::string_view character, CodedSet& g1, std::string& out);
    std::optional<std::string> convert(CodedSet set, std::string_view text);

    CharacterSetTerm base_;
    std::vector<CodedSet> extensions_; ///< that escape sequences bring into G1
    std::string terms_;
    std::array<std::optional<TextConverter>, static_cast<std::size_t>(CodedSet::Count)> writers_;
    SetConverters readers_;
};

} // namespace recog::dicom
