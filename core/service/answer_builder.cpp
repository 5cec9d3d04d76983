#include "core/service/answer_builder.hpp"

#include "core/base/utf8.hpp"

#include <algorithm>

namespace recog::service {

namespace tags = dicom::tags;
using dicom::AttributeSet;
using dicom::Level;

namespace {

constexpr std::size_t kMaxNumbers = 64;
constexpr std::size_t kMaxDescriptionBytes = 64 * 3; // LO: 64 characters, three bytes a hanzi

std::vector<std::string> list_of(std::string_view text) {
    std::vector<std::string> values;
    for (const std::string_view value : dicom::split_values(text)) {
        values.emplace_back(value);
    }
    return values;
}

bool names_an_agent(std::string_view list) {
    for (const std::string_view value : dicom::split_values(list)) {
        if (!value.empty() && value != "NONE" && value != "NO" && value != "none" && value != "None") {
            return true;
        }
    }
    return false;
}

std::string_view description_prefix(recognition::VerdictCode code) {
    switch (code) {
    case recognition::VerdictCode::Recognised:
        return "[HR] ";
    case recognition::VerdictCode::Expired:
        return "[过期] ";
    case recognition::VerdictCode::OutOfScope:
        return "[范围外] ";
    case recognition::VerdictCode::NotListed:
        return "[未列入] ";
    case recognition::VerdictCode::QualityLapsed:
        return "[质控失效] ";
    case recognition::VerdictCode::ReportPending:
        return "[待报告] ";
    case recognition::VerdictCode::Incomplete:
        return "[不完整] ";
    case recognition::VerdictCode::ConsentNeeded:
        return "[待同意] ";
    }
    return "";
}

} // namespace

recognition::Exam exam_of(const index::StudyRow& study, const AttributeSet& attributes) {
    recognition::Exam exam;
    if (const auto codes = dicom::decode_items(attributes.get(tags::ProcedureCodeSequence))) {
        for (const AttributeSet& code : *codes) {
            exam.procedure_codes.push_back({std::string(code.get(tags::CodeValue)),
                                            std::string(code.get(tags::CodingSchemeDesignator)),
                                            std::string(code.get(tags::CodeMeaning))});
        }
    }
    exam.modalities = list_of(study.exam.get(tags::ModalitiesInStudy));
    exam.body_parts = list_of(study.exam.get(tags::BodyPartExamined));
    exam.study_description = attributes.get(tags::StudyDescription);
    exam.series_descriptions = list_of(study.exam.get(tags::SeriesDescription));
    exam.contrast_agent = names_an_agent(study.exam.get(tags::ContrastBolusAgent));
    exam.study_date = attributes.get(tags::StudyDate);
    exam.institution = study.institution;
    exam.has_images = study.images;
    exam.report_status = static_cast<recognition::ReportStatus>(study.report_status);
    return exam;
}

AnswerBuilder::AnswerBuilder(const PriorService& service, index::IndexReader& reader, const PriorQuery& query,
                             const PatientAsked& patient)
    : service_(service), reader_(reader), query_(query), patient_(patient) {}

PriorAnswer AnswerBuilder::from_row(index::Row& row) {
    PriorAnswer answer;
    answer.level = query_.level;
    answer.attributes = std::move(row.study.patient);
    answer.attributes.merge_missing(std::move(row.study.attributes));
    if (query_.level != Level::Study) {
        answer.attributes.merge_missing(std::move(row.series.attributes));
    }
    if (query_.level == Level::Instance) {
        answer.attributes.merge_missing(std::move(row.instance.attributes));
        answer.orthanc_id = row.instance.orthanc_id;
    }
    AttributeSet computed;
    computed.set(tags::InstanceAvailability, "ONLINE");
    computed.set(tags::ModalitiesInStudy, std::string(row.study.exam.get(tags::ModalitiesInStudy)));
    computed.set(tags::SOPClassesInStudy, std::string(row.study.exam.get(tags::SOPClassesInStudy)));
    add_study_counts(row.study, computed);
    add_series_count(row, computed);
    answer.attributes.merge_missing(std::move(computed));
    answer.institution = row.study.institution;
    answer.report_ids = row.study.report_ids;
    answer.report_status = row.study.report_status;
    current_study_ = &row.study;
    current_person_ = row.study.person;
    return answer;
}

void AnswerBuilder::add_study_counts(const index::StudyRow& study, AttributeSet& attributes) {
    std::int64_t series = study.series_count;
    std::int64_t instances = study.instance_count;
    if (study.copies > 1 && (query_.wants(tags::NumberOfStudyRelatedInstances) ||
                             query_.wants(tags::NumberOfStudyRelatedSeries))) {
        const auto same = reader_.same_studies(study.person, study.uid);
        if (same.size() > 1) {
            const index::IndexCounts counts = reader_.union_counts(same);
            series = counts.series;
            instances = counts.instances;
        }
    }
    attributes.set(tags::NumberOfStudyRelatedSeries, std::to_string(series));
    attributes.set(tags::NumberOfStudyRelatedInstances, std::to_string(instances));
}

void AnswerBuilder::add_series_count(const index::Row& row, AttributeSet& attributes) {
    if (query_.level == Level::Study) {
        return;
    }
    std::int64_t instances = row.series.instance_count;
    if (row.study.copies > 1 && query_.wants(tags::NumberOfSeriesRelatedInstances)) {
        const auto same = reader_.same_studies(row.study.person, row.study.uid);
        instances = same.size() > 1 ? reader_.union_instances(same, row.series.uid) : instances;
    }
    attributes.set(tags::NumberOfSeriesRelatedInstances, std::to_string(instances));
}

bool AnswerBuilder::is_repetition(const index::Row& row) {
    if (row.study.copies <= 1) {
        return false;
    }
    const std::string& uid = query_.level == Level::Study    ? row.study.uid
                             : query_.level == Level::Series ? row.series.uid
                                                             : row.instance.uid;
    return !given_.emplace(row.study.person, row.study.uid, uid).second;
}

bool AnswerBuilder::is_repeated_study(std::int64_t person, const std::string& uid) {
    return !given_.emplace(person, uid, uid).second;
}

const std::vector<PatientNumber>& AnswerBuilder::local_numbers(std::int64_t person) {
    if (numbers_of_ == person) {
        return numbers_;
    }
    numbers_.clear();
    numbers_of_ = person;
    for (const index::IdentifierRow& identifier : reader_.identifiers_of(person, 4 * kMaxNumbers)) {
        // Cards are for asking, not for giving away: only what hospitals file their patients under is told.
        const bool local = identifier.domain.starts_with(identity::kLocalPrefix) ||
                           identifier.domain.starts_with(identity::kIssuerPrefix) ||
                           identifier.domain == identity::kUnassignedDomain;
        if (local && numbers_.size() < kMaxNumbers) {
            numbers_.push_back(PatientNumber{identifier.value, service_.issuer_of(identifier.domain)});
        }
    }
    return numbers_;
}

void AnswerBuilder::echo_patient(PriorAnswer& answer) {
    AttributeSet& attributes = answer.attributes;
    const PatientNumber stored{std::string(attributes.get(tags::PatientID)),
                               std::string(attributes.get(tags::IssuerOfPatientID))};
    answer.other_patient_ids = local_numbers(current_person_);
    const auto same_value = [&stored](const PatientNumber& number) { return number.value == stored.value; };
    const auto own =
        std::find_if(answer.other_patient_ids.begin(), answer.other_patient_ids.end(), same_value);
    if (own != answer.other_patient_ids.end()) {
        std::rotate(answer.other_patient_ids.begin(), own, own + 1);
    } else if (!stored.value.empty()) {
        answer.other_patient_ids.insert(answer.other_patient_ids.begin(), stored);
    }
    if (patient_.asked_among_others) {
        const PatientNumber asked{patient_.asked_value, patient_.asked_issuer.empty()
                                                            ? service_.issuer_of(patient_.found.domain)
                                                            : patient_.asked_issuer};
        std::erase_if(answer.other_patient_ids,
                      [&asked](const PatientNumber& number) { return number.value == asked.value; });
        answer.other_patient_ids.insert(answer.other_patient_ids.begin(), asked);
        return;
    }
    if (stored.value != patient_.asked_value || !patient_.asked_issuer.empty()) {
        attributes.set(tags::IssuerOfPatientID, patient_.asked_issuer.empty()
                                                    ? service_.issuer_of(patient_.found.domain)
                                                    : patient_.asked_issuer);
    }
    attributes.set(tags::PatientID, patient_.asked_value);
}

void AnswerBuilder::finish(PriorAnswer& answer) {
    if (query_.level != Level::Patient &&
        (query_.recognition || query_.asker.policy.verdict_in_description)) {
        answer.verdict = service_.judge(*current_study_, answer.attributes, query_.asker);
    }
    if (query_.asker.policy.verdict_in_description && answer.verdict) {
        std::string text(description_prefix(answer.verdict->code));
        text += answer.attributes.get(tags::StudyDescription);
        answer.attributes.set(tags::StudyDescription, std::string(utf8_prefix(text, kMaxDescriptionBytes)));
    }
    if (query_.wants(tags::NumberOfPatientRelatedStudies) ||
        query_.wants(tags::NumberOfPatientRelatedSeries) ||
        query_.wants(tags::NumberOfPatientRelatedInstances)) {
        const index::IndexCounts counts = reader_.person_counts(current_person_);
        answer.attributes.set(tags::NumberOfPatientRelatedStudies, std::to_string(counts.studies));
        answer.attributes.set(tags::NumberOfPatientRelatedSeries, std::to_string(counts.series));
        answer.attributes.set(tags::NumberOfPatientRelatedInstances, std::to_string(counts.instances));
    }
    if (patient_.restricted && query_.asker.policy.echo_patient_id) {
        echo_patient(answer);
    }
}

Status AnswerBuilder::each_person(const index::Selection& selection,
                                  const std::function<PersonStep(PriorAnswer&)>& visit) {
    const std::string own_domain =
        query_.asker.institution.empty() ? std::string() : identity::local_domain(query_.asker.institution);
    std::vector<index::PersonRow> records;
    bool go_on = true;
    const auto flush = [&] {
        std::stable_sort(records.begin(), records.end(), [&](const auto& left, const auto& right) {
            return (left.primary_domain == own_domain) > (right.primary_domain == own_domain);
        });
        for (const index::PersonRow& record : records) {
            PriorAnswer answer;
            answer.level = Level::Patient;
            answer.attributes = record.patient;
            current_person_ = record.person;
            const PersonStep step = visit(answer);
            if (step != PersonStep::TryNextRecord) {
                go_on = step == PersonStep::Done;
                break;
            }
        }
        records.clear();
        return go_on;
    };
    const Status read = reader_.persons(selection, [&](index::PersonRow& row) {
        if (!records.empty() && records.front().person != row.person && !flush()) {
            return false;
        }
        records.push_back(std::move(row));
        return true;
    });
    if (read && go_on && !records.empty()) {
        flush();
    }
    return read;
}

} // namespace recog::service
