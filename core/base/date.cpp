#include "core/base/date.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace recog {

std::optional<Day> parse_day(std::string_view text) {
    if (text.size() != 8) {
        return std::nullopt;
    }
    std::array<int, 8> digit{};
    for (std::size_t i = 0; i < 8; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        digit[i] = text[i] - '0';
    }
    const int year = digit[0] * 1000 + digit[1] * 100 + digit[2] * 10 + digit[3];
    const auto month = static_cast<unsigned>(digit[4] * 10 + digit[5]);
    const auto day = static_cast<unsigned>(digit[6] * 10 + digit[7]);
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date};
}

std::string format_day(Day day) {
    const std::chrono::year_month_day date{day};
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04d%02u%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

std::chrono::system_clock::time_point SystemClock::now() const {
    return std::chrono::system_clock::now();
}

Day SystemClock::today() const {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now());
    std::tm local{};
    localtime_r(&seconds, &local);
    return std::chrono::sys_days{std::chrono::year{local.tm_year + 1900} /
                                 std::chrono::month{static_cast<unsigned>(local.tm_mon + 1)} /
                                 std::chrono::day{static_cast<unsigned>(local.tm_mday)}};
}

} // namespace recog
