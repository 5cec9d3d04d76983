// Which priors are prepared: the rule, by table.
#include "core/service/prior_selection.hpp"
#include "tests/text_table.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;

namespace {

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size() && !text.empty();) {
        const std::size_t end = std::min(text.find(at, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

service::CandidateStudy candidate_of(const std::string& text) {
    const auto fields = split(text, ':');
    REQUIRE(fields.size() == 5);
    return {fields[0], fields[1], fields[2], split(fields[3], '/'), split(fields[4], '/')};
}

std::string known(const std::string& column) {
    return column == "-" ? std::string() : column;
}

std::string chosen(const std::vector<service::CandidateStudy>& candidates, const Row& row,
                   const service::PrefetchSettings& settings) {
    const service::Announcement announcement{"1", "", "H001", known(row[1]), known(row[2]), {"9"}};
    std::string text;
    for (const auto& prior : choose_priors(candidates, announcement, settings, *parse_day("20240620"))) {
        text += (text.empty() ? "" : " ") + prior.study_uid + (prior.push ? "+" : "-");
    }
    return text;
}

} // namespace

TEST_CASE("priors are chosen by what is announced, by table") {
    service::PrefetchSettings settings;
    settings.maximum_studies = 3;
    settings.maximum_age_days = 3650;
    for (const Row& row : read_table(TESTDATA_DIR "/prefetch/choice.tsv", 5)) {
        CAPTURE(row.line);
        CAPTURE(row[0]);
        std::vector<service::CandidateStudy> candidates;
        for (const std::string& text : split(row[3], ' ')) {
            candidates.push_back(candidate_of(text));
        }
        CHECK(chosen(candidates, row, settings) == row[4]);
        std::reverse(candidates.begin(), candidates.end());
        CHECK(chosen(candidates, row, settings) == row[4]);
    }
}

TEST_CASE("modality and body part count only when the settings say so") {
    service::PrefetchSettings settings;
    settings.same_modality = false;
    settings.same_body_part = false;
    const std::vector<service::CandidateStudy> candidates{{"1", "H002", "20240101", {"MR"}, {"KNEE"}}};
    CHECK(chosen(candidates, Row{0, {"", "CT", "CHEST"}}, settings) == "1+");
    settings.same_modality = true;
    CHECK(chosen(candidates, Row{0, {"", "CT", "CHEST"}}, settings).empty());
}
