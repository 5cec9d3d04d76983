#include "testdata/generator/report_objects.hpp"

#include "testdata/generator/determinism.hpp"
#include "testdata/generator/pdf_page.hpp"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <map>

namespace recog::generator {
namespace {

constexpr const char* author = "Lin^Hai=林^海";
constexpr const char* verifier = "Sun^Jing=孙^静";

ObjectReference reference(const Study& study, const Report& report, const char* sop_class) {
    const std::string seed = study.seed + "/report/" + std::to_string(report.number);
    return {sop_class, stable_uid(seed), stable_uid(seed + "/series")};
}

/// An amendment is later than what it amends.
std::string content_time(const Study& study, const Report& report) {
    return study.time.substr(0, 4) + std::to_string(10 + report.number);
}

void write_context(ItemWriter& writer, const Study& study, const ObjectReference& object,
                   const Report& report, std::string_view modality) {
    write_sop_common(writer, study, object);
    write_patient(writer, study);
    write_study(writer, study);
    write_equipment(writer, study, "Phantom RIS");
    writer.text(DCM_Modality, modality)
        .text(DCM_SeriesInstanceUID, object.series_uid)
        .text(DCM_SeriesNumber, std::to_string(900 + report.number))
        .text(DCM_SeriesDescription, "诊断报告")
        .text(DCM_InstanceNumber, "1")
        .text(DCM_ContentDate, study.date)
        .text(DCM_ContentTime, content_time(study, report));
}

/// PS3.3 C.17.2.1: the objects by study and series (Hierarchical SOP Instance Reference Macro).
void write_references(ItemWriter& writer, const DcmTagKey& sequence, const Study& study,
                      const std::vector<ObjectReference>& objects) {
    if (objects.empty()) {
        return;
    }
    std::map<std::string, std::vector<const ObjectReference*>> by_series;
    for (const ObjectReference& object : objects) {
        by_series[object.series_uid].push_back(&object);
    }
    ItemWriter in_study = writer.item(sequence);
    for (const auto& [series_uid, members] : by_series) {
        ItemWriter in_series = in_study.item(DCM_ReferencedSeriesSequence);
        for (const ObjectReference* member : members) {
            in_series.item(DCM_ReferencedSOPSequence)
                .text(DCM_ReferencedSOPClassUID, member->sop_class_uid)
                .text(DCM_ReferencedSOPInstanceUID, member->sop_instance_uid);
        }
        in_series.text(DCM_SeriesInstanceUID, series_uid);
    }
    in_study.text(DCM_StudyInstanceUID, study.uid);
}

void write_request(ItemWriter& writer, const Study& study) {
    writer.item(DCM_ReferencedRequestSequence)
        .text(DCM_StudyInstanceUID, study.uid)
        .empty(DCM_ReferencedStudySequence)
        .text(DCM_AccessionNumber, study.accession)
        .empty(DCM_PlacerOrderNumberImagingServiceRequest)
        .empty(DCM_FillerOrderNumberImagingServiceRequest)
        .text(DCM_RequestedProcedureID, study.study_id)
        .text(DCM_RequestedProcedureDescription, study.plan->description)
        .empty(DCM_RequestedProcedureCodeSequence);
}

/// PS3.3 C.17.2: SR Document General.
void write_status(ItemWriter& writer, const Study& study, const Report& report) {
    const bool preliminary = report.plan.status == ReportStatus::Preliminary;
    writer.text(DCM_PreliminaryFlag, preliminary ? "PRELIMINARY" : "FINAL")
        .text(DCM_CompletionFlag, preliminary ? "PARTIAL" : "COMPLETE")
        .text(DCM_VerificationFlag, preliminary ? "UNVERIFIED" : "VERIFIED");
    if (preliminary) {
        return;
    }
    writer.item(DCM_VerifyingObserverSequence)
        .text(DCM_VerifyingOrganization, study.institution->name)
        .text(DCM_VerificationDateTime, study.date + content_time(study, report))
        .text(DCM_VerifyingObserverName, verifier)
        .empty(DCM_VerifyingObserverIdentificationCodeSequence);
}

ItemWriter content_item(ItemWriter& parent, std::string_view relation, std::string_view type,
                        const Code& name) {
    ItemWriter item = parent.item(DCM_ContentSequence);
    item.text(DCM_RelationshipType, relation).text(DCM_ValueType, type);
    item.code(DCM_ConceptNameCodeSequence, name);
    return item;
}

void write_section(ItemWriter& root, const Code& heading, const Code& name, const std::string& text) {
    ItemWriter section = content_item(root, "CONTAINS", "CONTAINER", heading);
    section.text(DCM_ContinuityOfContent, "SEPARATE");
    content_item(section, "CONTAINS", "TEXT", name).text(DCM_TextValue, text);
}

std::string findings_of(const Study& study, ReportStatus status) {
    return status == ReportStatus::Amended
               ? study.plan->findings + "\r\n补充：对照既往片，结节大小无明显变化。"
               : study.plan->findings;
}

/// TID 2000, Basic Diagnostic Imaging Report.
void write_content(ItemWriter& writer, const Study& study, ReportStatus status) {
    writer.text(DCM_ValueType, "CONTAINER").text(DCM_ContinuityOfContent, "SEPARATE");
    writer.code(DCM_ConceptNameCodeSequence, {"18748-4", "LN", "影像诊断报告"});
    ItemWriter template_item = writer.item(DCM_ContentTemplateSequence);
    template_item.text(DCM_MappingResource, "DCMR").text(DCM_TemplateIdentifier, "2000");
    content_item(writer, "HAS CONCEPT MOD", "CODE",
                 {"121049", "DCM", "Language of Content Item and Descendants"})
        .code(DCM_ConceptCodeSequence, {"zh-CN", "RFC5646", "Chinese (China)"});
    content_item(writer, "HAS OBS CONTEXT", "PNAME", {"121008", "DCM", "Person Observer Name"})
        .text(DCM_PersonName, author);
    write_section(writer, {"121070", "DCM", "影像所见"}, {"121071", "DCM", "影像所见"},
                  findings_of(study, status));
    write_section(writer, {"121072", "DCM", "影像诊断"}, {"121073", "DCM", "影像诊断"},
                  study.plan->impression);
}

std::string chinese_date(const std::string& date) {
    return date.substr(0, 4) + "年" + date.substr(4, 2) + "月" + date.substr(6, 2) + "日";
}

std::string report_page(const Study& study) {
    PdfPage page;
    page.heading(study.institution->name);
    page.heading("影像诊断报告单");
    page.paragraph("姓名：" + study.person->chinese_name + "    性别：" +
                   (study.person->sex == "M" ? "男" : "女") + "    检查日期：" + chinese_date(study.date));
    page.paragraph("检查号：" + study.accession + "    检查项目：" + study.plan->description);
    page.rule();
    page.paragraph("影像所见：");
    page.paragraph(study.plan->findings);
    page.paragraph("影像诊断：");
    page.paragraph(study.plan->impression);
    page.rule();
    page.paragraph("报告医师：林海    审核医师：孙静");
    return page.finish();
}

} // namespace

ObjectReference write_text_report(DcmFileFormat& file, const Study& study, const Report& report) {
    ItemWriter writer(*file.getDataset());
    const ObjectReference object = reference(study, report, UID_BasicTextSRStorage);
    write_context(writer, study, object, report, "SR");
    writer.empty(DCM_ReferencedPerformedProcedureStepSequence);
    write_request(writer, study);
    if (study.item != nullptr) {
        writer.code(DCM_PerformedProcedureCodeSequence,
                    {study.item->code, std::string(item_scheme), study.item->name});
    } else {
        writer.empty(DCM_PerformedProcedureCodeSequence);
    }
    write_references(writer, DCM_CurrentRequestedProcedureEvidenceSequence, study, report.evidence);
    if (report.predecessor) {
        write_references(writer, DCM_PredecessorDocumentsSequence, study, {*report.predecessor});
    }
    write_status(writer, study, report);
    write_content(writer, study, report.plan.status);
    return object;
}

ObjectReference write_pdf_report(DcmFileFormat& file, const Study& study, const Report& report) {
    ItemWriter writer(*file.getDataset());
    const ObjectReference object = reference(study, report, UID_EncapsulatedPDFStorage);
    write_context(writer, study, object, report, "DOC");
    writer.text(DCM_ConversionType, "WSD")
        .text(DCM_BurnedInAnnotation, "YES")
        .text(DCM_RecognizableVisualFeatures, "NO")
        .empty(DCM_AcquisitionDateTime)
        .text(DCM_VerificationFlag,
              report.plan.status == ReportStatus::Preliminary ? "UNVERIFIED" : "VERIFIED")
        .text(DCM_DocumentTitle, "影像诊断报告单")
        .code(DCM_ConceptNameCodeSequence, {"18748-4", "LN", "影像诊断报告"})
        .text(DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
    for (const ObjectReference& image : report.evidence) {
        writer.item(DCM_SourceInstanceSequence)
            .text(DCM_ReferencedSOPClassUID, image.sop_class_uid)
            .text(DCM_ReferencedSOPInstanceUID, image.sop_instance_uid);
    }
    std::string pdf = report_page(study);
    require(
        writer.dcmtk().putAndInsertUint32(DCM_EncapsulatedDocumentLength, static_cast<Uint32>(pdf.size())),
        DCM_EncapsulatedDocumentLength);
    if (pdf.size() % 2 != 0) {
        pdf += '\n'; // an OB has an even length; white space after %%EOF is no part of the document
    }
    require(writer.dcmtk().putAndInsertUint8Array(DCM_EncapsulatedDocument,
                                                  reinterpret_cast<const Uint8*>(pdf.data()),
                                                  static_cast<unsigned long>(pdf.size())),
            DCM_EncapsulatedDocument);
    return object;
}

} // namespace recog::generator
