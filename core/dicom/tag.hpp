// A data element's tag (PS3.5 7.1), and the ones this project speaks of, by their keywords of PS3.6.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace recog::dicom {

struct Tag {
    std::uint16_t group = 0;
    std::uint16_t element = 0;

    friend constexpr auto operator<=>(const Tag&, const Tag&) = default;
    constexpr std::uint32_t number() const { return (static_cast<std::uint32_t>(group) << 16U) | element; }
    constexpr bool is_private() const { return (group & 1U) != 0; }
};

/// "GGGGEEEE", upper-case hexadecimal, as in the DICOM JSON model (PS3.18 F.2.2).
std::string to_hex(Tag tag);

/// Reads eight hexadecimal digits of either case.
std::optional<Tag> parse_hex_tag(std::string_view text);

namespace tags {
inline constexpr Tag LengthToEnd{0x0008, 0x0001};
inline constexpr Tag SpecificCharacterSet{0x0008, 0x0005};
inline constexpr Tag SOPClassUID{0x0008, 0x0016};
inline constexpr Tag SOPInstanceUID{0x0008, 0x0018};
inline constexpr Tag StudyDate{0x0008, 0x0020};
inline constexpr Tag SeriesDate{0x0008, 0x0021};
inline constexpr Tag AcquisitionDate{0x0008, 0x0022};
inline constexpr Tag ContentDate{0x0008, 0x0023};
inline constexpr Tag AcquisitionDateTime{0x0008, 0x002A};
inline constexpr Tag StudyTime{0x0008, 0x0030};
inline constexpr Tag SeriesTime{0x0008, 0x0031};
inline constexpr Tag AcquisitionTime{0x0008, 0x0032};
inline constexpr Tag ContentTime{0x0008, 0x0033};
inline constexpr Tag AccessionNumber{0x0008, 0x0050};
inline constexpr Tag QueryRetrieveLevel{0x0008, 0x0052};
inline constexpr Tag RetrieveAETitle{0x0008, 0x0054};
inline constexpr Tag InstanceAvailability{0x0008, 0x0056};
inline constexpr Tag Modality{0x0008, 0x0060};
inline constexpr Tag ModalitiesInStudy{0x0008, 0x0061};
inline constexpr Tag SOPClassesInStudy{0x0008, 0x0062};
inline constexpr Tag Manufacturer{0x0008, 0x0070};
inline constexpr Tag InstitutionName{0x0008, 0x0080};
inline constexpr Tag InstitutionCodeSequence{0x0008, 0x0082};
inline constexpr Tag ReferringPhysicianName{0x0008, 0x0090};
inline constexpr Tag CodeValue{0x0008, 0x0100};
inline constexpr Tag CodingSchemeDesignator{0x0008, 0x0102};
inline constexpr Tag CodeMeaning{0x0008, 0x0104};
inline constexpr Tag TimezoneOffsetFromUTC{0x0008, 0x0201};
inline constexpr Tag AvailableTransferSyntaxUID{0x0008, 0x3002};
inline constexpr Tag StationName{0x0008, 0x1010};
inline constexpr Tag StudyDescription{0x0008, 0x1030};
inline constexpr Tag ProcedureCodeSequence{0x0008, 0x1032};
inline constexpr Tag SeriesDescription{0x0008, 0x103E};
inline constexpr Tag InstitutionalDepartmentName{0x0008, 0x1040};
inline constexpr Tag PerformingPhysicianName{0x0008, 0x1050};
inline constexpr Tag NameOfPhysiciansReadingStudy{0x0008, 0x1060};
inline constexpr Tag OperatorsName{0x0008, 0x1070};
inline constexpr Tag RetrieveURL{0x0008, 0x1190};
inline constexpr Tag PatientName{0x0010, 0x0010};
inline constexpr Tag PatientID{0x0010, 0x0020};
inline constexpr Tag IssuerOfPatientID{0x0010, 0x0021};
inline constexpr Tag TypeOfPatientID{0x0010, 0x0022};
inline constexpr Tag IssuerOfPatientIDQualifiersSequence{0x0010, 0x0024};
inline constexpr Tag PatientBirthDate{0x0010, 0x0030};
inline constexpr Tag PatientBirthTime{0x0010, 0x0032};
inline constexpr Tag PatientSex{0x0010, 0x0040};
inline constexpr Tag OtherPatientIDs{0x0010, 0x1000};
inline constexpr Tag OtherPatientNames{0x0010, 0x1001};
inline constexpr Tag OtherPatientIDsSequence{0x0010, 0x1002};
inline constexpr Tag PatientAge{0x0010, 0x1010};
inline constexpr Tag PatientSize{0x0010, 0x1020};
inline constexpr Tag PatientWeight{0x0010, 0x1030};
inline constexpr Tag EthnicGroup{0x0010, 0x2160};
inline constexpr Tag Occupation{0x0010, 0x2180};
inline constexpr Tag AdditionalPatientHistory{0x0010, 0x21B0};
inline constexpr Tag PatientComments{0x0010, 0x4000};
inline constexpr Tag ContrastBolusAgent{0x0018, 0x0010};
inline constexpr Tag BodyPartExamined{0x0018, 0x0015};
inline constexpr Tag ProtocolName{0x0018, 0x1030};
inline constexpr Tag StudyInstanceUID{0x0020, 0x000D};
inline constexpr Tag SeriesInstanceUID{0x0020, 0x000E};
inline constexpr Tag StudyID{0x0020, 0x0010};
inline constexpr Tag SeriesNumber{0x0020, 0x0011};
inline constexpr Tag AcquisitionNumber{0x0020, 0x0012};
inline constexpr Tag InstanceNumber{0x0020, 0x0013};
inline constexpr Tag Laterality{0x0020, 0x0060};
inline constexpr Tag NumberOfPatientRelatedStudies{0x0020, 0x1200};
inline constexpr Tag NumberOfPatientRelatedSeries{0x0020, 0x1202};
inline constexpr Tag NumberOfPatientRelatedInstances{0x0020, 0x1204};
inline constexpr Tag NumberOfStudyRelatedSeries{0x0020, 0x1206};
inline constexpr Tag NumberOfStudyRelatedInstances{0x0020, 0x1208};
inline constexpr Tag NumberOfSeriesRelatedInstances{0x0020, 0x1209};
inline constexpr Tag NumberOfFrames{0x0028, 0x0008};
inline constexpr Tag Rows{0x0028, 0x0010};
inline constexpr Tag Columns{0x0028, 0x0011};
inline constexpr Tag BitsAllocated{0x0028, 0x0100};
inline constexpr Tag UniversalEntityID{0x0040, 0x0032};
inline constexpr Tag UniversalEntityIDType{0x0040, 0x0033};
inline constexpr Tag IdentifierTypeCode{0x0040, 0x0035};
inline constexpr Tag PerformedProcedureStepStartDate{0x0040, 0x0244};
inline constexpr Tag PerformedProcedureStepStartTime{0x0040, 0x0245};
inline constexpr Tag RequestAttributesSequence{0x0040, 0x0275};
inline constexpr Tag ScheduledProcedureStepDescription{0x0040, 0x0007};
inline constexpr Tag ScheduledProcedureStepID{0x0040, 0x0009};
inline constexpr Tag RequestedProcedureID{0x0040, 0x1001};
inline constexpr Tag PreliminaryFlag{0x0040, 0xA496};
inline constexpr Tag CompletionFlag{0x0040, 0xA491};
inline constexpr Tag VerificationFlag{0x0040, 0xA493};
inline constexpr Tag DocumentTitle{0x0042, 0x0010};
inline constexpr Tag EncapsulatedDocument{0x0042, 0x0011};
inline constexpr Tag MIMETypeOfEncapsulatedDocument{0x0042, 0x0012};
inline constexpr Tag ModifiedAttributesSequence{0x0400, 0x0550};
inline constexpr Tag OriginalAttributesSequence{0x0400, 0x0561};
inline constexpr Tag AttributeModificationDateTime{0x0400, 0x0562};
inline constexpr Tag ModifyingSystem{0x0400, 0x0563};
inline constexpr Tag SourceOfPreviousValues{0x0400, 0x0564};
inline constexpr Tag ReasonForTheAttributeModification{0x0400, 0x0565};
inline constexpr Tag PixelData{0x7FE0, 0x0010};
} // namespace tags

} // namespace recog::dicom
