#include "core/dicom/model_values.hpp"

#include "core/dicom/attribute_set.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace recog::dicom {

namespace {

constexpr std::size_t kMostDecimal = 16; // PS3.5 6.2: DS

template <typename Unsigned> void put(std::string& out, Unsigned bits) {
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
        out += static_cast<char>((bits >> (8U * i)) & 0xFFU);
    }
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) {
        text.remove_suffix(1);
    }
    return text;
}

template <typename Number> std::optional<Number> parse(std::string_view text) {
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
    }
    Number number{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc() && end == text.data() + text.size() ? std::optional<Number>(number)
                                                                     : std::nullopt;
}

// "NaN" and "Infinity", as JavaScript writes them, are what from_chars reads, too.
std::optional<double> parse_real(std::string_view text) {
    return parse<double>(text);
}

/// Whole numbers may be written "1.0" or "1e3", too.
template <typename Integer> bool put_integer(std::string& out, std::string_view text) {
    auto number = parse<Integer>(text);
    if (!number) {
        const auto real = parse_real(text);
        constexpr double kLow = static_cast<double>(std::numeric_limits<Integer>::min());
        constexpr double kExact = 9'007'199'254'740'992.0; // 2^53
        if (!real || std::trunc(*real) != *real || *real < kLow || std::abs(*real) > kExact ||
            *real > static_cast<double>(std::numeric_limits<Integer>::max())) {
            return false;
        }
        number = static_cast<Integer>(*real);
    }
    put(out, static_cast<std::make_unsigned_t<Integer>>(*number));
    return true;
}

bool put_float(std::string& out, std::string_view text) {
    const auto number = parse_real(text);
    if (number) {
        put(out, std::bit_cast<std::uint32_t>(static_cast<float>(*number)));
    }
    return number.has_value();
}

bool put_double(std::string& out, std::string_view text) {
    const auto number = parse_real(text);
    if (number) {
        put(out, std::bit_cast<std::uint64_t>(*number));
    }
    return number.has_value();
}

bool put_tag(std::string& out, std::string_view text) {
    const auto tag = parse_hex_tag(text);
    if (tag) {
        put(out, tag->group);
        put(out, tag->element);
    }
    return tag.has_value();
}

using Put = bool (*)(std::string&, std::string_view);

struct BinaryVr {
    std::string_view vr;
    Put put;
};

constexpr BinaryVr kBinaryVrs[] = {
    {"US", put_integer<std::uint16_t>},
    {"SS", put_integer<std::int16_t>},
    {"UL", put_integer<std::uint32_t>},
    {"SL", put_integer<std::int32_t>},
    {"UV", put_integer<std::uint64_t>},
    {"SV", put_integer<std::int64_t>},
    {"FL", put_float},
    {"FD", put_double},
    {"AT", put_tag},
};

Put binary_put(std::string_view vr) {
    for (const BinaryVr& row : kBinaryVrs) {
        if (row.vr == vr) {
            return row.put;
        }
    }
    return nullptr;
}

// The most digits that fit.
std::string short_decimal(std::string_view text) {
    const auto number = parse_real(without_blanks(text));
    if (text.size() <= kMostDecimal || !number || !std::isfinite(*number)) {
        return std::string(text);
    }
    std::array<char, 64> digits{};
    for (int precision = 16; precision > 0; --precision) {
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number,
                                       std::chars_format::general, precision);
        const auto size = static_cast<std::size_t>(end.ptr - digits.data());
        if (size <= kMostDecimal) {
            return std::string(digits.data(), size);
        }
    }
    return std::string(text);
}

std::string whole_number(std::string_view text) {
    const auto number = parse_real(without_blanks(text));
    const bool plain = parse<std::int64_t>(without_blanks(text)).has_value();
    if (plain || !number || std::trunc(*number) != *number || std::abs(*number) > 2147483648.0) {
        return std::string(text);
    }
    return std::to_string(static_cast<std::int64_t>(*number));
}

template <typename Change> std::string each_value(std::string_view text, const Change& change) {
    std::string out;
    bool first = true;
    for (const std::string_view value : split_values(text)) {
        out.append(first ? "" : "\\").append(change(value));
        first = false;
    }
    return out;
}

} // namespace

bool is_encoded_in_binary(std::string_view vr) {
    return binary_put(vr) != nullptr;
}

Result<std::string> encode_values(std::string_view vr, std::string_view text) {
    const Put put_value = binary_put(vr);
    if (put_value != nullptr) {
        std::string out;
        for (const std::string_view value : split_values(text)) {
            if (!put_value(out, without_blanks(value))) {
                return error(ErrorKind::Malformed, "a value is no number of its VR");
            }
        }
        return out;
    }
    if (vr == "DS") {
        return each_value(text, short_decimal);
    }
    if (vr == "IS") {
        return each_value(text, whole_number);
    }
    return std::string(text);
}

} // namespace recog::dicom
