// How many studies one thread judges in a second of processor time (what others do on the machine does not
// count), by the step that finds the item. `--quick` checks only that it
// runs.
#include "core/recognition/rules.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

using namespace recog;
using namespace recog::recognition;

namespace {

constexpr std::size_t distinct_studies = 1000;

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Case {
    const char* name;
    const char* body_part;
    const char* code;
    std::array<const char*, 2> descriptions;
    std::vector<std::string> series;
    VerdictCode expected;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"procedure code", "", "CT004", {"", ""}, {}, VerdictCode::Recognised},
        {"procedure code, described",
         "CHEST",
         "CT004",
         {"胸部CT平扫", "CT CHEST WO CONTRAST"},
         {},
         VerdictCode::Recognised},
        {"body part", "CHEST", "", {"", ""}, {}, VerdictCode::Recognised},
        {"body part, described",
         "CHEST",
         "",
         {"胸部CT平扫", "CT CHEST WO CONTRAST"},
         {},
         VerdictCode::Recognised},
        {"body part, 4 series",
         "CHEST",
         "",
         {"", ""},
         {"Scout", "5mm lung", "1mm lung", "定位像"},
         VerdictCode::Recognised},
        {"words, Chinese", "", "", {"胸部低剂量CT平扫", "胸部CT平扫"}, {}, VerdictCode::Recognised},
        {"words, full width", "", "", {"胸部ＣＴ（平扫）", "胸部ＣＴ平扫"}, {}, VerdictCode::Recognised},
        {"words, English",
         "",
         "",
         {"CT CHEST WO CONTRAST", "Low dose CT chest"},
         {},
         VerdictCode::Recognised},
        {"words of 20 series", "", "", {"", ""}, {}, VerdictCode::Recognised},
        {"not listed", "", "", {"Testing File-set", "蝄蟎篭"}, {}, VerdictCode::NotListed},
    };
    return all;
}

std::vector<Exam> exams_of(const Case& one) {
    std::vector<Exam> exams(distinct_studies);
    for (std::size_t i = 0; i < exams.size(); ++i) {
        Exam& exam = exams[i];
        exam.modalities = {"CT", "SR"};
        if (*one.body_part != '\0') {
            exam.body_parts = {one.body_part};
        }
        if (*one.code != '\0') {
            exam.procedure_codes = {{one.code, "99HR", ""}};
        }
        exam.study_description = one.descriptions[i % 2];
        exam.series_descriptions = one.series;
        if (std::string_view(one.name) == "words of 20 series") {
            for (int series = 0; series < 20; ++series) {
                exam.series_descriptions.push_back("胸部CT平扫 " + std::to_string(series) + "mm");
            }
        }
        exam.study_date = "202605" + std::to_string(10 + i % 20);
        exam.institution = i % 2 == 0 ? "H001" : "H002";
        exam.has_images = true;
        exam.report_status = ReportStatus::Final;
    }
    return exams;
}

/// Studies a second, the median of `rounds`; 0 when a verdict is not the expected one.
double rate(const Rules& rules, const Case& one, int rounds, std::size_t studies) {
    const std::vector<Exam> exams = exams_of(one);
    const Day today = *parse_day("20260601");
    std::vector<double> rates;
    for (int round = 0; round < rounds; ++round) {
        const std::clock_t begin = std::clock();
        for (std::size_t i = 0; i < studies; ++i) {
            if (rules.judge(exams[i % exams.size()], {"H001"}, today).code != one.expected) {
                return 0;
            }
        }
        const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        rates.push_back(static_cast<double>(studies) / std::max(seconds, 1e-6));
    }
    std::nth_element(rates.begin(), rates.begin() + rounds / 2, rates.end());
    return rates[static_cast<std::size_t>(rounds / 2)];
}

} // namespace

int main(int count, char** arguments) {
    const bool quick = count > 1 && std::string_view(arguments[1]) == "--quick";
    const std::string folder = std::string(SOURCE_DIR) + "/dicom-conf/";
    const auto begin = std::chrono::steady_clock::now();
    auto catalogue = Catalogue::parse(read_whole(folder + "catalogue.json"));
    auto institutions = Institutions::parse(read_whole(folder + "institutions.json"));
    if (!catalogue || !institutions) {
        std::fprintf(stderr, "%s\n",
                     (!catalogue ? catalogue.failure() : institutions.failure()).text.c_str());
        return 1;
    }
    const std::chrono::duration<double, std::milli> loading = std::chrono::steady_clock::now() - begin;
    const Rules rules(std::move(catalogue).value(), std::move(institutions).value());
    std::printf("%zu items and %zu institutions read in %.1f ms\n", rules.catalogue().items().size(),
                rules.institutions().all().size(), loading.count());
    std::printf("%-28s %14s %12s\n", "item found by", "studies/s", "us a study");
    for (const Case& one : cases()) {
        const double found = quick ? rate(rules, one, 1, 2000) : rate(rules, one, 5, 200000);
        if (found == 0) {
            std::fprintf(stderr, "%s: a verdict is not the expected one\n", one.name);
            return 1;
        }
        std::printf("%-28s %14.0f %12.2f\n", one.name, found, 1e6 / found);
    }
    return 0;
}
