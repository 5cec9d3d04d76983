#include "testdata/generator/manifest.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <system_error>

namespace recog::generator {
namespace {

using Json = nlohmann::ordered_json;

Status write_json(const std::filesystem::path& output, const Json& json) {
    const std::filesystem::path path = output / "manifest.json";
    const std::filesystem::path unfinished = output / "manifest.json.part";
    std::ofstream file(unfinished);
    file << json.dump(2) << '\n';
    file.close();
    std::error_code failure;
    if (file) {
        std::filesystem::rename(unfinished, path, failure);
    }
    if (!file || failure) {
        return error(ErrorKind::Storage, "Cannot write " + path.string() + ".");
    }
    return {};
}

/// Whether the identifier stands in any object: by the others a question must find nothing.
bool is_sent(const Person& person, const std::string& issuer, const std::vector<WrittenStudy>& studies) {
    return std::any_of(studies.begin(), studies.end(), [&](const WrittenStudy& written) {
        const PlannedStudy& plan = *written.study.plan;
        return written.study.person->key == person.key &&
               (plan.institution == issuer ||
                std::find(plan.cards.begin(), plan.cards.end(), issuer) != plan.cards.end());
    });
}

Json identifiers(const Person& person, const std::vector<Identifier>& list,
                 const std::vector<WrittenStudy>& studies) {
    Json json = Json::array();
    for (const Identifier& identifier : list) {
        json.push_back({{"issuer", identifier.issuer},
                        {"value", identifier.value},
                        {"sent", is_sent(person, identifier.issuer, studies)}});
    }
    return json;
}

Json person_json(const Person& person, const std::vector<WrittenStudy>& studies) {
    Json own = Json::array();
    for (const WrittenStudy& written : studies) {
        if (written.study.person->key == person.key) {
            own.push_back(written.study.uid);
        }
    }
    return {{"key", person.key},
            {"name", person.chinese_name},
            {"patient_name", person.name},
            {"birth_date", person.birth_date},
            {"sex", person.sex},
            {"local_ids", identifiers(person, person.local_ids, studies)},
            {"cards", identifiers(person, person.cards, studies)},
            {"studies", own}};
}

const char* name_of(ReportStatus status) {
    switch (status) {
    case ReportStatus::Final:
        return "FINAL";
    case ReportStatus::Preliminary:
        return "PRELIMINARY";
    case ReportStatus::Amended:
        break;
    }
    return "AMENDED";
}

Json report_json(const WrittenReport& report) {
    return {{"sop_instance_uid", report.sop_instance_uid},
            {"form", report.plan.form == ReportForm::Pdf ? "PDF" : "SR"},
            {"status", name_of(report.plan.status)},
            {"file", report.file}};
}

Json item_json(const Item& item) {
    return {{"scheme", item_scheme},     {"code", item.code},           {"name", item.name},
            {"modality", item.modality}, {"body_part", item.body_part}, {"contrast", item.contrast}};
}

Json study_json(const WrittenStudy& written) {
    const Study& study = written.study;
    Json json{{"key", study.plan->key},
              {"study_instance_uid", study.uid},
              {"person", study.plan->person},
              {"institution", study.plan->institution},
              {"study_date", study.date},
              {"days_ago", study.plan->days_ago},
              {"accession_number", study.accession},
              {"study_description", study.plan->description},
              {"modality", modality_of(study.plan->kind)},
              {"item", study.item != nullptr ? Json(study.item->code) : Json(nullptr)},
              {"found_by", name_of(study.plan->found_by)},
              {"character_set", generator::name_of(study.plan->character_set)},
              {"patient_id", study.person->value_of(study.institution->code)},
              {"issuer_given", study.plan->issuer_given},
              {"cards", study.plan->cards},
              {"images", written.images}};
    json["reports"] = Json::array();
    for (const WrittenReport& report : written.reports) {
        json["reports"].push_back(report_json(report));
    }
    json["parts"] = Json::array();
    for (const WrittenPart& part : written.parts) {
        json["parts"].push_back({{"aet", part.ae_title}, {"folder", part.folder}, {"files", part.files}});
    }
    return json;
}

} // namespace

Status write_region_manifest(const RegionOptions& options, const std::vector<Person>& persons,
                             const std::vector<WrittenStudy>& studies) {
    Json json{{"today", format_day(options.today)}, {"slices", options.slices}, {"size", options.size}};
    json["institutions"] = Json::array();
    for (const Institution& institution : region_institutions()) {
        json["institutions"].push_back(
            {{"code", institution.code}, {"name", institution.name}, {"tier", institution.tier}});
    }
    json["items"] = Json::array();
    for (const Item& item : region_items()) {
        json["items"].push_back(item_json(item));
    }
    json["persons"] = Json::array();
    for (const Person& person : persons) {
        json["persons"].push_back(person_json(person, studies));
    }
    json["studies"] = Json::array();
    for (const WrittenStudy& written : studies) {
        json["studies"].push_back(study_json(written));
    }
    return write_json(options.output, json);
}

Status write_benchmark_manifest(const CtOptions& options, const std::vector<BenchmarkStudy>& studies) {
    Json json{{"today", format_day(options.today)}, {"slices", options.slices}, {"size", options.size}};
    json["studies"] = Json::array();
    for (const BenchmarkStudy& study : studies) {
        json["studies"].push_back({{"folder", study.folder},
                                   {"study_instance_uid", study.study_uid},
                                   {"patient_id", study.patient_id},
                                   {"issuer", "H001"},
                                   {"health_card", study.card},
                                   {"images", study.images}});
    }
    return write_json(options.output, json);
}

} // namespace recog::generator
