#include "core/base/base64.hpp"

#include <array>
#include <cstdint>

namespace recog {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 64;

constexpr std::array<std::uint8_t, 256> kDigits = [] {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(kNoDigit);
    for (std::uint8_t i = 0; i < kNoDigit; ++i) {
        digits[static_cast<unsigned char>(kAlphabet[i])] = i;
    }
    return digits;
}();

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

} // namespace

std::string encode_base64(std::span<const std::byte> bytes) {
    std::string out((bytes.size() + 2) / 3 * 4, '=');
    char* to = out.data();
    const auto put = [&to](unsigned three, unsigned digits) {
        for (unsigned i = 0; i < digits; ++i) {
            *to++ = kAlphabet[three >> (18U - 6U * i) & 63U];
        }
    };
    const auto at = [&](std::size_t i) { return static_cast<unsigned>(bytes[i]); };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        put(at(i) << 16U | at(i + 1) << 8U | at(i + 2), 4);
    }
    if (bytes.size() - i == 2) {
        put(at(i) << 16U | at(i + 1) << 8U, 3);
    } else if (bytes.size() - i == 1) {
        put(at(i) << 16U, 2);
    }
    return out;
}

std::optional<std::string> decode_base64(std::string_view text, Base64Form form) {
    const bool canonical = form == Base64Form::Canonical;
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        const std::uint8_t digit = kDigits[static_cast<unsigned char>(c)];
        if (digit != kNoDigit && padding == 0) {
            bits = bits << 6U | digit;
            if (++digits % 4 != 1) {
                const unsigned left = 6 - 2 * static_cast<unsigned>((digits - 1) % 4);
                out += static_cast<char>(bits >> left & 0xFFU);
            }
        } else if (c == '=') {
            ++padding;
        } else if (canonical || !is_blank(c)) {
            return std::nullopt;
        }
    }
    const std::size_t last = digits % 4; // digits of a group that is not whole: 2 hold one byte, 3 hold two
    const std::uint32_t left_over = last == 2 ? bits & 0xFU : last == 3 ? bits & 0x3U : 0U;
    if (last == 1 || (canonical && (left_over != 0 || padding != (4 - last) % 4))) {
        return std::nullopt;
    }
    return out;
}

} // namespace recog
