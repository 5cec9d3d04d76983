#include "core/dicom/indexed_attributes.hpp"

#include <algorithm>
#include <array>

namespace recog::dicom {

namespace {

using enum Level;

constexpr std::array kAttributes{
    IndexedAttribute{tags::SOPClassUID, "UI", "SOPClassUID", Instance},
    IndexedAttribute{tags::SOPInstanceUID, "UI", "SOPInstanceUID", Instance},
    IndexedAttribute{tags::StudyDate, "DA", "StudyDate", Study},
    IndexedAttribute{tags::SeriesDate, "DA", "SeriesDate", Series},
    IndexedAttribute{tags::AcquisitionDate, "DA", "AcquisitionDate", Instance},
    IndexedAttribute{tags::ContentDate, "DA", "ContentDate", Instance},
    IndexedAttribute{tags::AcquisitionDateTime, "DT", "AcquisitionDateTime", Instance},
    IndexedAttribute{tags::StudyTime, "TM", "StudyTime", Study},
    IndexedAttribute{tags::SeriesTime, "TM", "SeriesTime", Series},
    IndexedAttribute{tags::AcquisitionTime, "TM", "AcquisitionTime", Instance},
    IndexedAttribute{tags::ContentTime, "TM", "ContentTime", Instance},
    IndexedAttribute{tags::AccessionNumber, "SH", "AccessionNumber", Study},
    IndexedAttribute{tags::InstanceAvailability, "CS", "InstanceAvailability", Study, true},
    IndexedAttribute{tags::Modality, "CS", "Modality", Series},
    IndexedAttribute{tags::ModalitiesInStudy, "CS", "ModalitiesInStudy", Study, true},
    IndexedAttribute{tags::SOPClassesInStudy, "UI", "SOPClassesInStudy", Study, true},
    IndexedAttribute{tags::Manufacturer, "LO", "Manufacturer", Series},
    IndexedAttribute{tags::InstitutionName, "LO", "InstitutionName", Study},
    IndexedAttribute{tags::ReferringPhysicianName, "PN", "ReferringPhysicianName", Study},
    IndexedAttribute{tags::TimezoneOffsetFromUTC, "SH", "TimezoneOffsetFromUTC", Study},
    IndexedAttribute{tags::StationName, "SH", "StationName", Series},
    IndexedAttribute{tags::StudyDescription, "LO", "StudyDescription", Study},
    IndexedAttribute{tags::ProcedureCodeSequence, "SQ", "ProcedureCodeSequence", Study},
    IndexedAttribute{tags::SeriesDescription, "LO", "SeriesDescription", Series},
    IndexedAttribute{tags::InstitutionalDepartmentName, "LO", "InstitutionalDepartmentName", Series},
    IndexedAttribute{tags::PerformingPhysicianName, "PN", "PerformingPhysicianName", Series},
    IndexedAttribute{tags::NameOfPhysiciansReadingStudy, "PN", "NameOfPhysiciansReadingStudy", Study},
    IndexedAttribute{tags::OperatorsName, "PN", "OperatorsName", Series},
    IndexedAttribute{tags::PatientName, "PN", "PatientName", Patient},
    IndexedAttribute{tags::PatientID, "LO", "PatientID", Patient},
    IndexedAttribute{tags::IssuerOfPatientID, "LO", "IssuerOfPatientID", Patient},
    IndexedAttribute{tags::PatientBirthDate, "DA", "PatientBirthDate", Patient},
    IndexedAttribute{tags::PatientBirthTime, "TM", "PatientBirthTime", Patient},
    IndexedAttribute{tags::PatientSex, "CS", "PatientSex", Patient},
    IndexedAttribute{tags::OtherPatientNames, "PN", "OtherPatientNames", Patient},
    IndexedAttribute{tags::OtherPatientIDsSequence, "SQ", "OtherPatientIDsSequence", Patient, true},
    IndexedAttribute{tags::PatientAge, "AS", "PatientAge", Study},
    IndexedAttribute{tags::PatientSize, "DS", "PatientSize", Study},
    IndexedAttribute{tags::PatientWeight, "DS", "PatientWeight", Study},
    IndexedAttribute{tags::EthnicGroup, "SH", "EthnicGroup", Patient},
    IndexedAttribute{tags::Occupation, "SH", "Occupation", Study},
    IndexedAttribute{tags::AdditionalPatientHistory, "LT", "AdditionalPatientHistory", Study},
    IndexedAttribute{tags::PatientComments, "LT", "PatientComments", Patient},
    IndexedAttribute{tags::ContrastBolusAgent, "LO", "ContrastBolusAgent", Series},
    IndexedAttribute{tags::BodyPartExamined, "CS", "BodyPartExamined", Series},
    IndexedAttribute{tags::ProtocolName, "LO", "ProtocolName", Series},
    IndexedAttribute{tags::StudyInstanceUID, "UI", "StudyInstanceUID", Study},
    IndexedAttribute{tags::SeriesInstanceUID, "UI", "SeriesInstanceUID", Series},
    IndexedAttribute{tags::StudyID, "SH", "StudyID", Study},
    IndexedAttribute{tags::SeriesNumber, "IS", "SeriesNumber", Series},
    IndexedAttribute{tags::AcquisitionNumber, "IS", "AcquisitionNumber", Instance},
    IndexedAttribute{tags::InstanceNumber, "IS", "InstanceNumber", Instance},
    IndexedAttribute{tags::Laterality, "CS", "Laterality", Series},
    IndexedAttribute{tags::NumberOfPatientRelatedStudies, "IS", "NumberOfPatientRelatedStudies", Patient,
                     true},
    IndexedAttribute{tags::NumberOfPatientRelatedSeries, "IS", "NumberOfPatientRelatedSeries", Patient, true},
    IndexedAttribute{tags::NumberOfPatientRelatedInstances, "IS", "NumberOfPatientRelatedInstances", Patient,
                     true},
    IndexedAttribute{tags::NumberOfStudyRelatedSeries, "IS", "NumberOfStudyRelatedSeries", Study, true},
    IndexedAttribute{tags::NumberOfStudyRelatedInstances, "IS", "NumberOfStudyRelatedInstances", Study, true},
    IndexedAttribute{tags::NumberOfSeriesRelatedInstances, "IS", "NumberOfSeriesRelatedInstances", Series,
                     true},
    IndexedAttribute{tags::NumberOfFrames, "IS", "NumberOfFrames", Instance},
    IndexedAttribute{tags::Rows, "US", "Rows", Instance},
    IndexedAttribute{tags::Columns, "US", "Columns", Instance},
    IndexedAttribute{tags::BitsAllocated, "US", "BitsAllocated", Instance},
    IndexedAttribute{tags::PerformedProcedureStepStartDate, "DA", "PerformedProcedureStepStartDate", Series},
    IndexedAttribute{tags::PerformedProcedureStepStartTime, "TM", "PerformedProcedureStepStartTime", Series},
    IndexedAttribute{tags::RequestAttributesSequence, "SQ", "RequestAttributesSequence", Series},
    IndexedAttribute{tags::CompletionFlag, "CS", "CompletionFlag", Instance},
    IndexedAttribute{tags::VerificationFlag, "CS", "VerificationFlag", Instance},
    IndexedAttribute{tags::DocumentTitle, "ST", "DocumentTitle", Instance},
};

constexpr bool by_tag(const IndexedAttribute& left, const IndexedAttribute& right) {
    return left.tag < right.tag;
}
static_assert(std::is_sorted(kAttributes.begin(), kAttributes.end(), by_tag));

} // namespace

std::span<const IndexedAttribute> indexed_attributes() {
    return kAttributes;
}

const IndexedAttribute* find_indexed(Tag tag) {
    const auto at = std::lower_bound(
        kAttributes.begin(), kAttributes.end(), tag,
        [](const IndexedAttribute& attribute, Tag wanted) { return attribute.tag < wanted; });
    return at != kAttributes.end() && at->tag == tag ? &*at : nullptr;
}

} // namespace recog::dicom
