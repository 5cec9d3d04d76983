#include "testdata/generator/determinism.hpp"
#include "testdata/generator/manifest.hpp"
#include "testdata/generator/region.hpp"
#include "testdata/generator/study_writer.hpp"

#include <array>
#include <cstdio>

namespace recog::generator {
namespace {

std::string padded(const char* prefix, int number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%s%06d", prefix, number);
    return text.data();
}

Person benchmark_person(int number) {
    const std::string key = padded("BENCH", number);
    return {.key = key,
            .name = "Bench^" + key,
            .chinese_name = "",
            .birth_date = "19700101",
            .sex = "O",
            .local_ids = {{"H001", key}},
            .cards = {{"HEALTH_CARD", health_card(key)}}};
}

PlannedStudy benchmark_plan(const Person& person, const CtOptions& options, int number) {
    return {.key = padded((person.key + "_").c_str(), number),
            .person = person.key,
            .institution = "H001",
            .kind = StudyKind::ChestCt,
            .days_ago = number % 300,
            .found_by = FoundBy::ProcedureCode,
            .item_code = "CT004",
            .description = "胸部CT平扫",
            .character_set = CharacterSet::Utf8,
            .issuer_given = true,
            .cards = {"HEALTH_CARD"},
            .slices = options.slices,
            .reports = {},
            .findings = "",
            .impression = ""};
}

Study settle(const PlannedStudy& plan, const Person& person, const CtOptions& options, int number) {
    Study study;
    study.plan = &plan;
    study.person = &person;
    study.institution = &region_institutions().front();
    study.item = &region_items().front();
    study.date = format_day(options.today - std::chrono::days{plan.days_ago});
    study.time = "090000";
    study.accession = "B" + person.key.substr(5) + std::to_string(number);
    study.study_id = std::to_string(number);
    study.seed = "ct/" + plan.key + "/" + study.date + "/" + std::to_string(options.slices) + "/" +
                 std::to_string(options.size);
    study.uid = stable_uid(study.seed);
    study.frame_of_reference_uid = stable_uid(study.seed + "/frame");
    return study;
}

} // namespace

Status write_benchmark_ct(const CtOptions& options, const Progress& progress) {
    if (Status prepared = prepare_output(options.output); !prepared) {
        return prepared;
    }
    const Phantoms phantoms;
    std::vector<BenchmarkStudy> manifest;
    for (int patient = 1; patient <= options.patients; ++patient) {
        const Person person = benchmark_person(patient);
        for (int number = 1; number <= options.studies; ++number) {
            const PlannedStudy plan = benchmark_plan(person, options, number);
            const Study study = settle(plan, person, options, number);
            const auto written = write_study_files(study, phantoms, {options.size}, options.output);
            if (!written) {
                return written.failure();
            }
            manifest.push_back({written->parts.front().folder, study.uid, person.key,
                                person.cards.front().value, static_cast<int>(written->images)});
        }
        if (patient % 100 == 0 || patient == options.patients) {
            progress(std::to_string(patient) + " of " + std::to_string(options.patients) +
                     " patients written");
        }
    }
    return write_benchmark_manifest(options, manifest);
}

} // namespace recog::generator
