#include "core/index/fingerprint.hpp"

#include "core/base/digest.hpp"
#include "core/dicom/person_name.hpp"

#include <algorithm>

namespace recog::index {

namespace tags = dicom::tags;

namespace {

std::vector<identity::Identifier> distinct(std::vector<identity::Identifier> identifiers) {
    std::sort(identifiers.begin(), identifiers.end());
    identifiers.erase(std::unique(identifiers.begin(), identifiers.end()), identifiers.end());
    return identifiers;
}

} // namespace

std::string record_fingerprint(const StoredInstance& instance) {
    Digest digest;
    digest.add("record").add(instance.header.patient.encode());
    if (instance.identifiers.empty()) {
        digest.add("study").add(instance.header.study.get(tags::StudyInstanceUID));
    } else {
        const auto& first = instance.identifiers.front();
        digest.add(first.domain).add(first.value);
    }
    for (const auto& identifier : distinct(instance.identifiers)) {
        digest.add(identifier.domain).add(identifier.value).add(identifier.weak ? "w" : "s");
    }
    return digest.finish();
}

std::string study_fingerprint(const StoredInstance& instance, const std::string& record) {
    Digest digest;
    digest.add("study")
        .add(instance.header.patient.get(tags::PatientID))
        .add(record)
        .add(instance.institution);
    digest.add(instance.header.study.encode());
    return digest.finish();
}

std::string series_fingerprint(const StoredInstance& instance) {
    Digest digest;
    digest.add("series")
        .add(instance.header.study.get(tags::StudyInstanceUID))
        .add(instance.header.patient.get(tags::PatientID));
    digest.add(instance.header.series.encode());
    digest.add(instance.header.instance.get(tags::SOPClassUID)).add(instance.header.image ? "i" : "-");
    return digest.finish();
}

std::string instance_fingerprint(const StoredInstance& instance, const std::string& study) {
    Digest digest;
    digest.add("instance").add(study).add(instance.header.series.encode());
    digest.add(instance.header.instance.encode()).add(std::to_string(instance.file_size));
    digest.add(instance.header.image ? "i" : "-");
    if (instance.header.report) {
        const dicom::ReportHeader& report = *instance.header.report;
        digest.add(std::to_string(static_cast<int>(report.status))).add(report.title).add(report.text);
        digest.add(report.date).add(report.time).add(report.mime_type);
    }
    return digest.finish();
}

std::string demographics_of(const dicom::AttributeSet& patient) {
    const std::string name = dicom::fold_name_group(patient.get(tags::PatientName));
    const std::string_view birth = patient.get(tags::PatientBirthDate);
    return name.empty() || birth.empty() ? std::string() : name + '\n' + std::string(birth);
}

} // namespace recog::index
