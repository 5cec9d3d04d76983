// Stored instances made in memory, without a file.
#pragma once

#include "core/index/stored_instance.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace recog::test {

namespace tags = dicom::tags;

inline std::string orthanc_id(std::uint32_t number) {
    char text[45];
    std::snprintf(text, sizeof text, "%08x-%08x-%08x-%08x-%08x", number, number * 2654435761U,
                  number ^ 0x5A5A5A5AU, number + 7U, 0xFFFFFFFFU - number);
    return text;
}

/// A CT image by default; every call changes one thing.
class InstanceBuilder {
public:
    InstanceBuilder(std::uint32_t number, const std::string& study, const std::string& series,
                    const std::string& sop) {
        instance_.orthanc_id = orthanc_id(number);
        instance_.file_size = 1000 + number;
        instance_.header.image = true;
        study_value(tags::StudyInstanceUID, study);
        series_value(tags::SeriesInstanceUID, series);
        series_value(tags::Modality, "CT");
        instance_value(tags::SOPInstanceUID, sop);
        instance_value(tags::SOPClassUID, "1.2.840.10008.5.1.4.1.1.2");
        instance_value(tags::InstanceNumber, std::to_string(number));
    }

    InstanceBuilder& patient(const std::string& id, const std::string& name, const std::string& birth) {
        patient_value(tags::PatientID, id);
        patient_value(tags::PatientName, name);
        return patient_value(tags::PatientBirthDate, birth);
    }
    InstanceBuilder& patient_value(dicom::Tag tag, const std::string& value) {
        instance_.header.patient.set(tag, value);
        return *this;
    }
    InstanceBuilder& study_value(dicom::Tag tag, const std::string& value) {
        instance_.header.study.set(tag, value);
        return *this;
    }
    InstanceBuilder& series_value(dicom::Tag tag, const std::string& value) {
        instance_.header.series.set(tag, value);
        return *this;
    }
    InstanceBuilder& instance_value(dicom::Tag tag, const std::string& value) {
        instance_.header.instance.set(tag, value);
        return *this;
    }
    InstanceBuilder& date(const std::string& day) { return study_value(tags::StudyDate, day); }
    InstanceBuilder& at(const std::string& institution) {
        instance_.institution = institution;
        return *this;
    }
    /// The first identifier is that of Patient ID.
    InstanceBuilder& identifier(const std::string& domain, const std::string& value, bool weak = false) {
        instance_.header.has_patient_id = true;
        instance_.identifiers.push_back({domain, value, weak});
        return *this;
    }
    InstanceBuilder& local(const std::string& institution, const std::string& value) {
        return identifier(identity::local_domain(institution), value);
    }
    InstanceBuilder& unassigned(const std::string& value) {
        return identifier(std::string(identity::kUnassignedDomain), value, true);
    }
    InstanceBuilder& report(dicom::ReportStatus status, const std::string& text = "",
                            const std::string& day = "") {
        dicom::ReportHeader header;
        header.status = status;
        header.title = "Report";
        header.date = day;
        header.mime_type = "application/dicom";
        header.text = text;
        instance_.header.report = header;
        instance_.header.image = false;
        series_value(tags::Modality, "SR");
        return instance_value(tags::SOPClassUID, "1.2.840.10008.5.1.4.1.1.88.11");
    }
    InstanceBuilder& no_image() {
        instance_.header.image = false;
        return *this;
    }

    operator index::StoredInstance() const { return instance_; }
    const index::StoredInstance& get() const { return instance_; }

private:
    index::StoredInstance instance_;
};

inline index::IndexEvent deletion(const index::StoredInstance& instance) {
    return index::DeletedInstance{instance.orthanc_id};
}

} // namespace recog::test
