#include "core/dicomweb/basic_credentials.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

int digit_of(char c) {
    static constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t at = kAlphabet.find(c);
    return at != std::string_view::npos ? static_cast<int>(at) : -1;
}

bool is_basic(std::string_view scheme) {
    static constexpr std::string_view kBasic = "basic ";
    return scheme.size() == kBasic.size() &&
           std::equal(scheme.begin(), scheme.end(), kBasic.begin(), [](char given, char wanted) {
               return given == wanted || (wanted != ' ' && given == wanted - 'a' + 'A');
           });
}

} // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);
    std::string out;
    std::uint32_t bits = 0;
    std::uint32_t count = 0;
    for (const char c : text) {
        const int digit = digit_of(c);
        if (digit < 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> count) & 0xFFU);
        }
    }
    const bool canonical = (bits & ((1U << count) - 1U)) == 0;
    return canonical ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<BasicCredentials> basic_credentials(const Request& request) {
    // Two fields come joined by a comma, which base64 does not have.
    const std::string stated = request.header("Authorization");
    if (stated.size() > kMaxCredentialBytes || !is_basic(std::string_view(stated).substr(0, 6))) {
        return std::nullopt;
    }
    std::string_view encoded = std::string_view(stated).substr(6);
    encoded.remove_prefix(std::min(encoded.find_first_not_of(' '), encoded.size()));
    const auto decoded = decode_base64(encoded);
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos || colon == 0) {
        return std::nullopt;
    }
    return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

} // namespace recog::dicomweb
