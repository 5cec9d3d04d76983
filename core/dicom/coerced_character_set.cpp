#include "core/dicom/coerced_character_set.hpp"

#include "core/dicom/character_set.hpp"
#include "core/dicom/character_set_terms.hpp"
#include "core/dicom/padding.hpp"

#include <algorithm>
#include <array>

namespace recog::dicom {

namespace {

constexpr const char* kUtf8 = "ISO_IR 192";
constexpr const char* kGb18030 = "GB18030";

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Whether each value can be written, and is then read as what it is also by those who mend what they read.
bool holds(std::string_view declared, std::string_view undeclared_set, const std::string& target,
           const std::vector<std::string_view>& values) {
    auto decoder = CharacterSetDecoder::for_terms(declared, undeclared_set);
    return std::all_of(values.begin(), values.end(), [&](std::string_view value) {
        if (is_ascii(value)) {
            return true;
        }
        const auto bytes = encode(value, target);
        return bytes && decoder.decode(*bytes, "PN") == value;
    });
}

/// GBK, GB 2312 and GB18030 under any name; GB18030 contains the others at the same codes.
bool is_chinese(std::string_view declared) {
    while (!declared.empty()) {
        const std::size_t end = std::min(declared.find('\\'), declared.size());
        const auto term = parse_character_set_term(declared.substr(0, end));
        if (term && (term->alone == CodedSet::Gb18030 || term->g1 == CodedSet::Gb2312)) {
            return true;
        }
        declared.remove_prefix(std::min(end + 1, declared.size()));
    }
    return false;
}

} // namespace

Result<CoercedCharacterSet> choose_character_set(std::string_view declared, std::string_view undeclared_set,
                                                 const std::vector<std::string_view>& values,
                                                 const KeepsItsBytes& keeps_its_bytes) {
    declared = without_padding(declared);
    const std::string first(without_padding(declared.substr(0, declared.find('\\'))));
    const bool understood = CharacterSetDecoder::for_terms(declared).declared();
    const bool ascii = std::all_of(values.begin(), values.end(), is_ascii);
    if (ascii || (understood && holds(declared, undeclared_set, first, values))) {
        return CoercedCharacterSet{std::string(declared), first, false, false};
    }
    std::array candidates{kUtf8, kGb18030};
    if (is_chinese(declared)) {
        std::swap(candidates[0], candidates[1]);
    }
    for (const char* candidate : candidates) {
        if (!holds(candidate, {}, candidate, values)) {
            continue;
        }
        const auto keeps = keeps_its_bytes(candidate);
        if (!keeps) {
            return keeps.failure();
        }
        if (*keeps) {
            return CoercedCharacterSet{candidate, candidate, true, false};
        }
    }
    return CoercedCharacterSet{kUtf8, kUtf8, true, true};
}

} // namespace recog::dicom
