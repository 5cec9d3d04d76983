#include "core/dicom/code_extensions.hpp"

namespace recog::dicom {

namespace {

constexpr std::size_t kLongestEscape = 4;
constexpr char kEscape = '\x1B';
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_high(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

bool is_in_94_set(char c) {
    return c >= 0x21 && c <= 0x7E;
}

bool is_text_vr(std::string_view vr) {
    return vr == "ST" || vr == "LT" || vr == "UT";
}

} // namespace

bool resets_code_extensions(char c, std::string_view vr) {
    const bool control = static_cast<unsigned char>(c) < 0x20;
    const bool splits_name = vr == "PN" && (c == '^' || c == '=');
    return control || splits_name || (c == '\\' && !is_text_vr(vr));
}

std::string ExtendedText::read(std::string_view raw) {
    reset();
    while (!raw.empty()) {
        raw.remove_prefix(step(raw));
    }
    flush();
    return std::move(out_);
}

void ExtendedText::reset() {
    g0_ = first_.g0;
    g1_ = first_.g1 != CodedSet::None ? first_.g1 : fallback_;
}

void ExtendedText::flush() {
    if (!run_.empty()) {
        damaged_ = !converters_.append_utf8(run_set_, run_, out_) || damaged_;
        run_.clear();
    }
}

void ExtendedText::add(CodedSet set, std::string_view bytes) {
    if (set != run_set_) {
        flush();
        run_set_ = set;
    }
    run_ += bytes;
}

std::size_t ExtendedText::step(std::string_view raw) {
    const char c = raw[0];
    if (c == kEscape) {
        return escape(raw);
    }
    if (is_high(c)) {
        return high(raw);
    }
    if (is_double_byte(g0_) && is_in_94_set(c)) {
        return double_byte_g0(raw);
    }
    ascii(c);
    return 1;
}

std::size_t ExtendedText::escape(std::string_view raw) {
    const auto designation = parse_escape_sequence(raw);
    if (!designation) {
        if (raw.size() < kLongestEscape) {
            damaged_ = true; // cut: dropped
            return raw.size();
        }
        replace();
        return 1;
    }
    (designation->g1 ? g1_ : g0_) = designation->set;
    return designation->length;
}

std::size_t ExtendedText::high(std::string_view raw) {
    if (g1_ == CodedSet::None) {
        replace();
        return 1;
    }
    if (!is_double_byte(g1_)) {
        add(g1_, raw.substr(0, 1));
        return 1;
    }
    if (raw.size() == 1) {
        damaged_ = true; // cut: dropped
        return 1;
    }
    // Senders of GBK and of Windows' Korean declare the national standards. Their further characters have
    // a second byte below 0x80; a delimiter there is rather a delimiter after a cut character.
    if (!is_high(raw[1]) && (raw[1] < 0x41 || resets_code_extensions(raw[1], "PN") || raw[1] == '\\')) {
        replace();
        return 1;
    }
    add(g1_, raw.substr(0, 2));
    return 2;
}

std::size_t ExtendedText::double_byte_g0(std::string_view raw) {
    if (raw.size() == 1 || !is_in_94_set(raw[1])) {
        if (raw.size() == 1) {
            damaged_ = true; // cut: dropped
        } else {
            replace();
        }
        return 1;
    }
    // EUC-JP is these two sets with the high bits set, JIS X 0212 behind a single shift.
    std::string euc = g0_ == CodedSet::JisX0212 ? "\x8F" : "";
    euc += static_cast<char>(static_cast<unsigned char>(raw[0]) | 0x80U);
    euc += static_cast<char>(static_cast<unsigned char>(raw[1]) | 0x80U);
    add(g0_, euc);
    return 2;
}

void ExtendedText::ascii(char c) {
    flush();
    if (resets_code_extensions(c, vr_)) {
        reset();
        out_ += c;
    } else if (g0_ == CodedSet::Romaji && c == '\\') {
        out_ += "¥"; // only in ST, LT and UT; elsewhere 0x5C splits values
    } else if (g0_ == CodedSet::Romaji && c == '~') {
        out_ += "‾";
    } else {
        out_ += c;
    }
}

void ExtendedText::replace() {
    flush();
    out_ += kReplacement;
    damaged_ = true;
}

} // namespace recog::dicom
