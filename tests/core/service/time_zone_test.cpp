#include "core/service/time_zone.hpp"

#include <doctest/doctest.h>

using namespace recog;
namespace tags = dicom::tags;

TEST_CASE("offsets from UTC are read strictly and written back") {
    for (const char* text : {"+0800", "-0330", "+0000", "+1400", "-1200"}) {
        const auto offset = service::parse_utc_offset(text);
        REQUIRE(offset);
        CHECK(service::format_utc_offset(*offset) == text);
    }
    for (const char* text :
         {"", "0800", "+800", "+08:00", "+1401", "-1201", "+0860", "+08000", "Z", "+ 800"}) {
        CAPTURE(std::string(text));
        CHECK_FALSE(service::parse_utc_offset(text));
    }
}

TEST_CASE("dates with a time move to the asker's zone, across midnight and the turn of a year") {
    struct Case {
        const char* zone;
        const char* date;
        const char* time;
        int to;
        const char* moved_date;
        const char* moved_time;
    };
    for (const Case& one :
         {Case{"+0800", "20240101", "0430", 0, "20231231", "2030"},
          Case{"+0000", "20240228", "235959.123456", 480, "20240229", "075959.123456"},
          Case{"-0330", "20240611", "1015", 345, "20240611", "1930"},
          Case{"+0800", "20240611", "1015", 480, "20240611", "1015"},
          Case{"", "20240611", "1015", 0, "20240611", "1015"},
          Case{"+0800", "20240611", "", 0, "20240611", ""},
          Case{"+0800", "20240611", "10", 0, "20240611", "10"}, Case{"+0800", "", "1015", 0, "", "1015"},
          Case{"+0800", "20240611", "10:15:00", 0, "20240611", "10:15:00"},
          Case{"nonsense", "20240611", "1015", 0, "20240611", "1015"},
          Case{"+1400", "20240611", "1359", -720, "20240610", "1159"},
          Case{"+1400", "20240611", "0000", -720, "20240609", "2200"}}) {
        CAPTURE(std::string(one.zone) + " " + one.date + " " + one.time);
        dicom::AttributeSet attributes;
        attributes.set(tags::TimezoneOffsetFromUTC, one.zone);
        attributes.set(tags::StudyDate, one.date);
        attributes.set(tags::StudyTime, one.time);
        attributes.set(tags::PatientBirthDate, "19800101");
        attributes.set(tags::PatientBirthTime, "0000");
        service::move_to_time_zone(attributes, one.to);
        CHECK(attributes.get(tags::StudyDate) == one.moved_date);
        CHECK(attributes.get(tags::StudyTime) == one.moved_time);
        CHECK(attributes.get(tags::TimezoneOffsetFromUTC) == service::format_utc_offset(one.to));
        CHECK(attributes.get(tags::PatientBirthDate) == "19800101");
    }
}

TEST_CASE("a range of days that narrows is a day wider on each side that it has") {
    using matching::DateRange;
    CHECK(service::widened({"20240301", "20241231"}) == DateRange{"20240229", "20250101"});
    CHECK(service::widened({"20240301", ""}) == DateRange{"20240229", ""});
    CHECK(service::widened({"", "20240228"}) == DateRange{"", "20240229"});
}
