#include "core/recognition/exam_words.hpp"

#include <algorithm>
#include <array>

namespace recog::recognition {

namespace {

constexpr Machines ct = 1U << 0U;
constexpr Machines mr = 1U << 1U;
constexpr Machines xray = 1U << 2U;
constexpr Machines breast = 1U << 3U;
constexpr Machines us = 1U << 4U;
constexpr Machines nm = 1U << 5U;
constexpr Machines pt = 1U << 6U;
constexpr Machines angio = 1U << 7U;

constexpr ContrastWord plain = ContrastWord::Plain;
constexpr ContrastWord enhanced = ContrastWord::Enhanced;
constexpr ContrastWord both = ContrastWord::Both;

constexpr auto contrast_table = std::to_array<ContrastTerm>({
    {"平扫", plain},
    {"普通扫描", plain},
    {"非增强", plain},
    {"未增强", plain},
    {"无增强", plain},
    {"不增强", plain},
    {"不做增强", plain},
    {"未行增强", plain},
    {"无需增强", plain},
    {"非强化", plain},
    {"无造影剂", plain},
    {"不用造影剂", plain},
    {"未用造影剂", plain},
    {"无对比剂", plain},
    {"不用对比剂", plain},
    {"未用对比剂", plain},
    {"plain", plain},
    {"native", plain},
    {"unenhanced", plain},
    {"non enhanced", plain},
    {"nonenhanced", plain},
    {"not enhanced", plain},
    {"no enhancement", plain},
    {"non contrast", plain},
    {"noncontrast", plain},
    {"no contrast", plain},
    {"without contrast", plain},
    {"without iv contrast", plain},
    {"without", plain},
    {"wo contrast", plain},
    {"wo iv contrast", plain},
    {"w o contrast", plain},
    {"w o iv contrast", plain},
    {"w o con", plain},
    {"wo con", plain},
    {"w o", plain},
    {"wo", plain},
    {"nect", plain},
    {"ncct", plain},
    {"pre contrast", plain},
    {"precontrast", plain},
    {"增强", enhanced},
    {"强化", enhanced},
    {"注射造影剂", enhanced},
    {"造影剂", enhanced},
    {"对比剂", enhanced},
    {"动脉期", enhanced},
    {"静脉期", enhanced},
    {"门脉期", enhanced},
    {"门静脉期", enhanced},
    {"延迟期", enhanced},
    {"arterial phase", enhanced},
    {"venous phase", enhanced},
    {"portal venous", enhanced},
    {"delayed phase", enhanced},
    {"enhanced", enhanced},
    {"enhancement", enhanced},
    {"contrast", enhanced},
    {"with contrast", enhanced},
    {"with iv contrast", enhanced},
    {"w contrast", enhanced},
    {"w iv contrast", enhanced},
    {"w con", enhanced},
    {"iv contrast", enhanced},
    {"post contrast", enhanced},
    {"postcontrast", enhanced},
    {"post gad", enhanced},
    {"gadolinium", enhanced},
    {"gd", enhanced},
    {"cect", enhanced},
    {"ce", enhanced},
    {"dce", enhanced},
    {"c+", enhanced},
    {"+c", enhanced},
    {"cta", enhanced},
    {"ctv", enhanced},
    {"ctu", enhanced},
    {"ctpa", enhanced},
    {"with and without", both},
    {"with and without contrast", both},
    {"with and without iv contrast", both},
    {"without and with", both},
    {"without and with contrast", both},
    {"without and with iv contrast", both},
    {"w wo", both},
    {"wo w", both},
    {"w wo contrast", both},
    {"wo w contrast", both},
    {"w wo iv contrast", both},
    {"w w o", both},
    {"w w o contrast", both},
    {"w o w", both},
    {"w o w contrast", both},
    {"w and wo", both},
    {"w and wo contrast", both},
    {"wo and w", both},
    {"wo and w contrast", both},
    {"w and w o", both},
    {"w and w o contrast", both},
    {"w o and w", both},
    {"w o and w contrast", both},
    {"wo + w", both},
    {"pre and post contrast", both},
    {"pre post contrast", both},
});

constexpr auto machine_table = std::to_array<MachineTerm>({
    {"ct", ct},
    {"cta", ct},
    {"ctv", ct},
    {"ctu", ct},
    {"ctpa", ct},
    {"hrct", ct},
    {"ldct", ct},
    {"cect", ct},
    {"nect", ct},
    {"ncct", ct},
    {"mr", mr},
    {"mri", mr},
    {"mra", mr},
    {"mrv", mr},
    {"mrcp", mr},
    {"mru", mr},
    {"磁共振", mr},
    {"核磁", mr},
    {"dr", xray},
    {"xr", xray},
    {"x ray", xray},
    {"xray", xray},
    {"x线", xray},
    {"x光", xray},
    {"平片", xray},
    {"胸片", xray},
    {"摄片", xray},
    {"kub", xray},
    {"radiograph", xray},
    {"radiography", xray},
    {"钼靶", breast},
    {"mammo", breast},
    {"mammogram", breast},
    {"mammography", breast},
    {"us", us},
    {"ultrasound", us},
    {"sonography", us},
    {"sonogram", us},
    {"超声", us},
    {"彩超", us},
    {"b超", us},
    {"echo", us},
    {"echocardiogram", us},
    {"echocardiography", us},
    {"ect", nm},
    {"spect", nm},
    {"骨扫描", nm},
    {"pet", pt},
    {"dsa", angio},
});

struct ModalityMachines {
    std::string_view modality;
    Machines machines;
};

constexpr auto image_table = std::to_array<ModalityMachines>({
    {"BI", 0},    {"BMD", 0},
    {"CFM", 0},   {"CR", xray},
    {"CT", ct},   {"DG", 0},
    {"DM", 0},    {"DX", xray},
    {"EC", us},   {"ES", 0},
    {"GM", 0},    {"IO", xray},
    {"IVOCT", 0}, {"IVUS", us},
    {"LS", 0},    {"MG", xray | breast},
    {"MR", mr},   {"NM", nm},
    {"OAM", 0},   {"OCT", 0},
    {"OP", 0},    {"OPM", 0},
    {"OPT", 0},   {"OPTENF", 0},
    {"PA", 0},    {"PT", pt},
    {"PX", xray}, {"RF", xray},
    {"RG", xray}, {"RTIMAGE", 0},
    {"SM", 0},    {"TG", 0},
    {"US", us},   {"XA", angio | xray},
    {"XC", 0},
});

constexpr auto accompanying_table = std::to_array<std::string_view>(
    {"",           "ANN",    "ASMT",     "AU",     "CTPROTOCOL", "DOC",      "DMS",        "FID",
     "IPD",        "IOL",    "KER",      "KO",     "LEN",        "LP",       "M3D",        "MRPROT",
     "OPPROT",     "OPV",    "OSS",      "OT",     "PLAN",       "POS",      "PR",         "REG",
     "RESP",       "RTDOSE", "RTINTENT", "RTPLAN", "RTRAD",      "RTRECORD", "RTSEGANN",   "RTSTRUCT",
     "RWV",        "SEG",    "SMR",      "SR",     "SRF",        "STAIN",    "TEXTUREMAP", "VA",
     "XAPROTOCOL", "ECG",    "HD",       "EPS",    "EEG",        "EMG",      "EOG"});

} // namespace

std::span<const ContrastTerm> contrast_terms() {
    return contrast_table;
}

std::span<const MachineTerm> machine_terms() {
    return machine_table;
}

Machines machines_of(std::string_view modality) {
    for (const ModalityMachines& row : image_table) {
        if (row.modality == modality) {
            return row.machines;
        }
    }
    return 0;
}

bool is_image_modality(std::string_view modality) {
    return std::any_of(image_table.begin(), image_table.end(),
                       [modality](const ModalityMachines& row) { return row.modality == modality; });
}

bool is_accompanying_modality(std::string_view modality) {
    return std::find(accompanying_table.begin(), accompanying_table.end(), modality) !=
           accompanying_table.end();
}

} // namespace recog::recognition
