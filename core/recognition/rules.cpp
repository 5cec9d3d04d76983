#include "core/recognition/rules.hpp"

#include <string_view>
#include <unordered_set>
#include <vector>

namespace recog::recognition {

namespace {

constexpr std::size_t max_usual_why = 160; ///< bytes: one allocation for the usual sentence

/// YYYY-MM-DD. Days come from parse_day, so the year has four digits; a verdict writes three of them.
std::string written(Day day) {
    const std::chrono::year_month_day date{day};
    std::string text = "0000-00-00";
    const auto write = [&text](std::size_t last, unsigned number) {
        for (std::size_t i = last; number != 0 && text[i] != '-'; number /= 10) {
            text[i] = static_cast<char>('0' + number % 10);
            if (i-- == 0) {
                break;
            }
        }
    };
    write(3, static_cast<unsigned>(static_cast<int>(date.year())));
    write(6, static_cast<unsigned>(date.month()));
    write(9, static_cast<unsigned>(date.day()));
    return text;
}

std::string in_quotes(std::string_view name) {
    return "“" + std::string(name) + "”";
}

bool same_union(const Institution& one, const Institution& other) {
    return !one.union_code.empty() && one.union_code == other.union_code;
}

bool lies_in(const Institution& institution, const std::string& area) {
    return area.empty() || institution.area.starts_with(area);
}

/// Second-class-A and above recognise each other, lower tiers recognise each other and upward.
bool tier_recognises(const Institution& asker, const Institution& issuer) {
    return issuer.tier_rank >= second_class_a_rank || asker.tier_rank < second_class_a_rank;
}

/// Empty when the scope includes the asker; else why not.
std::string out_of_scope(const Scope& scope, const Institution& issuer, const Institution* asker) {
    if (scope.rule == ScopeRule::National) {
        return {};
    }
    if (asker == nullptr) {
        return "查询机构未登记，只能互认全国范围的项目，而该项目的范围是" + scope.mark + "。";
    }
    if (asker->code == issuer.code || same_union(*asker, issuer)) {
        return {};
    }
    if (scope.rule == ScopeRule::Union) {
        return "该项目只在医共体内互认，查询机构与出具机构不在同一医共体。";
    }
    if (!lies_in(issuer, scope.area) || !lies_in(*asker, scope.area)) {
        return "查询机构或出具机构不在" + scope.mark + "的互认地区之内。";
    }
    if (!tier_recognises(*asker, issuer)) {
        return "出具机构等级（" + issuer.tier + "）低于二级甲等，等级为" + asker->tier +
               "的查询机构不互认其结果。";
    }
    return {};
}

/// Empty when nothing is missing; sets the code otherwise.
std::string missing(const Exam& exam, const Item& item, std::optional<Day> study_day, Day today,
                    VerdictCode& code) {
    code = VerdictCode::Incomplete;
    if (!study_day) {
        return exam.study_date.empty() ? "检查没有检查日期，无法计算互认期限。"
                                       : "检查日期不是有效日期，无法计算互认期限。";
    }
    if (*study_day > today) {
        return "检查日期" + written(*study_day) + "晚于今日" + written(today) + "，无法计算互认期限。";
    }
    if (item.requirement != Requirement::Report && !exam.has_images) {
        return in_quotes(item.name) + "要求有影像，本检查没有影像。";
    }
    code = VerdictCode::ReportPending;
    if (item.requirement != Requirement::Images) {
        if (exam.report_status == ReportStatus::None) {
            return in_quotes(item.name) + "要求有报告，本检查尚无报告。";
        }
        if (exam.report_status == ReportStatus::Preliminary) {
            return in_quotes(item.name) + "要求有正式报告，本检查目前只有初步报告。";
        }
    }
    return {};
}

/// Empty when quality control is passed on both days; else why not.
std::string quality_lapsed(const Institution& issuer, const Item& item, Day study_day, Day today) {
    for (const Day day : {study_day, today}) {
        if (!issuer.quality_passed(item, day)) {
            return issuer.name + "在" + written(day) + "（" + (day == study_day ? "检查日" : "今日") +
                   "）没有" + in_quotes(item.name) + "的质量控制合格记录。";
        }
    }
    return {};
}

Verdict decided(Verdict verdict, VerdictCode code, std::string why) {
    verdict.code = code;
    verdict.why = std::move(why);
    return verdict;
}

void append_window(std::string& out, const Item& item, Day study_day, Day last_day) {
    out.append("检查日").append(written(study_day)).append("，互认期限");
    out.append(std::to_string(item.window_days)).append("天，至").append(written(last_day));
}

std::string recognised_text(const Item& item, const Institution& issuer, const Institution* asker) {
    if (asker != nullptr && asker->code == issuer.code) {
        return "本机构结果";
    }
    if (asker != nullptr && item.scope.rule != ScopeRule::National && same_union(*asker, issuer)) {
        return "同一医共体结果";
    }
    return "属" + item.scope.mark + "互认范围";
}

} // namespace

Status check_quality_items(const Catalogue& catalogue, const Institutions& institutions) {
    std::unordered_set<std::string_view> known = {"*", "imaging", "laboratory"};
    for (const Item& item : catalogue.items()) {
        known.insert(item.code);
    }
    for (std::size_t i = 0; i < institutions.all().size(); ++i) {
        const std::vector<QualityPeriod>& periods = institutions.all()[i].quality;
        for (std::size_t k = 0; k < periods.size(); ++k) {
            for (std::size_t n = 0; n < periods[k].items.size(); ++n) {
                if (!known.contains(periods[k].items[n])) {
                    return error(ErrorKind::Configuration, "institutions: institutions[" + std::to_string(i) +
                                                               "].quality[" + std::to_string(k) + "].items[" +
                                                               std::to_string(n) +
                                                               "] is no item of the catalogue");
                }
            }
        }
    }
    return {};
}

Rules::Rules(Catalogue catalogue, Institutions institutions)
    : catalogue_(std::move(catalogue)), institutions_(std::move(institutions)) {}

Verdict Rules::judge(const Exam& exam, const Asker& asker, Day today) const {
    Verdict verdict;
    verdict.recognised_count = exam.recognised_count;
    verdict.institution_code = exam.institution;
    const Institution* issuer = exam.institution.empty() ? nullptr : institutions_.find(exam.institution);
    if (issuer != nullptr) {
        verdict.institution_name = issuer->name;
    }
    Match match = catalogue_.match(exam, today);
    if (match.item == nullptr) {
        return decided(std::move(verdict), VerdictCode::NotListed, std::move(match.why_not));
    }
    const Item& item = *match.item;
    verdict.item_code = item.code;
    verdict.item_name = item.name;
    verdict.fee = item.fee;

    const std::optional<Day> study_day = parse_day(exam.study_date);
    VerdictCode lack = VerdictCode::Incomplete;
    if (std::string why = missing(exam, item, study_day, today, lack); !why.empty()) {
        return decided(std::move(verdict), lack, std::move(why));
    }
    if (issuer == nullptr) {
        return decided(std::move(verdict), VerdictCode::QualityLapsed,
                       "出具机构未登记，无法确认其质量控制合格。");
    }
    if (std::string why = quality_lapsed(*issuer, item, *study_day, today); !why.empty()) {
        return decided(std::move(verdict), VerdictCode::QualityLapsed, std::move(why));
    }
    verdict.mark = item.scope.mark;
    const Institution* asking = asker.institution.empty() ? nullptr : institutions_.find(asker.institution);
    if (std::string why = out_of_scope(item.scope, *issuer, asking); !why.empty()) {
        return decided(std::move(verdict), VerdictCode::OutOfScope, std::move(why));
    }
    const Day last_day = *study_day + std::chrono::days{item.window_days};
    verdict.last_day = last_day;
    std::string why;
    why.reserve(max_usual_why);
    VerdictCode code = VerdictCode::Recognised;
    if (today > last_day) {
        code = VerdictCode::Expired;
    } else if (exam.consent_missing) {
        code = VerdictCode::ConsentNeeded;
    } else {
        why.append(recognised_text(item, *issuer, asking)).append("，");
    }
    append_window(why, item, *study_day, last_day);
    if (code == VerdictCode::Expired) {
        why.append("，今日").append(written(today)).append("已超过期限。");
    } else {
        why.append(code == VerdictCode::Recognised ? "，可以互认。" : "，尚缺患者授权同意。");
    }
    return decided(std::move(verdict), code, std::move(why));
}

} // namespace recog::recognition
