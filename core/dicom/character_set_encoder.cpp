#include "core/dicom/character_set_encoder.hpp"

#include "core/base/utf8.hpp"
#include "core/dicom/code_extensions.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

constexpr std::size_t kMaxTerms = 16;
constexpr char kEscape = '\x1B';
constexpr std::string_view kGeta = "〓"; // stands for a character that could not be set

bool is_high(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

bool is_plain(std::string_view text) {
    return std::none_of(text.begin(), text.end(), is_high);
}

std::vector<std::string_view> split_terms(std::string_view terms) {
    while (!terms.empty() && (terms.back() == ' ' || terms.back() == '\0')) {
        terms.remove_suffix(1);
    }
    std::vector<std::string_view> split;
    for (std::size_t begin = 0; begin <= terms.size() && split.size() < kMaxTerms;) {
        const std::size_t end = std::min(terms.find('\\', begin), terms.size());
        split.push_back(terms.substr(begin, end - begin));
        begin = end + 1;
    }
    return split;
}

bool names_code_extensions(std::string_view term) {
    return term.find("2022") != std::string_view::npos;
}

/// Strict converters for writing: those for reading hold more than the national standards.
const char* writer_name(CodedSet set) {
    if (set == CodedSet::Gb2312) {
        return "ibm-1383";
    }
    return set == CodedSet::KsX1001 ? "ibm-970" : converter_name(set);
}

/// Bytes that stand in G1 alone: no C1 control, nothing that a delimiter could be taken for.
bool fits_g1(std::string_view bytes, CodedSet set) {
    return bytes.size() == (is_double_byte(set) ? 2U : 1U) &&
           std::all_of(bytes.begin(), bytes.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0xA0; });
}

std::string term_of(const CharacterSetTerm& base, const std::vector<CodedSet>& extensions) {
    if (base.alone == CodedSet::Utf8) {
        return "ISO_IR 192";
    }
    if (base.alone == CodedSet::Gb18030) {
        return base.two_bytes_only ? "GBK" : "GB18030";
    }
    const int number = registered_number(base.g1);
    if (extensions.empty()) {
        return number != 0 ? "ISO_IR " + std::to_string(number) : "";
    }
    std::string terms = number != 0 ? "ISO 2022 IR " + std::to_string(number) : "";
    for (const CodedSet set : extensions) {
        terms += "\\ISO 2022 IR " + std::to_string(registered_number(set));
    }
    return terms;
}

/// In GB18030 bytes: four bytes have a digit second, which two bytes never have. GBK has none of them.
bool has_four_byte_character(std::string_view bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += is_high(bytes[i]) ? 2 : 1) {
        if (is_high(bytes[i]) && bytes[i + 1] >= '0' && bytes[i + 1] <= '9') {
            return true;
        }
    }
    return false;
}

} // namespace

CharacterSetEncoder CharacterSetEncoder::utf8() {
    return *for_terms("ISO_IR 192");
}

std::optional<CharacterSetEncoder> CharacterSetEncoder::for_terms(std::string_view specific_character_set) {
    const auto terms = split_terms(specific_character_set);
    const auto first = parse_character_set_term(terms.front());
    if (!first || first->g0 != CodedSet::Ascii || first->alone == CodedSet::Big5 ||
        first->alone == CodedSet::ShiftJis) {
        return std::nullopt;
    }
    CharacterSetEncoder encoder;
    encoder.base_ = *first;
    if (is_double_byte(first->g1)) {
        encoder.base_ = CharacterSetTerm{};
        if (first->g1 == CodedSet::Gb2312 && !names_code_extensions(terms.front())) {
            encoder.base_.alone = CodedSet::Gb18030;
        } else {
            encoder.extensions_.push_back(first->g1);
        }
    }
    for (std::size_t i = 1; i < terms.size() && encoder.base_.alone == CodedSet::None; ++i) {
        const auto term = parse_character_set_term(terms[i]);
        const bool writable = term && term->alone == CodedSet::None && !escape_into_g1(term->g1).empty() &&
                              writer_name(term->g1) != nullptr && term->g1 != encoder.base_.g1;
        const auto& known = encoder.extensions_;
        if (writable && std::find(known.begin(), known.end(), term->g1) == known.end()) {
            encoder.extensions_.push_back(term->g1);
        }
    }
    encoder.terms_ = term_of(encoder.base_, encoder.extensions_);
    return encoder;
}

