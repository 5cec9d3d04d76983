// The answer to "need this exam be done again?": element for element the private dictionary's group 0B01.
#pragma once

#include "core/base/date.hpp"
#include "core/recognition/exam.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace recog::recognition {

enum class VerdictCode {
    Recognised,
    Expired,
    OutOfScope,
    NotListed,
    QualityLapsed,
    ReportPending,
    Incomplete,
    ConsentNeeded
};

/// RECOGNISED, EXPIRED, OUT_OF_SCOPE, ...: the CS values of (0B01,xx01).
std::string_view to_string(VerdictCode code);

/// FINAL, PRELIMINARY, AMENDED, NONE: the CS values of (0B01,xx0B).
std::string_view to_string(ReportStatus status);

/// Never stored: it holds for one asker on one day.
struct Verdict {
    VerdictCode code = VerdictCode::NotListed;
    std::string item_code; ///< empty when no item was found, as are item_name and fee
    std::string item_name;
    std::string mark; ///< such as 浙HR; empty unless quality control is passed (the mark is forbidden then)
    std::string institution_code; ///< as the exam states it
    std::string institution_name; ///< empty when the institution is not listed
    std::string why;              ///< one Chinese sentence naming the deciding fact, without patient data
    /// Study date + window, where scope and quality control let the window decide.
    std::optional<Day> last_day;
    std::string fee; ///< DS, in yuan
    unsigned recognised_count = 0;
};

} // namespace recog::recognition
