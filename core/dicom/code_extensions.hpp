// Values with code extensions: escape sequences that bring further sets into G0 and G1 (PS3.5 6.1.2.5, ISO
// 2022).
//
//   value      = (character | escape)*
//   escape     = ESC rest, one of those of PS3.3 tables C.12-3 and C.12-4; it holds until the next, or a
//   reset reset      = control character | '\' but in ST, LT, UT | '^' or '=' in PN: the sets of the first
//   term return
#pragma once

#include "core/dicom/character_set_terms.hpp"
#include "core/dicom/text_converter.hpp"

#include <string>
#include <string_view>

namespace recog::dicom {

/// PS3.5 6.1.2.5.3: what brings back the sets of the first term.
bool resets_code_extensions(char c, std::string_view vr);

/// Reads one value: make one for each. What G0 and G1 hold, and the run of bytes not converted yet.
class ExtendedText {
public:
    /// `fallback`: taken as G1 when the first term leaves it empty, for senders that forget the escape
    /// sequence.
    ExtendedText(const CharacterSetTerm& first, CodedSet fallback, std::string_view vr,
                 SetConverters& converters)
        : first_(first), fallback_(fallback), vr_(vr), converters_(converters) {}

    std::string read(std::string_view raw);
    /// Whether bytes were met that are no character, or a cut one.
    bool damaged() const { return damaged_; }

private:
    void reset();
    void flush();
    void add(CodedSet set, std::string_view bytes);
    void replace();
    // Each reads one character or escape sequence from the start of `raw` and returns its length.
    std::size_t step(std::string_view raw);
    std::size_t escape(std::string_view raw);
    std::size_t high(std::string_view raw);
    std::size_t double_byte_g0(std::string_view raw);
    void ascii(char c);

    CharacterSetTerm first_;
    CodedSet fallback_;
    std::string_view vr_;
    SetConverters& converters_;
    CodedSet g0_ = CodedSet::Ascii;
    CodedSet g1_ = CodedSet::None;
    CodedSet run_set_ = CodedSet::None;
    std::string run_;
    std::string out_;
    bool damaged_ = false;
};

} // namespace recog::dicom
