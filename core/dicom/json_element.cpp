#include "core/dicom/json_element.hpp"

#include "core/dicom/attribute_set.hpp"
#include "core/dicom/padding.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace recog::dicom {

namespace {

constexpr std::int64_t kExactInteger = 9'007'199'254'740'992; // 2^53

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length])) {
        ++length;
    }
    const std::string_view digits = text.substr(0, length);
    text.remove_prefix(length);
    return digits;
}

bool is_number_vr(std::string_view vr) {
    return vr == "DS" || vr == "IS" || vr == "US" || vr == "SS" || vr == "UL" || vr == "SL" || vr == "FL" ||
           vr == "FD" || vr == "SV" || vr == "UV";
}

template <typename Real> std::string shortest_text(Real number) {
    if (std::isnan(number)) {
        return "NaN";
    }
    if (std::isinf(number)) {
        return number > 0 ? "Infinity" : "-Infinity";
    }
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
    return std::string(text.data(), static_cast<std::size_t>(end.ptr - text.data()));
}

template <typename Real> void write_shortest(JsonWriter& out, Real number) {
    if (std::isfinite(number)) {
        out.raw(shortest_text(number));
    } else {
        out.string(shortest_text(number));
    }
}

// What json_number() would give back as it is, and surely finite: most numbers are written so.
bool is_plain_number(std::string_view text) {
    constexpr std::size_t kSurelyFinite = 16;
    if (text.size() > kSurelyFinite) {
        return false;
    }
    if (!text.empty() && text[0] == '-') {
        text.remove_prefix(1);
    }
    const std::string_view whole = take_digits(text);
    if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) {
        return false;
    }
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        return !take_digits(text).empty() && text.empty();
    }
    return text.empty();
}

// PS3.18 F.2.2: the three component groups of PS3.5 6.2.1.2.
void write_person_name(JsonWriter& out, std::string_view name) {
    static constexpr std::array<std::string_view, 3> kGroups{"Alphabetic", "Ideographic", "Phonetic"};
    out.begin_object();
    for (const std::string_view group : kGroups) {
        const std::size_t end = name.find('=');
        const std::string_view text = without_padding(name.substr(0, end), "PN");
        if (!text.empty()) {
            out.member(group, text);
        }
        if (end == std::string_view::npos) {
            break;
        }
        name.remove_prefix(end + 1);
    }
    out.end_object();
}

void write_value(JsonWriter& out, std::string_view vr, std::string_view value) {
    if (value.empty() || (vr == "PN" && is_empty_name(value))) {
        out.null();
        return;
    }
    if (vr == "PN") {
        write_person_name(out, value);
        return;
    }
    // PS3.18 table F.2.3-1 lets DS and IS be numbers or strings. Viewers (OHIF) count on numbers.
    if (!is_number_vr(vr)) {
        out.string(value);
    } else if (is_plain_number(value)) {
        out.raw(value);
    } else if (const auto number = json_number(value)) {
        out.raw(*number);
    } else {
        out.string(value);
    }
}

} // namespace

std::optional<std::string> json_number(std::string_view text) {
    std::string number;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        number = text[0] == '-' ? "-" : "";
        text.remove_prefix(1);
    }
    std::string_view whole = take_digits(text);
    std::string_view fraction;
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        fraction = take_digits(text);
    }
    if (whole.empty() && fraction.empty()) {
        return std::nullopt;
    }
    while (whole.size() > 1 && whole[0] == '0') {
        whole.remove_prefix(1);
    }
    number += whole.empty() ? "0" : whole;
    if (!fraction.empty()) {
        number.append(".").append(fraction);
    }
    if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
        text.remove_prefix(1);
        number += 'e';
        if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
            number += text[0];
            text.remove_prefix(1);
        }
        const std::string_view exponent = take_digits(text);
        if (exponent.empty()) {
            return std::nullopt;
        }
        number += exponent;
    }
    double value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
    if (!text.empty() || parsed.ec != std::errc()) {
        return std::nullopt;
    }
    return number;
}

bool is_empty_name(std::string_view name) {
    return name.find_first_not_of("^= ") == std::string_view::npos;
}

std::string_view without_padding(std::string_view value, std::string_view vr) {
    const bool leading_counts =
        vr == "LT" || vr == "ST" || vr == "UT" || vr == "UC" || vr == "UR" || vr == "PN";
    return leading_counts ? without_padding(value) : strip_padding(value);
}

bool splits_values(std::string_view vr) {
    return vr != "LT" && vr != "ST" && vr != "UT" && vr != "UR";
}

void write_values(JsonWriter& out, std::string_view vr, std::string_view utf8) {
    const std::string_view text = without_padding(utf8, vr);
    if (text.empty() || (vr == "PN" && is_empty_name(text))) {
        return;
    }
    out.key("Value");
    out.begin_array();
    if (splits_values(vr)) {
        std::string_view rest = text;
        for (bool more = true; more;) {
            const std::size_t end = rest.find('\\');
            more = end != std::string_view::npos;
            write_value(out, vr, without_padding(rest.substr(0, end), vr));
            rest.remove_prefix(more ? end + 1 : rest.size());
        }
    } else {
        write_value(out, vr, text);
    }
    out.end_array();
}

void write_real(JsonWriter& out, double number) {
    write_shortest(out, number);
}

void write_real(JsonWriter& out, float number) {
    write_shortest(out, number);
}

std::string shortest(double number) {
    return shortest_text(number);
}

std::string shortest(float number) {
    return shortest_text(number);
}

void write_wide(JsonWriter& out, std::int64_t number) {
    if (number > kExactInteger || number < -kExactInteger) {
        out.string(std::to_string(number));
    } else {
        out.integer(number);
    }
}

void write_wide(JsonWriter& out, std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(kExactInteger)) {
        out.string(std::to_string(number));
    } else {
        out.integer(static_cast<std::int64_t>(number));
    }
}

} // namespace recog::dicom
