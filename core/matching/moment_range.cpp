#include "core/matching/moment_range.hpp"

#include "core/base/date.hpp"
#include "core/dicom/padding.hpp"

#include <array>
#include <string>

namespace recog::matching {

namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr int kMaxOffsetHours = 14; // PS3.5 6.2: -1200 to +1400

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes exactly `count` digits off the start; -1 and nothing taken when they are not there.
int take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) {
        return -1;
    }
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[i])) {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return number;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text[0] != c) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> day_number(int year, int month, int day) {
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (year < 0 || month < 1 || day < 1 || !date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date}.time_since_epoch().count();
}

/// Fraction of a second after its '.'; nullopt when malformed.
std::optional<Interval> take_fraction(std::string_view& text) {
    std::int64_t micros = 0;
    std::int64_t unit = kSecond;
    std::size_t digits = 0;
    while (!text.empty() && is_digit(text[0])) {
        if (digits < 6) { // further digits are sent, but mean nothing
            unit /= 10;
            micros += unit * (text[0] - '0');
        }
        text.remove_prefix(1);
        ++digits;
    }
    if (digits == 0) {
        return std::nullopt;
    }
    return Interval{micros, micros + unit - 1};
}

/// HH[MM[SS[.F]]] off the start, with ':' between when `colons`.
std::optional<Interval> take_time(std::string_view& text, bool colons) {
    const auto next = [&](int limit) -> std::optional<int> {
        if (colons && !take(text, ':')) {
            return std::nullopt;
        }
        const int number = take_digits(text, 2);
        return number >= 0 && number <= limit ? std::optional(number) : std::nullopt;
    };
    const auto more = [&] { return !text.empty() && (colons ? text[0] == ':' : is_digit(text[0])); };
    const int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23) {
        return std::nullopt;
    }
    std::int64_t first = hour * kHour;
    if (!more()) {
        return Interval{first, first + kHour - 1};
    }
    const auto minute = next(59);
    if (!minute) {
        return std::nullopt;
    }
    first += *minute * kMinute;
    if (!more()) {
        return Interval{first, first + kMinute - 1};
    }
    const auto second = next(60); // 60: a leap second
    if (!second) {
        return std::nullopt;
    }
    first += *second * kSecond;
    if (!take(text, '.')) {
        return Interval{first, first + kSecond - 1};
    }
    const auto fraction = take_fraction(text);
    return fraction ? std::optional(Interval{first + fraction->first, first + fraction->last}) : std::nullopt;
}

Interval days(std::int64_t first, std::int64_t last) {
    return {first * kMicrosecondsPerDay, (last + 1) * kMicrosecondsPerDay - 1};
}

/// YYYY[MM[DD[time]]] off the start, in whatever zone.
std::optional<Interval> take_datetime(std::string_view& text) {
    const auto more = [&] { return !text.empty() && is_digit(text[0]); };
    const int year = take_digits(text, 4);
    if (year < 0) {
        return std::nullopt;
    }
    if (!more()) {
        return days(*day_number(year, 1, 1), *day_number(year, 12, 31));
    }
    const int month = take_digits(text, 2);
    const auto month_first = day_number(year, month, 1);
    if (!month_first) {
        return std::nullopt;
    }
    if (!more()) {
        const auto next = month == 12 ? day_number(year + 1, 1, 1) : day_number(year, month + 1, 1);
        return days(*month_first, *next - 1);
    }
    const auto day = day_number(year, month, take_digits(text, 2));
    if (!day) {
        return std::nullopt;
    }
    if (!more()) {
        return days(*day, *day);
    }
    const auto time = take_time(text, false);
    if (!time) {
        return std::nullopt;
    }
    return Interval{*day * kMicrosecondsPerDay + time->first, *day * kMicrosecondsPerDay + time->last};
}

/// Minutes of "+ZZXX" or "-ZZXX"; nullopt when it is neither.
std::optional<int> parse_offset(std::string_view text) {
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) {
        return std::nullopt;
    }
    const int sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    const int hours = take_digits(text, 2);
    const int minutes = take_digits(text, 2);
    if (hours < 0 || hours > kMaxOffsetHours || minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    return sign * (hours * 60 + minutes);
}

std::optional<Interval> parse_value(std::string_view text, std::string_view vr, int offset_minutes) {
    return vr == "DA"   ? parse_date(text)
           : vr == "TM" ? parse_time(text)
                        : parse_datetime(text, offset_minutes);
}

/// Where the '-' of a range stands. In a DT it may also begin a time zone, and what reads as one is one.
std::size_t find_range_sign(std::string_view key, std::string_view vr) {
    const std::size_t first = key.find('-');
    if (vr != "DT" || first == std::string_view::npos || first == 0) {
        return first;
    }
    const std::size_t second = key.find('-', first + 1);
    const bool zone = parse_offset(key.substr(first, std::min(second, key.size()) - first)).has_value();
    return zone ? second : first;
}

Error malformed(std::string_view vr) {
    const std::string what = vr == "DA" ? "date" : vr == "TM" ? "time" : "date-time";
    return error(ErrorKind::BadRequest,
                 "a matching key is not a " + what + " or a range of them as DICOM writes it");
}

} // namespace

std::optional<Interval> parse_date(std::string_view text) {
    text = dicom::strip_padding(text);
    std::string digits(text);
    if (text.size() == 10 && text[4] == '.' && text[7] == '.') { // ACR-NEMA
        digits =
            std::string(text.substr(0, 4)) + std::string(text.substr(5, 2)) + std::string(text.substr(8));
    }
    const auto day = parse_day(digits);
    if (!day) {
        return std::nullopt;
    }
    const std::int64_t number = day->time_since_epoch().count();
    return days(number, number);
}

std::optional<Interval> parse_time(std::string_view text) {
    text = dicom::strip_padding(text);
    const auto time = take_time(text, text.find(':') != std::string_view::npos);
    return text.empty() ? time : std::nullopt;
}

std::optional<Interval> parse_datetime(std::string_view text, int offset_minutes) {
    text = dicom::strip_padding(text);
    auto moment = take_datetime(text);
    if (!moment) {
        return std::nullopt;
    }
    if (!text.empty()) {
        const auto offset = parse_offset(text);
        if (!offset) {
            return std::nullopt;
        }
        offset_minutes = *offset;
    }
    moment->first -= offset_minutes * kMinute;
    moment->last -= offset_minutes * kMinute;
    return moment;
}

Result<MomentRange> parse_moment_range(std::string_view key, std::string_view vr, int offset_minutes) {
    key = dicom::strip_padding(key);
    MomentRange range;
    const std::size_t sign = find_range_sign(key, vr);
    range.is_range = sign != std::string_view::npos;
    const std::string_view from = dicom::strip_padding(key.substr(0, sign));
    const std::string_view to = range.is_range ? dicom::strip_padding(key.substr(sign + 1)) : from;
    if (from.empty() && to.empty()) {
        return malformed(vr);
    }
    if (!from.empty()) {
        const auto value = parse_value(from, vr, offset_minutes);
        if (!value) {
            return malformed(vr);
        }
        range.first = value->first;
    }
    if (!to.empty()) {
        const auto value = parse_value(to, vr, offset_minutes);
        if (!value) {
            return malformed(vr);
        }
        range.last = value->last;
    }
    return range;
}

} // namespace recog::matching
