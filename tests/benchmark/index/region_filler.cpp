#include "tests/benchmark/index/region_filler.hpp"

#include "core/dicom/tag.hpp"

#include <array>
#include <cstdio>

namespace recog::bench {

namespace tags = dicom::tags;

namespace {

constexpr std::array kFamilies{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴",
                               "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"};
constexpr std::array kGiven{"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇",
                            "艳", "杰", "娟", "涛", "明", "超", "秀", "霞", "平", "刚", "桂",
                            "英", "华", "玉", "兰", "建", "国", "春", "梅", "海", "燕"};

std::string digits(std::uint64_t number, int width) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llu", width, static_cast<unsigned long long>(number));
    return text;
}

/// Scatters, so that neighbours in number are no neighbours in the index.
std::uint64_t scattered(std::uint64_t number) {
    number += 0x9E3779B97F4A7C15U;
    number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
    number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
    return number ^ (number >> 31U);
}

std::string orthanc_id(std::uint64_t study, std::uint64_t slice) {
    char text[48];
    const std::uint64_t a = scattered(study * 100'003 + slice);
    const std::uint64_t b = scattered(a);
    std::snprintf(text, sizeof text, "%08x-%08x-%08x-%08x-%08x", static_cast<unsigned>(a),
                  static_cast<unsigned>(a >> 32U), static_cast<unsigned>(b), static_cast<unsigned>(b >> 32U),
                  static_cast<unsigned>(study));
    return text;
}

struct Kind {
    const char* modality;
    const char* sop_class;
    const char* description;
    const char* body_part;
};

constexpr Kind kCt{"CT", "1.2.840.10008.5.1.4.1.1.2", "胸部CT平扫", "CHEST"};
constexpr Kind kDx{"DX", "1.2.840.10008.5.1.4.1.1.1.1", "胸部DR正侧位", "CHEST"};
constexpr Kind kMr{"MR", "1.2.840.10008.5.1.4.1.1.4", "头颅MR平扫", "HEAD"};
constexpr Kind kUs{"US", "1.2.840.10008.5.1.4.1.1.6.1", "腹部彩超", "ABDOMEN"};
constexpr Kind kPt{kRareModality, "1.2.840.10008.5.1.4.1.1.128", "全身PET", "WHOLEBODY"};

const Kind& kind_of(std::uint64_t study) {
    const std::uint64_t draw = scattered(study + 5) % kStudiesPerRareOne;
    if (draw == 0) {
        return kPt;
    }
    return draw % 10 < 5 ? kCt : draw % 10 < 7 ? kDx : draw % 10 < 9 ? kMr : kUs;
}

void describe_study(dicom::InstanceHeader& header, std::uint64_t study) {
    header.study.set(tags::StudyInstanceUID, study_uid(study));
    header.study.set(tags::StudyDate, study_date(study));
    header.study.set(tags::StudyTime, "101112");
    header.study.set(tags::AccessionNumber, "A" + digits(study, 9));
    header.study.set(tags::StudyDescription, kind_of(study).description);
    header.study.set(tags::ReferringPhysicianName, "赵^医生");
    header.has_patient_id = true;
}

void describe_slice(dicom::InstanceHeader& header, std::uint64_t study, std::uint64_t slice) {
    const std::string uid = study_uid(study);
    const Kind& kind = kind_of(study);
    header.series.set(tags::SeriesInstanceUID, uid + ".1");
    header.series.set(tags::Modality, kind.modality);
    header.series.set(tags::SeriesNumber, "1");
    header.series.set(tags::BodyPartExamined, kind.body_part);
    header.series.set(tags::SeriesDescription, "Chest 5.0 B31f");
    header.series.set(tags::Manufacturer, "Phantom");
    header.instance.set(tags::SOPClassUID, kind.sop_class);
    header.instance.set(tags::SOPInstanceUID, uid + ".1." + std::to_string(slice));
    header.instance.set(tags::InstanceNumber, std::to_string(slice));
    header.instance.set(tags::Rows, "512");
    header.instance.set(tags::Columns, "512");
    header.instance.set(tags::AvailableTransferSyntaxUID, "1.2.840.10008.1.2.1");
    header.image = true;
}

void describe_report(dicom::InstanceHeader& header, std::uint64_t study, std::uint64_t number) {
    const std::string uid = study_uid(study);
    header.series.set(tags::SeriesInstanceUID, uid + ".2");
    header.series.set(tags::Modality, "SR");
    header.series.set(tags::SeriesNumber, "2");
    header.instance.set(tags::SOPClassUID, "1.2.840.10008.5.1.4.1.1.88.11");
    header.instance.set(tags::SOPInstanceUID, report_uid(study, number));
    header.instance.set(tags::InstanceNumber, std::to_string(number));
    header.instance.set(tags::AvailableTransferSyntaxUID, "1.2.840.10008.1.2.1");
    dicom::ReportHeader report;
    report.status = number == 1 ? dicom::ReportStatus::Final : dicom::ReportStatus::Preliminary;
    report.title = "检查报告";
    report.date = study_date(study);
    report.time = "120000";
    report.mime_type = "application/dicom";
    report.text = "未见明显异常";
    header.report = report;
}

/// What every instance of a study says of its patient.
index::StoredInstance of_patient(std::uint64_t study, std::uint64_t persons) {
    const std::uint64_t person = person_of(study, persons);
    const std::uint64_t hospital = hospital_of(study);
    index::StoredInstance instance;
    instance.institution = hospital_code(hospital);
    dicom::AttributeSet& patient = instance.header.patient;
    patient.set(tags::PatientName, person_name(person));
    patient.set(tags::PatientID, local_id(person, hospital));
    patient.set(tags::IssuerOfPatientID, instance.institution);
    patient.set(tags::PatientBirthDate, digits(1940 + person % 70, 4) + "0615");
    patient.set(tags::PatientSex, person % 2 == 0 ? "M" : "F");
    instance.identifiers = {{identity::local_domain(instance.institution), local_id(person, hospital), false},
                            {"CITIZEN_CARD", citizen_card(person), false},
                            {"MEDICAL_INSURANCE", "M" + citizen_card(person), false},
                            {"SOCIAL_SECURITY", "S" + citizen_card(person), false},
                            {"RESIDENT_ID", digits(100'000'000'000'000'000U + person, 18), false}};
    return instance;
}

} // namespace

std::string hospital_code(std::uint64_t hospital) {
    return "H" + digits(hospital, 3);
}

std::string study_uid(std::uint64_t study) {
    return "2.25." + std::to_string(scattered(study)); // PS3.5 B.2
}

std::string report_uid(std::uint64_t study, std::uint64_t number) {
    return study_uid(study) + ".2." + std::to_string(number);
}

std::string citizen_card(std::uint64_t person) {
    return digits(scattered(person) % 1'000'000'000'000U, 12) + digits(person % 10'000, 4);
}

std::string local_id(std::uint64_t person, std::uint64_t hospital) {
    return digits(person * 3 + hospital % 7, 8);
}

std::uint64_t hospital_of(std::uint64_t study) {
    return scattered(study * 7 + 1) % kHospitals;
}

std::uint64_t person_of(std::uint64_t study, std::uint64_t persons) {
    return scattered(study) % persons;
}

std::string modality_of(std::uint64_t study) {
    return kind_of(study).modality;
}

std::string person_name(std::uint64_t person) {
    const std::uint64_t draw = scattered(person + 17);
    std::string name = kFamilies[draw % kFamilies.size()];
    name += '^';
    name += kGiven[(draw >> 8U) % kGiven.size()];
    name += kGiven[(draw >> 16U) % kGiven.size()];
    return name;
}

std::string study_date(std::uint64_t study) {
    const std::uint64_t draw = scattered(study + 3);
    return digits(2016 + draw % 10, 4) + digits(1 + (draw >> 8U) % 12, 2) + digits(1 + (draw >> 16U) % 28, 2);
}

index::StoredInstance slice_of(std::uint64_t study, std::uint64_t persons, std::uint64_t slice) {
    index::StoredInstance instance = of_patient(study, persons);
    instance.orthanc_id = orthanc_id(study, slice);
    instance.file_size = 525'312;
    describe_study(instance.header, study);
    describe_slice(instance.header, study, slice);
    return instance;
}

index::StoredInstance report_of(std::uint64_t study, std::uint64_t persons, std::uint64_t number) {
    constexpr std::uint64_t kFirstReport = 50'000; // beyond the slices of any study
    index::StoredInstance instance = of_patient(study, persons);
    instance.orthanc_id = orthanc_id(study, kFirstReport + number);
    instance.file_size = 2'048;
    describe_study(instance.header, study);
    describe_report(instance.header, study, number);
    return instance;
}

} // namespace recog::bench
