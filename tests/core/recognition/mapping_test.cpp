#include "tests/core/recognition/table.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace recog;
using namespace recog::recognition;

namespace {

std::string_view name_of(MatchBasis basis) {
    switch (basis) {
    case MatchBasis::ProcedureCode:
        return "code";
    case MatchBasis::BodyPart:
        return "part";
    case MatchBasis::Keywords:
        return "words";
    case MatchBasis::None:
        break;
    }
    return "";
}

/// modalities, body parts, codes (scheme:code=meaning), agent, study description, series, item, basis
Exam exam_of(const Row& row) {
    Exam exam;
    exam.modalities = split(row.cells[0], ',');
    exam.has_images = !row.cells[0].empty() && row.cells[0] != "SR" && row.cells[0] != "DOC";
    exam.body_parts = split(row.cells[1], ',');
    for (const std::string& code : split(row.cells[2], ';')) {
        const std::size_t colon = code.find(':');
        const std::size_t equals = std::min(code.find('='), code.size());
        exam.procedure_codes.push_back({code.substr(colon + 1, equals - colon - 1), code.substr(0, colon),
                                        equals < code.size() ? code.substr(equals + 1) : ""});
    }
    exam.contrast_agent = row.cells[3] == "agent";
    exam.study_description = row.cells[4];
    exam.series_descriptions = split(row.cells[5], '|');
    return exam;
}

} // namespace

TEST_CASE("every row of the mapping table finds its item, whatever the order of lists") {
    const Catalogue catalogue = shipped_catalogue();
    const Day day = *parse_day("20260601");
    for (const Row& row : read_table("mapping.tsv", 8)) {
        CAPTURE(row.line);
        CAPTURE(row.cells[4]);
        Exam exam = exam_of(row);
        for (int turn = 0; turn < 2; ++turn) {
            const Match match = catalogue.match(exam, day);
            CAPTURE(match.why_not);
            CHECK((match.item == nullptr ? "" : match.item->name) == row.cells[6]);
            CHECK(name_of(match.basis) == row.cells[7]);
            CHECK(match.why_not.empty() == (match.item != nullptr));
            std::reverse(exam.modalities.begin(), exam.modalities.end());
            std::reverse(exam.body_parts.begin(), exam.body_parts.end());
            std::reverse(exam.procedure_codes.begin(), exam.procedure_codes.end());
            std::reverse(exam.series_descriptions.begin(), exam.series_descriptions.end());
        }
    }
}
