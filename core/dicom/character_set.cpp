#include "core/dicom/character_set.hpp"

#include "core/base/utf8.hpp"
#include "core/dicom/character_set_shape.hpp"
#include "core/dicom/character_set_terms.hpp"
#include "core/dicom/code_extensions.hpp"
#include "core/dicom/text_converter.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

constexpr char kEscape = '\x1B';
constexpr std::size_t kMaxTerms = 16;
constexpr std::size_t kMaxEncoded = std::size_t{1} << 26U;

bool is_high(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

/// In GB18030 bytes: four bytes have a digit second, which two bytes never have.
bool has_four_byte_character(std::string_view bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += is_high(bytes[i]) ? 2 : 1) {
        if (is_high(bytes[i]) && bytes[i + 1] >= '0' && bytes[i + 1] <= '9') {
            return true;
        }
    }
    return false;
}

std::string_view strip_padding(std::string_view raw) {
    while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0')) {
        raw.remove_suffix(1);
    }
    return raw;
}

} // namespace

struct CharacterSetDecoder::State {
    CharacterSetTerm first;
    CodedSet extension = CodedSet::None; ///< of the further terms, the first double-byte set for G1
    CodedSet undeclared = CodedSet::Gb18030;
    bool undeclared_is_configured = false;
    bool declared = false;
    bool errors = false;
    bool mended = false;
    SetConverters converters;

    bool chinese_here() const { return undeclared == CodedSet::Gb18030; }
    std::string decode(std::string_view raw, std::string_view vr);
    std::string decode_alone(CodedSet set, std::string_view raw);
    std::string decode_declared_alone(std::string_view raw);
    std::string decode_unknown(std::string_view raw);
    std::string decode_single_byte(std::string_view raw, std::string_view vr);
    std::string mend(CodedSet set, std::string_view raw);
};

std::string CharacterSetDecoder::State::mend(CodedSet set, std::string_view raw) {
    mended = declared;
    return decode_alone(set, raw);
}

/// A set without code extensions, for the whole value.
std::string CharacterSetDecoder::State::decode_alone(CodedSet set, std::string_view raw) {
    std::string out;
    if (set != CodedSet::Utf8) {
        errors = !converters.append_utf8(set, raw, out) || errors;
        return out;
    }
    const std::size_t cut = cut_utf8_tail(raw);
    raw.remove_suffix(cut);
    errors = errors || cut > 0 || !is_utf8(raw);
    return replace_invalid_utf8(raw);
}

/// High bytes, and no set to read them in.
std::string CharacterSetDecoder::State::decode_unknown(std::string_view raw) {
    const HanziShape hanzi = hanzi_shape(raw);
    const Utf8Shape utf8 = utf8_shape(raw);
    if (utf8.valid && !(chinese_here() && is_hanzi_rather_than_utf8(hanzi, utf8))) {
        return mend(CodedSet::Utf8, raw);
    }
    if (chinese_here() && !undeclared_is_configured && is_latin_rather_than_hanzi(hanzi)) {
        return mend(CodedSet::Latin1, raw);
    }
    return mend(undeclared, raw);
}

/// A declared single-byte set in G1, and no escape sequence: the case where senders lie most.
std::string CharacterSetDecoder::State::decode_single_byte(std::string_view raw, std::string_view vr) {
    ExtendedText text(first, extension, vr, converters);
    std::string as_declared = text.read(raw);
    const HanziShape hanzi = hanzi_shape(raw);
    const Utf8Shape utf8 = utf8_shape(raw);
    const bool latin = is_latin(first.g1);
    if ((latin || text.damaged()) && utf8.valid &&
        !(chinese_here() && is_hanzi_rather_than_utf8(hanzi, utf8))) {
        return mend(CodedSet::Utf8, raw);
    }
    const bool implausible = latin ? is_hanzi_rather_than_latin(hanzi, first.g1 != CodedSet::Latin1)
                                   : text.damaged() && hanzi.valid && hanzi.ideographs > 0;
    if (chinese_here() && implausible) {
        return mend(CodedSet::Gb18030, raw);
    }
    errors = errors || text.damaged();
    return as_declared;
}

/// UTF-8, GB18030 or GBK declared, and perhaps another of them sent.
std::string CharacterSetDecoder::State::decode_declared_alone(std::string_view raw) {
    const HanziShape hanzi = hanzi_shape(raw);
    const Utf8Shape utf8 = utf8_shape(raw);
    if (first.alone == CodedSet::Utf8) {
        const bool sent_hanzi = !utf8.valid && chinese_here() && is_hanzi_rather_than_latin(hanzi, true);
        return sent_hanzi ? mend(CodedSet::Gb18030, raw) : decode_alone(CodedSet::Utf8, raw);
    }
    // Real GBK that is valid UTF-8 would need a rare hanzi in each third place, and the bytes of each to fit.
    const bool common = hanzi.valid && !hanzi.cut && hanzi.extended == 0;
    if (utf8.valid && !utf8.cut && utf8.longer > 0 && utf8.two_byte == 0 && !common) {
        return mend(CodedSet::Utf8, raw);
    }
    return decode_alone(first.alone, raw);
}

