// Input: which term, which default and which VR (one byte each), then the value. A first byte of 0xFF means
// that the term is in the input too, up to the next line end.
#include "core/base/utf8.hpp"
#include "core/dicom/character_set.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace {

constexpr std::array<std::string_view, 24> kTerms{"",
                                                  "ISO_IR 6",
                                                  "ISO_IR 100",
                                                  "ISO_IR 101",
                                                  "ISO_IR 109",
                                                  "ISO_IR 110",
                                                  "ISO_IR 144",
                                                  "ISO_IR 127",
                                                  "ISO_IR 126",
                                                  "ISO_IR 138",
                                                  "ISO_IR 148",
                                                  "ISO_IR 166",
                                                  "ISO_IR 13",
                                                  "ISO_IR 192",
                                                  "GB18030",
                                                  "GBK",
                                                  "\\ISO 2022 IR 87",
                                                  "\\ISO 2022 IR 159",
                                                  "\\ISO 2022 IR 149",
                                                  "\\ISO 2022 IR 58",
                                                  "GB2312",
                                                  "ISO 2022 IR 13\\ISO 2022 IR 87",
                                                  "ISO 2022 IR 100\\ISO 2022 IR 144",
                                                  "Big5"};
constexpr std::array<std::string_view, 5> kDefaults{"", "GB18030", "ISO_IR 100", "ISO_IR 144", "ISO_IR 192"};
constexpr std::array<std::string_view, 4> kVrs{"PN", "LO", "LT", "CS"};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace recog;
    if (size < 3) {
        return 0;
    }
    std::string_view raw(reinterpret_cast<const char*>(data) + 3, size - 3);
    std::string_view term = kTerms[data[0] % kTerms.size()];
    if (data[0] == 0xFF) {
        term = raw.substr(0, raw.find('\n'));
        raw.remove_prefix(std::min(term.size() + 1, raw.size()));
    }
    auto decoder = dicom::CharacterSetDecoder::for_terms(term, kDefaults[data[1] % kDefaults.size()]);
    const std::string text = decoder.decode(raw, kVrs[data[2] % kVrs.size()]);
    fuzz::expect(is_utf8(text), "decoded text is UTF-8");
    fuzz::expect(text.size() <= raw.size() * 3, "decoded text is at most three times as long");
    fuzz::expect(decoder.decode(raw, kVrs[data[2] % kVrs.size()]) == text,
                 "a decoder keeps nothing between values");
    for (const std::string_view target : {"GB18030", "GBK", "ISO_IR 100", "ISO_IR 192"}) {
        dicom::encode(text, target);
    }
    fuzz::expect(dicom::encode(text, "GB18030").has_value() || text.find("\xEE") != std::string::npos ||
                     text.find("\xEF") != std::string::npos || text.find("\xC2") != std::string::npos,
                 "GB18030 holds all of Unicode but for private use");
    return 0;
}
