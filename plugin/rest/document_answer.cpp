#include "plugin/rest/document_answer.hpp"

#include "core/dicom/character_set.hpp"
#include "core/dicom/part10.hpp"
#include "core/dicom/report_document.hpp"
#include "core/dicom/report_text.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

namespace recog::rest {

namespace {

constexpr std::string_view kReports = "1.2.840.10008.5.1.4.1.1.88.";
constexpr std::string_view kReportTypes[] = {"text/html", "text/plain"};

// PS3.4 table B.5-1 and PS3.3 C.24.2
struct Encapsulated {
    std::string_view sop_class;
    std::string_view types[1];
};
constexpr Encapsulated kEncapsulated[] = {
    {"1.2.840.10008.5.1.4.1.1.104.1", {"application/pdf"}}, {"1.2.840.10008.5.1.4.1.1.104.2", {"text/xml"}},
    {"1.2.840.10008.5.1.4.1.1.104.3", {"model/stl"}},       {"1.2.840.10008.5.1.4.1.1.104.4", {"model/obj"}},
    {"1.2.840.10008.5.1.4.1.1.104.5", {"model/mtl"}},
};

Result<std::string> report_bytes(std::span<const std::byte> file, std::string_view media_type,
                                 const std::string& character_set) {
    const auto parsed = dicom::read_header(file);
    if (!parsed) {
        return parsed.failure();
    }
    DcmDataset& dataset = *(*parsed)->getDataset();
    OFString declared;
    dataset.findAndGetOFStringArray(DCM_SpecificCharacterSet, declared);
    auto decoder = dicom::CharacterSetDecoder::for_terms({declared.c_str(), declared.size()}, character_set);
    const auto report = dicom::read_structured_report(
        dataset, [&decoder](std::string_view raw, std::string_view vr) { return decoder.decode(raw, vr); });
    return media_type == "text/plain" ? report.title + "\n" + report.date + "\n\n" + report.text
                                      : dicom::report_page(report);
}

} // namespace

std::span<const std::string_view> document_types(std::string_view sop_class) {
    if (sop_class.starts_with(kReports)) {
        return kReportTypes;
    }
    for (const Encapsulated& encapsulated : kEncapsulated) {
        if (encapsulated.sop_class == sop_class) {
            return encapsulated.types;
        }
    }
    return {};
}

Result<std::string> document_bytes(std::span<const std::byte> file, std::string_view media_type,
                                   const std::string& character_set) {
    if (media_type == "text/html" || media_type == "text/plain") {
        return report_bytes(file, media_type, character_set);
    }
    auto document = dicom::read_encapsulated_document(file);
    // Whoever stored the object chose its bytes: a browser must not be given a page that calls itself a PDF.
    if (document && media_type == "application/pdf" &&
        document->substr(0, 1024).find("%PDF-") == std::string::npos) {
        return error(ErrorKind::NotAcceptable, "the object holds another document than its class says");
    }
    return document;
}

std::string content_type_of(std::string_view media_type) {
    std::string type(media_type);
    return media_type == "text/html" || media_type == "text/plain" ? type + "; charset=utf-8" : type;
}

} // namespace recog::rest
