#include "core/dicom/character_set_shape.hpp"

#include "core/base/utf8.hpp"

#include <algorithm>
#include <optional>

namespace recog::dicom {

namespace {

enum class GbCharacter { Ascii, Hanzi, ExtendedHanzi, Sign, Odd, Cut, Invalid };

struct GbToken {
    GbCharacter character = GbCharacter::Invalid;
    std::size_t length = 1;
};

unsigned at(std::string_view bytes, std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
}

bool between(unsigned byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
}

bool is_letter(unsigned byte) {
    return between(byte, 'a', 'z') || between(byte, 'A', 'Z');
}

// The zones of GBK: GBK/1 signs, GBK/2 the hanzi of GB 2312, GBK/3 and GBK/4 further hanzi, GBK/5 further
// signs.
GbCharacter classify_pair(unsigned lead, unsigned trail) {
    const bool high_trail = trail >= 0xA1;
    if (high_trail && between(lead, 0xB0, 0xF7)) {
        return lead == 0xD7 && trail >= 0xFA ? GbCharacter::Odd : GbCharacter::Hanzi;
    }
    if (between(lead, 0x81, 0xA0) || (!high_trail && lead >= 0xAA)) {
        return GbCharacter::ExtendedHanzi;
    }
    return high_trail && between(lead, 0xA1, 0xA3) ? GbCharacter::Sign : GbCharacter::Odd;
}

GbToken next_gb_token(std::string_view bytes) {
    const unsigned lead = at(bytes, 0);
    if (lead < 0x80) {
        return {GbCharacter::Ascii, 1};
    }
    if (lead == 0x80 || lead == 0xFF) {
        return {GbCharacter::Invalid, 1};
    }
    if (bytes.size() == 1) {
        return {GbCharacter::Cut, 1};
    }
    const unsigned second = at(bytes, 1);
    if (between(second, '0', '9')) {
        if (bytes.size() < 4) {
            return {GbCharacter::Cut, bytes.size()};
        }
        const bool four = between(at(bytes, 2), 0x81, 0xFE) && between(at(bytes, 3), '0', '9');
        return four ? GbToken{GbCharacter::ExtendedHanzi, 4} : GbToken{GbCharacter::Invalid, 1};
    }
    if (second < 0x40 || second == 0x7F || second == 0xFF) {
        return {GbCharacter::Invalid, 1};
    }
    return {classify_pair(lead, second), 2};
}

void measure_runs(std::string_view bytes, HanziShape& shape) {
    for (std::size_t i = 0; i < bytes.size();) {
        if (at(bytes, i) < 0x80) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (at(bytes, end) >= 0x80) {
            ++end;
        }
        const std::size_t length = end - i;
        const bool after_letter = i > 0 && is_letter(at(bytes, i - 1));
        const bool touches = after_letter || is_letter(at(bytes, end));
        const bool pair = length == 2 && next_gb_token(bytes.substr(i)).character == GbCharacter::Hanzi;
        shape.longest_run = std::max(shape.longest_run, length);
        shape.lone_pairs = shape.lone_pairs && pair && !touches;
        shape.touches_letter = shape.touches_letter || touches;
        shape.all_single = shape.all_single && length == 1;
        shape.inside_word = shape.inside_word || (length == 1 && after_letter);
        i = end;
    }
}

/// The script of a two-byte sequence's lead, of those that fill whole words; 0 for Latin and the rest.
int script_of_lead(unsigned lead) {
    switch (lead) {
    case 0xCE:
    case 0xCF:
        return 1;
    case 0xD0:
    case 0xD1:
        return 2;
    case 0xD7:
        return 3;
    case 0xD8:
    case 0xD9:
        return 4;
    default:
        return 0;
    }
}

/// Whether the bytes begin a UTF-8 character that more bytes could complete.
bool is_cut_utf8(std::string_view tail) {
    const unsigned lead = at(tail, 0);
    const std::size_t wanted = between(lead, 0xF0, 0xF4) ? 4 : between(lead, 0xE0, 0xEF) ? 3 : 2;
    if (!between(lead, 0xC2, 0xF4) || tail.size() >= wanted) {
        return false;
    }
    for (std::size_t i = 1; i < tail.size(); ++i) {
        if (!between(at(tail, i), 0x80, 0xBF)) {
            return false;
        }
    }
    return true;
}

} // namespace

HanziShape hanzi_shape(std::string_view bytes) {
    HanziShape shape;
    measure_runs(bytes, shape);
    while (!bytes.empty() && shape.valid) {
        const GbToken token = next_gb_token(bytes);
        switch (token.character) {
        case GbCharacter::ExtendedHanzi:
            ++shape.extended;
            [[fallthrough]];
        case GbCharacter::Hanzi:
            ++shape.ideographs;
            break;
        case GbCharacter::Cut:
            shape.cut = true;
            break;
        case GbCharacter::Odd:
        case GbCharacter::Invalid:
            shape.valid = false;
            break;
        case GbCharacter::Ascii:
        case GbCharacter::Sign:
            break;
        }
        bytes.remove_prefix(token.length);
    }
    return shape;
}

Utf8Shape utf8_shape(std::string_view bytes) {
    Utf8Shape shape;
    std::optional<int> script;
    bool same = true;
    while (!bytes.empty() && shape.valid && !shape.cut) {
        const std::size_t length = utf8_sequence_length(bytes);
        if (length == 0) {
            shape.cut = is_cut_utf8(bytes) && shape.two_byte + shape.longer > 0;
            shape.valid = shape.cut;
            break;
        }
        if (length == 2) {
            ++shape.two_byte;
            const int found = script_of_lead(at(bytes, 0));
            same = same && found != 0 && script.value_or(found) == found;
            script = found;
        }
        shape.longer += length > 2 ? 1U : 0U;
        bytes.remove_prefix(length);
    }
    shape.one_script = same && shape.two_byte >= 3 && shape.longer == 0;
    return shape;
}

std::size_t cut_utf8_tail(std::string_view bytes) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(3, bytes.size()); ++length) {
        if (is_cut_utf8(bytes.substr(bytes.size() - length))) {
            return length;
        }
    }
    return 0;
}

bool is_hanzi_rather_than_latin(const HanziShape& shape, bool strict) {
    if (!shape.valid || shape.ideographs == 0) {
        return false;
    }
    return shape.longest_run >= (strict ? 4U : 3U) || shape.lone_pairs;
}

bool is_latin_rather_than_hanzi(const HanziShape& shape) {
    const bool hanzi = shape.valid && shape.ideographs > 0;
    return shape.all_single && (shape.inside_word || !hanzi);
}

bool is_hanzi_rather_than_utf8(const HanziShape& hanzi, const Utf8Shape& utf8) {
    if (!utf8.valid || utf8.longer > 0 || utf8.one_script) {
        return false;
    }
    return hanzi.valid && hanzi.ideographs > 0 && hanzi.extended == 0 && !hanzi.touches_letter;
}

} // namespace recog::dicom
