#include "testdata/generator/study_plan.hpp"

#include <algorithm>

namespace recog::generator {
namespace {

constexpr PlannedReport final_text{ReportForm::StructuredText, ReportStatus::Final};
constexpr PlannedReport draft_text{ReportForm::StructuredText, ReportStatus::Preliminary};
constexpr PlannedReport amended_text{ReportForm::StructuredText, ReportStatus::Amended};
constexpr PlannedReport final_pdf{ReportForm::Pdf, ReportStatus::Final};

std::vector<PlannedStudy> studies_of_the_first_two(int slices) {
    const int few = std::min(slices, 48);
    const int head = std::min(slices, 32);
    return {
        {"01-chest-ct",
         "P1",
         "H001",
         StudyKind::ChestCt,
         12,
         FoundBy::ProcedureCode,
         "CT004",
         "胸部CT平扫",
         CharacterSet::Utf8,
         true,
         {"MEDICAL_INSURANCE", "RESIDENT_ID"},
         slices,
         {final_text, final_pdf},
         "胸廓对称，双肺纹理清晰。右肺上叶见一实性结节，大小约18mm×16mm，边缘光整，CT值约35HU。"
         "气管及支气管通畅。纵隔居中，未见肿大淋巴结。心影大小正常，双侧胸腔未见积液。",
         "右肺上叶实性结节，建议3个月后复查。"},
        {"02-head-mr",
         "P1",
         "H001",
         StudyKind::HeadMr,
         45,
         FoundBy::BodyPart,
         "MR001",
         "",
         CharacterSet::Gb18030,
         false,
         {"SOCIAL_SECURITY", "HEALTH_CARD"},
         std::min(slices, 20),
         {final_text},
         "左侧基底节区见片状异常信号，T1WI呈高信号，T2WI呈低信号，周围未见明显水肿。"
         "脑室系统大小形态正常，中线结构居中。",
         "左侧基底节区出血（亚急性期）。"},
        {"03-chest-dr",
         "P1",
         "H002",
         StudyKind::ChestDr,
         100,
         FoundBy::Description,
         "DR001",
         "胸部正位DR",
         CharacterSet::Iso2022Ir58,
         true,
         {"MEDICAL_INSURANCE"},
         1,
         {final_text},
         "双肺野透亮度正常，右上肺野见一类圆形结节影。心影大小形态未见异常，双侧膈面光整，肋膈角锐利。",
         "右上肺结节影，建议CT进一步检查。"},
        {"04-head-ct",
         "P2",
         "H001",
         StudyKind::HeadCt,
         20,
         FoundBy::ProcedureCode,
         "CT001",
         "头颅CT平扫",
         CharacterSet::Utf8,
         true,
         {"CITIZEN_CARD", "RESIDENT_ID"},
         head,
         {final_pdf},
         "左侧基底节区见斑片状高密度影，CT值约68HU，边界清楚。脑室系统未见扩大，中线结构无移位。颅骨未见骨折"
         "。",
         "左侧基底节区脑出血。"},
        {"05-chest-dr",
         "P2",
         "H003",
         StudyKind::ChestDr,
         5,
         FoundBy::BodyPart,
         "DR001",
         "",
         CharacterSet::Gb18030,
         true,
         {"CITIZEN_CARD"},
         1,
         {draft_text},
         "双肺纹理增多，右上肺野见结节影，心影不大。",
         "右上肺结节影待查（初步意见，待上级医师审核）。"},
        {"06-chest-ct-contrast",
         "P2",
         "H001",
         StudyKind::ChestCtContrast,
         60,
         FoundBy::Description,
         "CT005",
         "胸部CT增强扫描",
         CharacterSet::Iso2022Ir58,
         false,
         {"HEALTH_CARD"},
         few,
         {final_text, amended_text},
         "平扫见右肺上叶结节，增强后轻度强化，CT值由35HU升至78HU。纵隔血管强化均匀，未见充盈缺损。",
         "右肺上叶轻度强化结节，倾向良性，建议随访。"},
        {"07-chest-dr",
         "P2",
         "H002",
         StudyKind::ChestDr,
         25,
         FoundBy::ProcedureCode,
         "DR001",
         "胸部正位DR",
         CharacterSet::Gb18030,
         false,
         {"HEALTH_CARD", "MEDICAL_INSURANCE"},
         1,
         {final_text},
         "双肺野清晰，右上肺野小结节影。心影及大血管影未见异常。",
         "右上肺小结节影。"},
    };
}

std::vector<PlannedStudy> studies_of_the_others(int slices) {
    const int few = std::min(slices, 48);
    const int head = std::min(slices, 32);
    return {
        {"08-chest-ct",
         "P3",
         "H002",
         StudyKind::ChestCt,
         40,
         FoundBy::BodyPart,
         "CT004",
         "",
         CharacterSet::Gb18030,
         true,
         {"SOCIAL_SECURITY", "RESIDENT_ID"},
         few,
         {final_text},
         "右肺上叶见实性结节，约18mm。余肺未见实变。纵隔未见肿大淋巴结。",
         "右肺上叶结节。"},
        {"09-hand-dr",
         "P3",
         "H002",
         StudyKind::HandDr,
         3,
         FoundBy::Description,
         "DR013",
         "左手正位DR",
         CharacterSet::Iso2022Ir58,
         true,
         {},
         1,
         {final_text},
         "左手诸骨骨质结构完整，骨皮质连续，关节间隙未见狭窄，软组织未见肿胀。",
         "左手正位片未见明显骨折征象。"},
        {"10-head-mr",
         "P3",
         "H001",
         StudyKind::HeadMr,
         200,
         FoundBy::ProcedureCode,
         "MR001",
         "头颅MR平扫",
         CharacterSet::Utf8,
         true,
         {"CITIZEN_CARD", "SOCIAL_SECURITY", "MEDICAL_INSURANCE"},
         std::min(slices, 20),
         {final_text},
         "左侧基底节区见异常信号影，脑沟、脑裂未见增宽，中线居中。",
         "左侧基底节区异常信号，请结合临床。"},
        {"11-chest-dr",
         "P4",
         "H001",
         StudyKind::ChestDr,
         25,
         FoundBy::ProcedureCode,
         "DR001",
         "胸部正位DR",
         CharacterSet::Gb18030,
         false,
         {"HEALTH_CARD", "RESIDENT_ID"},
         1,
         {},
         "",
         ""},
        {"12-chest-ct",
         "P4",
         "H001",
         StudyKind::ChestCt,
         400,
         FoundBy::ProcedureCode,
         "CT004",
         "胸部CT平扫",
         CharacterSet::Utf8,
         true,
         {"MEDICAL_INSURANCE", "HEALTH_CARD"},
         few,
         {final_text, final_pdf},
         "双肺纹理清晰，右肺上叶见结节影，边缘清楚。",
         "右肺上叶结节，建议定期复查。"},
        {"13-hand-dr",
         "P4",
         "H003",
         StudyKind::HandDr,
         10,
         FoundBy::ProcedureCode,
         "DR013",
         "左手正位DR",
         CharacterSet::Utf8,
         true,
         {"CITIZEN_CARD", "MEDICAL_INSURANCE"},
         1,
         {final_pdf},
         "左手各骨未见骨折，关节对位良好。",
         "左手未见骨折。"},
        // On no list: what was done is in no catalogue, and neither code nor body part says more.
        {"14-planning-ct",
         "P4",
         "H001",
         StudyKind::HeadCt,
         15,
         FoundBy::Description,
         "",
         "术中导航定位扫描",
         CharacterSet::Gb18030,
         true,
         {"RESIDENT_ID"},
         std::min(head, 12),
         {final_text},
         "导航定位用薄层扫描，定位标记显示清楚。",
         "定位扫描，不作诊断。"},
        {"15-head-ct",
         "P5",
         "H002",
         StudyKind::HeadCt,
         85,
         FoundBy::Description,
         "CT001",
         "头颅CT平扫",
         CharacterSet::Gb18030,
         true,
         {"MEDICAL_INSURANCE", "RESIDENT_ID"},
         head,
         {final_text},
         "左侧基底节区见高密度影，脑室未见受压，中线居中。",
         "左侧基底节区高密度影，考虑出血。"},
        {"16-chest-ct",
         "P5",
         "H001",
         StudyKind::ChestCt,
         29,
         FoundBy::ProcedureCode,
         "CT004",
         "胸部CT平扫",
         CharacterSet::Gb18030,
         true,
         {"MEDICAL_INSURANCE", "HEALTH_CARD", "CITIZEN_CARD"},
         few,
         {final_text},
         "右肺上叶见实性结节，约18mm，纵隔淋巴结未见肿大。",
         "右肺上叶结节，建议随访。"},
        {"17-abdomen-us",
         "P5",
         "H001",
         StudyKind::NoImages,
         7,
         FoundBy::ProcedureCode,
         "US001",
         "肝胆胰脾彩色多普勒超声",
         CharacterSet::Utf8,
         true,
         {"SOCIAL_SECURITY", "HEALTH_CARD"},
         0,
         {final_text},
         "肝脏大小形态正常，实质回声均匀。胆囊壁光滑，腔内未见异常回声。胰腺、脾脏未见异常。",
         "肝、胆、胰、脾超声未见明显异常。"},
        {"18-chest-dr",
         "P5",
         "H003",
         StudyKind::ChestDr,
         130,
         FoundBy::ProcedureCode,
         "DR001",
         "胸部正位DR",
         CharacterSet::Iso2022Ir58,
         false,
         {"SOCIAL_SECURITY"},
         1,
         {final_text},
         "双肺野清晰，右上肺野结节影，心影增大。",
         "右上肺结节影；心影增大。"},
    };
}

} // namespace

const std::vector<Institution>& region_institutions() {
    static const std::vector<Institution> institutions{{"H001", "青山县人民医院", "二级甲等"},
                                                       {"H002", "柳溪镇中心卫生院", "一级甲等"},
                                                       {"H003", "石桥镇卫生院", "一级"}};
    return institutions;
}

const std::vector<Item>& region_items() {
    static const std::vector<Item> items{
        {"CT004", "胸部CT平扫", "CT", "CHEST", false},    {"CT001", "头颅CT平扫", "CT", "HEAD", false},
        {"CT005", "胸部CT增强", "CT", "CHEST", true},     {"MR001", "头颅MR平扫", "MR", "HEAD", false},
        {"DR001", "胸部正位DR", "DX", "CHEST", false},    {"DR013", "手正位DR", "DX", "HAND", false},
        {"US001", "肝胆胰脾超声", "US", "ABDOMEN", false}};
    return items;
}

std::vector<PlannedStudy> region_studies(int slices) {
    std::vector<PlannedStudy> studies = studies_of_the_first_two(slices);
    for (PlannedStudy& study : studies_of_the_others(slices)) {
        studies.push_back(std::move(study));
    }
    return studies;
}

std::string_view modality_of(StudyKind kind) {
    switch (kind) {
    case StudyKind::ChestCt:
    case StudyKind::ChestCtContrast:
    case StudyKind::HeadCt:
        return "CT";
    case StudyKind::HeadMr:
        return "MR";
    case StudyKind::ChestDr:
        return "DX";
    case StudyKind::HandDr:
        return "CR";
    case StudyKind::NoImages:
        break;
    }
    return "US";
}

std::string image_ae(const Study& study) {
    const std::string_view modality = modality_of(study.plan->kind);
    const std::string_view station = modality == "DX" || modality == "CR" ? "DR" : modality;
    return study.institution->code + "_" + std::string(station);
}

std::string report_ae(const Study& study) {
    return study.institution->code + "_RIS";
}

std::string_view name_of(CharacterSet character_set) {
    switch (character_set) {
    case CharacterSet::Utf8:
        return "ISO_IR 192";
    case CharacterSet::Gb18030:
        return "GB18030";
    case CharacterSet::Gbk:
        return "GBK";
    case CharacterSet::Iso2022Ir58:
        break;
    }
    return "\\ISO 2022 IR 58";
}

std::string_view name_of(FoundBy found_by) {
    switch (found_by) {
    case FoundBy::ProcedureCode:
        return "procedure code";
    case FoundBy::BodyPart:
        return "modality and body part";
    case FoundBy::Description:
        break;
    }
    return "description";
}

} // namespace recog::generator
