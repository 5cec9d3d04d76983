#include "core/dicom/report_text.hpp"

#include "core/base/utf8.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>

namespace recog::dicom {

namespace {

constexpr std::array<std::string_view, 6> kReportClasses{
    "1.2.840.10008.5.1.4.1.1.88.11",  // Basic Text SR
    "1.2.840.10008.5.1.4.1.1.88.22",  // Enhanced SR
    "1.2.840.10008.5.1.4.1.1.88.33",  // Comprehensive SR
    "1.2.840.10008.5.1.4.1.1.88.34",  // Comprehensive 3D SR
    "1.2.840.10008.5.1.4.1.1.104.1",  // Encapsulated PDF
    "1.2.840.10008.5.1.4.1.1.104.2"}; // Encapsulated CDA

constexpr int kMaxContentDepth = 32;

std::string raw_text(DcmItem& item, const DcmTagKey& tag) {
    OFString text;
    return item.findAndGetOFStringArray(tag, text).good() ? std::string(text.c_str(), text.size())
                                                          : std::string();
}

/// Walks the content tree (PS3.3 C.17.3) and writes "concept: value" lines, headings on lines of their own.
class ContentText {
public:
    ContentText(const TextDecoder& decode, std::string& out) : decode_(decode), out_(out) {}

    void walk(DcmItem& item, int depth) {
        DcmSequenceOfItems* content = nullptr;
        if (depth > kMaxContentDepth || item.findAndGetSequence(DCM_ContentSequence, content).bad() ||
            content == nullptr) {
            return;
        }
        for (unsigned long i = 0; i < content->card() && out_.size() < kMaxReportTextBytes; ++i) {
            DcmItem& child = *content->getItem(i);
            // Language, observer and the like describe the document; they are not what it says.
            const std::string relation = raw_text(child, DCM_RelationshipType);
            if (relation == "HAS CONCEPT MOD" || relation == "HAS OBS CONTEXT" ||
                relation == "HAS ACQ CONTEXT") {
                continue;
            }
            write(child);
            walk(child, depth + 1);
        }
    }

    std::string concept_name(DcmItem& item) { return code_meaning(item, DCM_ConceptNameCodeSequence); }

private:
    std::string text(DcmItem& item, const DcmTagKey& tag, std::string_view vr) {
        return decode_(raw_text(item, tag), vr);
    }

    std::string code_meaning(DcmItem& item, const DcmTagKey& sequence) {
        DcmItem* code = nullptr;
        return item.findAndGetSequenceItem(sequence, code).good() && code != nullptr
                   ? text(*code, DCM_CodeMeaning, "LO")
                   : std::string();
    }

    std::string measured(DcmItem& item) {
        DcmItem* value = nullptr;
        if (item.findAndGetSequenceItem(DCM_MeasuredValueSequence, value).bad() || value == nullptr) {
            return {};
        }
        const std::string unit = code_meaning(*value, DCM_MeasurementUnitsCodeSequence);
        return text(*value, DCM_NumericValue, "DS") + (unit.empty() ? "" : " " + unit);
    }

    std::string value_of(DcmItem& item, const std::string& type) {
        if (type == "TEXT") {
            return text(item, DCM_TextValue, "UT");
        }
        if (type == "CODE") {
            return code_meaning(item, DCM_ConceptCodeSequence);
        }
        if (type == "NUM") {
            return measured(item);
        }
        if (type == "DATE") {
            return text(item, DCM_Date, "DA");
        }
        if (type == "PNAME") {
            return text(item, DCM_PersonName, "PN");
        }
        return {};
    }

    void write(DcmItem& item) {
        const std::string type = raw_text(item, DCM_ValueType);
        const std::string name = concept_name(item);
        const std::string value = value_of(item, type);
        if (type == "CONTAINER") {
            out_ += name.empty() ? "" : name + '\n';
        } else if (!value.empty()) {
            out_ += (name.empty() ? "" : name + ": ") + value + '\n';
        }
    }

    const TextDecoder& decode_;
    std::string& out_;
};

bool has_items(DcmItem& dataset, const DcmTagKey& tag) {
    DcmSequenceOfItems* sequence = nullptr;
    return dataset.findAndGetSequence(tag, sequence).good() && sequence != nullptr && sequence->card() > 0;
}

/// PS3.3 C.17.2: a preliminary flag, a partial or an unverified document has not the last word; one that
/// replaces predecessors amends them. A document without any flag (Encapsulated PDF) is what was given out.
ReportStatus status_of(DcmItem& dataset) {
    if (raw_text(dataset, DCM_PreliminaryFlag) == "PRELIMINARY" ||
        raw_text(dataset, DCM_CompletionFlag) == "PARTIAL" ||
        raw_text(dataset, DCM_VerificationFlag) == "UNVERIFIED") {
        return ReportStatus::Preliminary;
    }
    return has_items(dataset, DCM_PredecessorDocumentsSequence) ? ReportStatus::Amended : ReportStatus::Final;
}

} // namespace

bool is_report_class(std::string_view sop_class_uid) {
    return std::find(kReportClasses.begin(), kReportClasses.end(), sop_class_uid) != kReportClasses.end();
}

std::optional<ReportHeader> read_report(DcmItem& dataset, const TextDecoder& decode) {
    if (!is_report_class(raw_text(dataset, DCM_SOPClassUID))) {
        return std::nullopt;
    }
    return read_structured_report(dataset, decode);
}

ReportHeader read_structured_report(DcmItem& dataset, const TextDecoder& decode) {
    ReportHeader report;
    ContentText content(decode, report.text);
    report.status = status_of(dataset);
    report.date = raw_text(dataset, DCM_ContentDate);
    report.time = raw_text(dataset, DCM_ContentTime);
    report.title = decode(raw_text(dataset, DCM_DocumentTitle), "ST");
    if (report.title.empty()) {
        report.title = content.concept_name(dataset);
    }
    report.mime_type = raw_text(dataset, DCM_MIMETypeOfEncapsulatedDocument);
    if (report.mime_type.empty()) {
        report.mime_type = "application/dicom";
    }
    content.walk(dataset, 0);
    report.text = std::string(utf8_prefix(report.text, kMaxReportTextBytes));
    return report;
}

} // namespace recog::dicom
