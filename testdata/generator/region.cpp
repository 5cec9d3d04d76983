#include "testdata/generator/region.hpp"

#include "testdata/generator/determinism.hpp"
#include "testdata/generator/manifest.hpp"
#include "testdata/generator/study_writer.hpp"

#include <array>
#include <cstdio>
#include <system_error>

namespace recog::generator {
namespace {

template <typename Entry> const Entry* by_code(const std::vector<Entry>& entries, const std::string& code) {
    for (const Entry& entry : entries) {
        if (entry.code == code) {
            return &entry;
        }
    }
    return nullptr;
}

const Person* by_key(const std::vector<Person>& persons, const std::string& key) {
    for (const Person& person : persons) {
        if (person.key == key) {
            return &person;
        }
    }
    return nullptr;
}

/// Day, numbers and UIDs of the study in row `index`. A UID depends on everything that the bytes depend on,
/// so that no two different objects ever bear the same one.
Study settle(const PlannedStudy& plan, int index, const std::vector<Person>& persons,
             const RegionOptions& options) {
    Study study;
    study.plan = &plan;
    study.person = by_key(persons, plan.person);
    study.institution = by_code(region_institutions(), plan.institution);
    study.item = by_code(region_items(), plan.item_code);
    study.date = format_day(options.today - std::chrono::days{plan.days_ago});
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%02d%02d00", 8 + index / 4, index % 4 * 15);
    study.time = text.data();
    std::snprintf(text.data(), text.size(), "%s%s%02d", std::string(modality_of(plan.kind)).c_str(),
                  study.date.c_str(), index);
    study.accession = text.data();
    study.study_id = std::to_string(1000 + index);
    study.seed = "region/" + plan.key + "/" + study.date + "/" + std::to_string(plan.slices) + "/" +
                 std::to_string(options.size) + "/" + std::string(name_of(plan.character_set));
    study.uid = stable_uid(study.seed);
    study.frame_of_reference_uid = stable_uid(study.seed + "/frame");
    return study;
}

} // namespace

Status prepare_output(const std::filesystem::path& output) {
    std::error_code failure;
    std::filesystem::create_directories(output, failure);
    if (failure) {
        return error(ErrorKind::Storage,
                     "Cannot make folder " + output.string() + ": " + failure.message() + ".");
    }
    const bool empty = std::filesystem::is_empty(output, failure);
    if (failure) {
        return error(ErrorKind::Storage,
                     "Cannot read folder " + output.string() + ": " + failure.message() + ".");
    }
    if (!empty) {
        return error(ErrorKind::BadRequest,
                     "Folder " + output.string() +
                         " is not empty; name an empty or a new one, or remove it first.");
    }
    return {};
}

Status write_region(const RegionOptions& options, const Progress& progress) {
    if (Status prepared = prepare_output(options.output); !prepared) {
        return prepared;
    }
    const std::vector<Person> persons = region_persons();
    std::vector<PlannedStudy> plans = region_studies(options.slices);
    for (PlannedStudy& plan : plans) {
        plan.character_set = options.character_set.value_or(plan.character_set);
    }
    const Phantoms phantoms;
    std::vector<WrittenStudy> studies;
    for (const PlannedStudy& plan : plans) {
        const int index = static_cast<int>(studies.size()) + 1;
        const Study study = settle(plan, index, persons, options);
        Result<WrittenStudy> written = write_study_files(study, phantoms, {options.size}, options.output);
        if (!written) {
            return written.failure();
        }
        progress("[" + std::to_string(index) + "/" + std::to_string(plans.size()) + "] " + plan.key + ": " +
                 std::to_string(written->images) + " images, " + std::to_string(written->reports.size()) +
                 " reports");
        studies.push_back(std::move(*written));
    }
    return write_region_manifest(options, persons, studies);
}

} // namespace recog::generator
