#include "core/dicom/report_document.hpp"

#include "core/dicom/part10.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

namespace recog::dicom {

namespace {

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string_view status_word(ReportStatus status) {
    switch (status) {
    case ReportStatus::Preliminary:
        return "初步报告";
    case ReportStatus::Final:
        return "正式报告";
    case ReportStatus::Amended:
        return "修订报告";
    case ReportStatus::None:
        break;
    }
    return "";
}

} // namespace

Result<std::string> read_encapsulated_document(std::span<const std::byte> file) {
    const auto parsed = read_header(file);
    if (!parsed) {
        return parsed.failure();
    }
    DcmDataset& dataset = *(*parsed)->getDataset();
    const Uint8* bytes = nullptr;
    unsigned long count = 0;
    if (dataset.findAndGetUint8Array(DCM_EncapsulatedDocument, bytes, &count).bad() || bytes == nullptr) {
        return error(ErrorKind::NotFound, "the report object holds no document");
    }
    std::string document(reinterpret_cast<const char*>(bytes), count);
    Uint32 length = 0;
    if (dataset.findAndGetUint32(DCM_EncapsulatedDocumentLength, length).good() && length <= count &&
        count - length <= 1) {
        document.resize(length);
    } else if (!document.empty() && document.back() == '\0') {
        document.pop_back(); // PS3.5 6.2: OB is padded to even length with one NUL
    }
    return document;
}

std::string report_page(const ReportHeader& report) {
    std::string page = "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>";
    page += escape_html(report.title);
    page += "</title><style>body{font-family:sans-serif;max-width:48em;margin:2em auto;line-height:1.6}"
            "pre{white-space:pre-wrap;font-family:inherit}</style></head><body><h1>";
    page += escape_html(report.title);
    page += "</h1><p>";
    page += status_word(report.status);
    page += " ";
    page += escape_html(report.date);
    page += "</p><pre>";
    page += escape_html(report.text);
    page += "</pre></body></html>\n";
    return page;
}

} // namespace recog::dicom
