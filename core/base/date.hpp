// Calendar days, as DICOM writes them: YYYYMMDD (PS3.5 6.2, VR DA).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace recog {

using Day = std::chrono::sys_days;

/// Reads exactly eight digits that name a day of the Gregorian calendar; anything else is nullopt.
std::optional<Day> parse_day(std::string_view yyyymmdd);

/// Writes eight digits. Days outside year 0 to 9999 do not occur: parse_day makes none.
std::string format_day(Day day);

/// The clock is passed, never asked for: a verdict depends on the day.
/// Implementations may be called from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual std::chrono::system_clock::time_point now() const = 0;
    /// Today in the local time zone of this node.
    virtual Day today() const = 0;
};

class SystemClock final : public Clock {
public:
    std::chrono::system_clock::time_point now() const override;
    Day today() const override;
};

} // namespace recog