std::string CharacterSetDecoder::State::decode(std::string_view raw, std::string_view vr) {
    if (first.alone != CodedSet::None) {
        return decode_declared_alone(raw);
    }
    const bool high = std::any_of(raw.begin(), raw.end(), is_high);
    const bool escapes = raw.find(kEscape) != std::string_view::npos;
    if (high && !escapes) {
        if (first.g1 == CodedSet::None && extension == CodedSet::None) {
            return decode_unknown(raw);
        }
        const CodedSet g1 = first.g1 != CodedSet::None ? first.g1 : extension;
        if (!is_double_byte(g1)) {
            return decode_single_byte(raw, vr);
        }
        if (utf8_shape(raw).longer > 0 && utf8_shape(raw).valid && !hanzi_shape(raw).lone_pairs) {
            return mend(CodedSet::Utf8, raw);
        }
        // Sent without its escape sequence. GB 2312 may be GBK then, with 0x5C and 0x5E inside characters.
        if (g1 == CodedSet::Gb2312) {
            return decode_alone(CodedSet::Gb18030, raw);
        }
    }
    ExtendedText text(first, extension, vr, converters);
    std::string out = text.read(raw);
    errors = errors || text.damaged();
    return out;
}

CharacterSetDecoder::CharacterSetDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
CharacterSetDecoder::CharacterSetDecoder(CharacterSetDecoder&&) noexcept = default;
CharacterSetDecoder& CharacterSetDecoder::operator=(CharacterSetDecoder&&) noexcept = default;
CharacterSetDecoder::~CharacterSetDecoder() = default;

CharacterSetDecoder CharacterSetDecoder::for_terms(std::string_view specific_character_set,
                                                   std::string_view institution_default) {
    auto state = std::make_unique<State>();
    const std::string_view terms = strip_padding(specific_character_set);
    std::size_t count = 0;
    for (std::size_t begin = 0; begin <= terms.size() && count < kMaxTerms; ++count) {
        const std::size_t end = std::min(terms.find('\\', begin), terms.size());
        const auto term = parse_character_set_term(terms.substr(begin, end - begin));
        if (term && count == 0) {
            state->first = *term;
        }
        if (term && count > 0 && is_double_byte(term->g1) && state->extension == CodedSet::None) {
            state->extension = term->g1;
        }
        state->declared = state->declared || (term && end > begin);
        begin = end + 1;
    }
    const auto fallback = parse_character_set_term(institution_default);
    if (fallback && !institution_default.empty()) {
        state->undeclared_is_configured = true;
        state->undeclared = fallback->alone != CodedSet::None ? fallback->alone : fallback->g1;
        if (state->undeclared == CodedSet::Gb2312) {
            state->undeclared = CodedSet::Gb18030;
        }
        if (state->undeclared == CodedSet::None) { // ISO_IR 6 says nothing about high bytes
            state->undeclared = CodedSet::Latin1;
        }
    }
    return CharacterSetDecoder(std::move(state));
}

std::string CharacterSetDecoder::decode(std::string_view raw, std::string_view vr) {
    raw = strip_padding(raw);
    const bool plain =
        std::all_of(raw.begin(), raw.end(), [](char c) { return !is_high(c) && c != kEscape; });
    if (plain && state_->first.g0 == CodedSet::Ascii) {
        return std::string(raw);
    }
    return state_->decode(raw, vr);
}

bool CharacterSetDecoder::had_errors() const {
    return state_->errors;
}

bool CharacterSetDecoder::mended() const {
    return state_->mended;
}

bool CharacterSetDecoder::declared() const {
    return state_->declared;
}

std::optional<std::string> encode(std::string_view utf8, std::string_view term) {
    const auto parsed = parse_character_set_term(term);
    if (!parsed || utf8.size() > kMaxEncoded || !is_utf8(utf8)) {
        return std::nullopt;
    }
    if (parsed->alone == CodedSet::Utf8 || std::none_of(utf8.begin(), utf8.end(), is_high)) {
        return std::string(utf8);
    }
    const CodedSet set = parsed->alone != CodedSet::None ? parsed->alone : parsed->g1;
    const char* name = converter_name(set);
    // G1 sets of two bytes need escape sequences, which are for reading only.
    if (name == nullptr || (is_double_byte(set) && parsed->alone == CodedSet::None)) {
        return std::nullopt;
    }
    auto converter = TextConverter::open(name);
    auto bytes = converter ? converter->from_utf8(utf8) : std::nullopt;
    std::string back;
    if (!bytes || !converter->append_utf8(*bytes, back) || back != utf8) {
        return std::nullopt;
    }
    return parsed->two_bytes_only && has_four_byte_character(*bytes) ? std::nullopt : bytes;
}

bool is_known_character_set(std::string_view term) {
    return !term.empty() && parse_character_set_term(term).has_value();
}

} // namespace recog::dicom
