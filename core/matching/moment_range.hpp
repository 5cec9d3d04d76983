// Dates, times and date-times as intervals, and ranges of them (PS3.4 C.2.2.2.5, PS3.5 6.2 DA, TM, DT).
//
//   DA = YYYYMMDD | YYYY.MM.DD
//   TM = HH[MM[SS[.F{1,6}]]] | HH:MM[:SS[.F{1,6}]]
//   DT = YYYY[MM[DD[HH[MM[SS[.F{1,6}]]]]]][(+|-)ZZXX]
//   range = value | value '-' value | value '-' | '-' value
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace recog::matching {

/// Microseconds; for dates and date-times since 1970-01-01, for times since midnight. Both ends belong to it.
struct Interval {
    std::int64_t first = 0;
    std::int64_t last = 0;
    friend bool operator==(const Interval&, const Interval&) = default;
};

inline constexpr std::int64_t kMicrosecondsPerDay = 86'400'000'000;

/// What one value stands for, to its precision: "10" is 10:00:00.000000 to 10:59:59.999999. nullopt when
/// malformed. Spaces at the end are padding. A time zone suffix of DT is taken off, so that the result is in
/// UTC; without one the value is taken as local time `offset_minutes` east of Greenwich.
std::optional<Interval> parse_date(std::string_view text);
std::optional<Interval> parse_time(std::string_view text);
std::optional<Interval> parse_datetime(std::string_view text, int offset_minutes);

/// An empty side is open.
struct MomentRange {
    std::optional<std::int64_t> first;
    std::optional<std::int64_t> last;
    bool is_range = false; ///< written with '-'

    bool ends_before_it_begins() const { return first && last && *last < *first; }

    /// A value of less precision matches when it could lie inside.
    bool overlaps(const Interval& value) const {
        return (!first || value.last >= *first) && (!last || value.first <= *last);
    }
};

/// A key of VR DA, TM or DT. BadRequest for what is no value or range, and for a range that ends before it
/// begins.
Result<MomentRange> parse_moment_range(std::string_view key, std::string_view vr, int offset_minutes);

} // namespace recog::matching
