#include "tests/core/recognition/table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace recog;
using namespace recog::recognition;

namespace {

const std::map<std::string, ReportStatus> statuses = {{"none", ReportStatus::None},
                                                      {"preliminary", ReportStatus::Preliminary},
                                                      {"final", ReportStatus::Final},
                                                      {"amended", ReportStatus::Amended}};

Rules table_rules() {
    const std::string folder = std::string(TESTDATA_DIR) + "/recognition/";
    auto catalogue = Catalogue::parse(read_whole(folder + "verdicts_catalogue.json"));
    auto institutions = Institutions::parse(read_whole(folder + "verdicts_institutions.json"));
    if (!catalogue || !institutions) {
        throw std::runtime_error(!catalogue ? catalogue.failure().text : institutions.failure().text);
    }
    return {std::move(catalogue).value(), std::move(institutions).value()};
}

/// item, study date, issuer, images, report, consent, asker, today, verdict, last day, mark, why contains
Exam exam_of(const Row& row) {
    Exam exam;
    if (row.cells[0].starts_with("?")) {
        exam.study_description = row.cells[0].substr(1);
    } else {
        exam.procedure_codes = {{row.cells[0], "T", ""}};
    }
    exam.study_date = row.cells[1];
    exam.institution = row.cells[2];
    exam.has_images = row.cells[3] == "images";
    if (exam.has_images) {
        exam.modalities = {"CT"};
    }
    exam.report_status = statuses.at(row.cells[4]);
    exam.consent_missing = row.cells[5] == "missing";
    exam.recognised_count = static_cast<unsigned>(row.line);
    return exam;
}

} // namespace

TEST_CASE("every row of the verdict table is judged as it says") {
    const Rules rules = table_rules();
    std::set<std::string> seen;
    for (const Row& row : read_table("verdicts.tsv", 12)) {
        CAPTURE(row.line);
        const Exam exam = exam_of(row);
        const Verdict verdict = rules.judge(exam, {row.cells[6]}, *parse_day(row.cells[7]));
        CAPTURE(verdict.why);
        CHECK(to_string(verdict.code) == row.cells[8]);
        CHECK((verdict.last_day ? format_day(*verdict.last_day) : "") == row.cells[9]);
        CHECK(verdict.mark == row.cells[10]);
        CHECK(verdict.why.find(row.cells[11]) != std::string::npos);
        CHECK(verdict.why.ends_with("。"));
        CHECK(verdict.institution_code == exam.institution);
        CHECK(verdict.recognised_count == exam.recognised_count);
        const Item* item = rules.catalogue().find(verdict.item_code, *parse_day(row.cells[7]));
        CHECK((item == nullptr) == (verdict.code == VerdictCode::NotListed));
        CHECK(verdict.item_name == (item == nullptr ? "" : item->name));
        CHECK(verdict.fee == (item == nullptr ? "" : item->fee));
        seen.insert(std::string(to_string(verdict.code)));
    }
    CHECK(seen.size() == 8);
}

TEST_CASE(
    "each ordered pair of tiers recognises as second-class-A and above, lower ones upward and each other") {
    const Rules rules = table_rules();
    const Day today = *parse_day("20260601");
    for (const Row& row : read_table("tiers.tsv", 3)) {
        CAPTURE(row.line);
        Exam exam;
        exam.procedure_codes = {{"REGION", "T", ""}};
        exam.study_date = "20260601";
        exam.modalities = {"CT"};
        exam.has_images = true;
        exam.report_status = ReportStatus::Final;
        exam.institution = "T" + row.cells[0];
        const Verdict verdict = rules.judge(exam, {"T" + row.cells[1]}, today);
        CAPTURE(verdict.why);
        CHECK(to_string(verdict.code) == row.cells[2]);
    }
}

TEST_CASE("the demonstration region judges as its documentation says") {
    const Rules rules(shipped_catalogue(), shipped_institutions());
    const Day today = *parse_day("20260601");
    Exam exam;
    exam.study_date = "20260520";
    exam.modalities = {"DX"};
    exam.body_parts = {"CHEST"};
    exam.has_images = true;
    exam.report_status = ReportStatus::Final;
    exam.institution = "H003";
    CHECK(rules.judge(exam, {"H001"}, today).code == VerdictCode::OutOfScope);
    const Verdict township = rules.judge(exam, {"H002"}, today);
    CHECK(township.code == VerdictCode::Recognised);
    CHECK(township.mark == "县HR");
    CHECK(township.fee == "60");
    CHECK(township.institution_name == "石桥镇卫生院");
    CHECK(rules.judge(exam, {"H003"}, today).code == VerdictCode::Recognised);
    CHECK(rules.judge(exam, {}, today).code == VerdictCode::OutOfScope);
    exam.institution = "H002";
    CHECK(rules.judge(exam, {"H001"}, today).code == VerdictCode::Recognised);
    exam.institution = "H003";
    exam.body_parts = {"KNEE"};
    CHECK(rules.judge(exam, {"H002"}, today).code == VerdictCode::QualityLapsed);
}
