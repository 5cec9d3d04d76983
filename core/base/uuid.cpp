#include "core/base/uuid.hpp"

#include <algorithm>

namespace recog {

namespace {

int digit_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Dashes stand before these bytes.
bool has_dash_before(std::size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

} // namespace

std::string Uuid::text() const {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (has_dash_before(i)) {
            text += '-';
        }
        text += kDigits[bytes[i] / 16U];
        text += kDigits[bytes[i] % 16U];
    }
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    Uuid uuid;
    if (text.size() != 36) {
        return std::nullopt;
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (has_dash_before(i) && text[at++] != '-') {
            return std::nullopt;
        }
        const int high = digit_value(text[at]);
        const int low = digit_value(text[at + 1]);
        at += 2;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        uuid.bytes[i] = static_cast<std::uint8_t>(16 * high + low);
    }
    return uuid;
}

Uuid unpack_uuid(std::string_view bytes) {
    Uuid uuid;
    if (bytes.size() == uuid.bytes.size()) {
        std::transform(bytes.begin(), bytes.end(), uuid.bytes.begin(),
                       [](char c) { return static_cast<std::uint8_t>(c); });
    }
    return uuid;
}

} // namespace recog