std::optional<std::string> CharacterSetEncoder::convert(CodedSet set, std::string_view text) {
    auto& writer = writers_[static_cast<std::size_t>(set)];
    if (!writer) {
        writer = TextConverter::open(writer_name(set));
    }
    auto bytes = writer ? writer->from_utf8(text) : std::nullopt;
    // What does not come back as it was has been approximated: that is another character.
    std::string back;
    if (!bytes || !readers_.append_utf8(set, *bytes, back) || back != text) {
        return std::nullopt;
    }
    return bytes;
}

bool CharacterSetEncoder::encode_alone(std::string_view text, std::string& out) {
    const auto bytes = convert(base_.alone, text);
    if (!bytes || (base_.two_bytes_only && has_four_byte_character(*bytes))) {
        return false;
    }
    out += *bytes;
    return true;
}

/// `g1`: the set that is there now.
bool CharacterSetEncoder::append_character(std::string_view character, CodedSet& g1, std::string& out) {
    const auto append = [&](CodedSet set) {
        const auto bytes = set != CodedSet::None ? convert(set, character) : std::nullopt;
        if (!bytes || !fits_g1(*bytes, set)) {
            return false;
        }
        if (set != g1) {
            out += escape_into_g1(set);
            g1 = set;
        }
        out += *bytes;
        return true;
    };
    return append(g1) || append(base_.g1) || std::any_of(extensions_.begin(), extensions_.end(), append);
}

bool CharacterSetEncoder::encode_extended(std::string_view text, std::string_view vr, std::string& out) {
    CodedSet g1 = base_.g1;
    const auto back_to_first = [&] {
        if (g1 != base_.g1 && base_.g1 != CodedSet::None) {
            out += escape_into_g1(base_.g1);
        }
        g1 = base_.g1;
    };
    while (!text.empty()) {
        const std::size_t length = std::max<std::size_t>(utf8_sequence_length(text), 1);
        if (is_high(text[0])) {
            if (!append_character(text.substr(0, length), g1, out)) {
                return false;
            }
        } else if (text[0] == kEscape) {
            return false;
        } else {
            if (resets_code_extensions(text[0], vr)) {
                back_to_first();
            }
            out += text[0];
        }
        text.remove_prefix(length);
    }
    back_to_first();
    return true;
}

bool CharacterSetEncoder::encode(std::string_view text, std::string_view vr, std::string& out) {
    if (is_utf8() || is_plain(text)) {
        out += text;
        return true;
    }
    const std::size_t before = out.size();
    const bool whole =
        base_.alone != CodedSet::None ? encode_alone(text, out) : encode_extended(text, vr, out);
    if (!whole) {
        out.resize(before);
    }
    return whole;
}

bool CharacterSetEncoder::encode_replacing(std::string_view text, std::string_view vr, std::string& out) {
    if (encode(text, vr, out)) {
        return true;
    }
    std::string scratch;
    const std::string_view replacement = encode(kGeta, vr, scratch) ? kGeta : "?";
    std::string writable;
    while (!text.empty()) {
        const std::size_t length = std::max<std::size_t>(utf8_sequence_length(text), 1);
        const std::string_view character = text.substr(0, length);
        writable += character[0] != kEscape && encode(character, vr, scratch) ? character : replacement;
        text.remove_prefix(length);
    }
    encode(writable, vr, out);
    return false;
}

} // namespace recog::dicom
