// Time zone of dates and times: Timezone Offset From UTC (0008,0201), PS3.3 C.12.1.1.8, and the "timezone
// query adjustment" of PS3.4 C.5.1.1.
#pragma once

#include "core/dicom/attribute_set.hpp"
#include "core/matching/matcher.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace recog::service {

/// "+0800" to minutes east of Greenwich. nullopt for anything but -1200 to +1400.
std::optional<int> parse_utc_offset(std::string_view text);
std::string format_utc_offset(int minutes);

/// Moves the dates with a time (study, series, acquisition, content, performed procedure step) of attributes
/// that state another offset, and states the new one. What states none is taken to be in the asker's zone
/// already: inside a region nobody writes it down. Dates without a time, lists and malformed values stay.
void move_to_time_zone(dicom::AttributeSet& attributes, int utc_offset_minutes);

/// A day more on each side: what lies inside `range` in one time zone lies inside this in any other.
matching::DateRange widened(matching::DateRange range);

} // namespace recog::service
