#include "core/service/time_zone.hpp"

#include "core/base/date.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace recog::service {

namespace tags = dicom::tags;

namespace {

constexpr int kMinutesPerDay = 24 * 60;
constexpr int kMostWest = -12 * 60;
constexpr int kMostEast = 14 * 60;

constexpr std::array kMoments{
    std::pair{tags::StudyDate, tags::StudyTime},
    std::pair{tags::SeriesDate, tags::SeriesTime},
    std::pair{tags::AcquisitionDate, tags::AcquisitionTime},
    std::pair{tags::ContentDate, tags::ContentTime},
    std::pair{tags::PerformedProcedureStepStartDate, tags::PerformedProcedureStepStartTime},
};

std::optional<int> two_digits(std::string_view text, std::size_t at, int below) {
    if (text.size() < at + 2 || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' ||
        text[at + 1] > '9') {
        return std::nullopt;
    }
    const int number = (text[at] - '0') * 10 + (text[at + 1] - '0');
    return number < below ? std::optional(number) : std::nullopt;
}

void move_one(dicom::AttributeSet& attributes, dicom::Tag date, dicom::Tag time, int minutes) {
    const auto day = parse_day(attributes.get(date));
    const std::string old_time(attributes.get(time));
    const auto hour = two_digits(old_time, 0, 24);
    const auto minute = two_digits(old_time, 2, 60);
    if (!day || !hour || !minute || old_time.find('\\') != std::string::npos) {
        return;
    }
    const int moved = *hour * 60 + *minute + minutes;
    const int days = moved >= 0 ? moved / kMinutesPerDay : -((kMinutesPerDay - 1 - moved) / kMinutesPerDay);
    const int rest = moved - days * kMinutesPerDay;
    char text[32];
    std::snprintf(text, sizeof text, "%02d%02d", rest / 60, rest % 60);
    attributes.set(date, format_day(*day + std::chrono::days(days)));
    attributes.set(time, text + old_time.substr(4));
}

std::string moved_day(const std::string& text, int days) {
    const auto day = parse_day(text);
    return day ? format_day(*day + std::chrono::days(days)) : std::string();
}

} // namespace

std::optional<int> parse_utc_offset(std::string_view text) {
    const auto hours = two_digits(text, 1, 15);
    const auto minutes = two_digits(text, 3, 60);
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || !hours || !minutes) {
        return std::nullopt;
    }
    const int offset = (text[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
    return offset >= kMostWest && offset <= kMostEast ? std::optional(offset) : std::nullopt;
}

std::string format_utc_offset(int minutes) {
    char text[32];
    std::snprintf(text, sizeof text, "%c%02d%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                  std::abs(minutes) % 60);
    return text;
}

void move_to_time_zone(dicom::AttributeSet& attributes, int utc_offset_minutes) {
    const auto stored = parse_utc_offset(attributes.get(tags::TimezoneOffsetFromUTC));
    if (stored && *stored != utc_offset_minutes) {
        for (const auto& [date, time] : kMoments) {
            move_one(attributes, date, time, utc_offset_minutes - *stored);
        }
    }
    attributes.set(tags::TimezoneOffsetFromUTC, format_utc_offset(utc_offset_minutes));
}

matching::DateRange widened(matching::DateRange range) {
    return {moved_day(range.first, -1), moved_day(range.last, 1)};
}

} // namespace recog::service
