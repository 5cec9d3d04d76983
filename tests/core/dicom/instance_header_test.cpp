// What is read of one instance: attributes by level, identifiers, reports; and that no file brings it down.
#include "core/dicom/instance_header.hpp"

#include "core/base/utf8.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/part10.hpp"
#include "core/dicom/report_document.hpp"
#include "tests/core/dicom/sample_files.hpp"

#include <dcmtk/dcmdata/dcostrmb.h>
#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;

namespace {

Result<InstanceHeader> read(const std::string& file, const std::string& default_set = "GB18030") {
    return read_instance_header(bytes_of(file), [&](std::string_view) { return default_set; });
}

InstanceHeader header_of(const SampleFile& sample, const std::string& default_set = "GB18030") {
    auto header = read(sample.file(), default_set);
    if (!header) {
        throw std::runtime_error(header.failure().text);
    }
    return *std::move(header);
}

SampleFile plain() {
    SampleFile file("1.1", "1.1.1", "1.1.1.1");
    file.patient("P1", "Wang^Wu");
    return file;
}

/// A Part 10 file that DCMTK wrote, in any transfer syntax.
std::string written(DcmDataset& dataset, E_TransferSyntax syntax) {
    DcmFileFormat file(&dataset);
    std::string out(1U << 20U, '\0');
    DcmOutputBufferStream stream(out.data(), static_cast<offile_off_t>(out.size()));
    file.transferInit();
    if (file.write(stream, syntax, EET_UndefinedLength, nullptr).bad()) {
        throw std::runtime_error("DCMTK could not write the sample");
    }
    file.transferEnd();
    stream.flush(); // ends a deflated stream
    void* bytes = nullptr;
    offile_off_t size = 0;
    stream.flushBuffer(bytes, size);
    return std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
    REQUIRE(item.putAndInsertOFStringArray(DcmTag(tag), OFString(value.data(), value.size())).good());
}

DcmItem& add_item(DcmItem& item, const DcmTagKey& sequence) {
    DcmItem* added = nullptr;
    REQUIRE(item.findOrCreateSequenceItem(DcmTag(sequence), added, -2).good());
    return *added;
}

void put_code(DcmItem& item, const DcmTagKey& sequence, const std::string& meaning) {
    DcmItem& code = add_item(item, sequence);
    put(code, DCM_CodeValue, "1");
    put(code, DCM_CodingSchemeDesignator, "99T");
    put(code, DCM_CodeMeaning, meaning);
}

DcmItem& content(DcmItem& parent, const std::string& type, const std::string& name) {
    DcmItem& item = add_item(parent, DCM_ContentSequence);
    put(item, DCM_ValueType, type);
    if (!name.empty()) {
        put_code(item, DCM_ConceptNameCodeSequence, name);
    }
    return item;
}

void fill_report(DcmDataset& dataset, const std::string& sop_class = "1.2.840.10008.5.1.4.1.1.88.11") {
    put(dataset, DCM_SpecificCharacterSet, "ISO_IR 192");
    put(dataset, DCM_SOPClassUID, sop_class);
    put(dataset, DCM_SOPInstanceUID, "1.2.3");
    put(dataset, DCM_StudyInstanceUID, "1.1");
    put(dataset, DCM_SeriesInstanceUID, "1.2");
    put(dataset, DCM_Modality, "SR");
    put(dataset, DCM_ContentDate, "20240301");
    put(dataset, DCM_ContentTime, "101500");
}

ReportHeader report_of(DcmDataset& dataset) {
    const auto header = read(written(dataset, EXS_LittleEndianExplicit));
    REQUIRE(header);
    REQUIRE(header->report);
    return *header->report;
}

} // namespace

TEST_CASE("attributes go to their level, with the transfer syntax and whether it is an image") {
    auto file = plain();
    file.set(0x0008, 0x0020, "DA", "20240301").set(0x0020, 0x0011, "IS", "3").set(0x0020, 0x0013, "IS", "7");
    const auto header = header_of(file);
    CHECK(header.patient.get(tags::PatientName) == "Wang^Wu");
    CHECK(header.study.get(tags::StudyDate) == "20240301");
    CHECK(header.series.get(tags::Modality) == "CT");
    CHECK(header.series.get(tags::SeriesNumber) == "3");
    CHECK(header.instance.get(tags::InstanceNumber) == "7");
    CHECK(header.instance.get(tags::Rows) == "2");
    CHECK(header.instance.get(tags::AvailableTransferSyntaxUID) == "1.2.840.10008.1.2.1");
    CHECK(header.image);
    CHECK_FALSE(header.report);
    CHECK_FALSE(header_of(plain().erase(0x0028, 0x0010)).image);
    for (const auto& attribute : indexed_attributes()) {
        if (attribute.computed) {
            CHECK_FALSE(header.study.contains(attribute.tag));
        }
    }
}

TEST_CASE("padding is no part of a value, at either end, whatever the VR") {
    auto file = plain();
    file.set(0x0010, 0x0020, "LO", "  P1 ")
        .set(0x0008, 0x0050, "SH", " ACC")
        .set(0x0008, 0x1030, "LO", "      ");
    const auto header = header_of(file);
    CHECK(header.identifiers.at(0).value == "P1");
    CHECK(header.patient.get(tags::PatientID) == "P1");
    CHECK(header.study.get(tags::AccessionNumber) == "ACC");
    REQUIRE(header.study.find(tags::StudyDescription) != nullptr);
    CHECK(header.study.get(tags::StudyDescription).empty());
    CHECK(header.instance.get(tags::SOPInstanceUID) == "1.1.1.1");
}

TEST_CASE("names are UTF-8 from every character set") {
    struct Case {
        std::string terms;
        std::string bytes;
        std::string name;
    };
    const Case cases[] = {
        {"ISO_IR 192", "Wang^Wu=王^五", "Wang^Wu=王^五"},
        {"GB18030", "Wang^Wu=\xCD\xF5^\xCE\xE5", "Wang^Wu=王^五"},
        {"GBK", "\xCD\xF5^\xCE\xE5", "王^五"},
        {"\\ISO 2022 IR 58", "Wang^Wu=\x1B$)A\xCD\xF5^\x1B$)A\xCE\xE5", "Wang^Wu=王^五"},
        {"", "\xCD\xF5^\xCE\xE5", "王^五"},
        {"", "王^五", "王^五"},
        {"ISO_IR 100", "M\xFCller^J\xF6rg", "Müller^Jörg"},
        {"ISO_IR 144", "\xBB\xEE\xDA", "Люк"},
        {"ISO_IR 13", "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3", "ﾔﾏﾀﾞ^ﾀﾛｳ"},
        {"\\ISO 2022 IR 149", "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7", "Hong^Gildong=洪^吉洞"},
        {"\\ISO 2022 IR 87", "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B", "Yamada^Tarou=山田^太郎"},
        {"ISO_IR 6", "Wang^Wu", "Wang^Wu"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.terms);
        auto file = plain();
        file.set(0x0010, 0x0010, "PN", one.bytes);
        if (!one.terms.empty()) {
            file.set(0x0008, 0x0005, "CS", one.terms);
        }
        CHECK(header_of(file).patient.get(tags::PatientName) == one.name);
    }
}

TEST_CASE("the default character set is chosen by the issuer") {
    auto file = plain();
    file.set(0x0010, 0x0010, "PN", "M\xFCller").set(0x0010, 0x0021, "LO", "H007");
    std::string asked;
    const std::string bytes = file.file();
    const auto header = read_instance_header(bytes_of(bytes), [&asked](std::string_view issuer) {
        asked = issuer;
        return std::string("ISO_IR 100");
    });
    CHECK(asked == "H007");
    CHECK(header->patient.get(tags::PatientName) == "Müller");
}

TEST_CASE("an item may state a character set of its own") {
    auto file = plain();
    file.set(0x0008, 0x0005, "CS", "ISO_IR 100");
    file.set(0x0008, 0x1032, "SQ",
             item(element(0x0008, 0x0005, "CS", "ISO_IR 192") + element(0x0008, 0x0104, "LO", "胸部")) +
                 item(element(0x0008, 0x0104, "LO",
                              "Sch\xE4"
                              "del ")));
    const auto items = decode_items(header_of(file).study.get(tags::ProcedureCodeSequence));
    REQUIRE(items);
    REQUIRE(items->size() == 2);
    CHECK((*items)[0].get(tags::CodeMeaning) == "胸部");
    CHECK((*items)[1].get(tags::CodeMeaning) == "Schädel");
}

TEST_CASE("procedure codes and requests are kept as items") {
    auto file = plain();
    file.set(0x0008, 0x1032, "SQ",
             item(element(0x0008, 0x0100, "SH", "C1") + element(0x0008, 0x0102, "SH", "99HR") +
                  element(0x0008, 0x0104, "LO", "\xD0\xD8\xB2\xBF")) +
                 item(""));
    file.set(0x0040, 0x0275, "SQ", item(element(0x0040, 0x1001, "SH", "RP 1")));
    const auto header = header_of(file);
    const auto codes = decode_items(header.study.get(tags::ProcedureCodeSequence));
    REQUIRE(codes);
    REQUIRE(codes->size() == 2);
    CHECK((*codes)[0].get(tags::CodeValue) == "C1");
    CHECK((*codes)[0].get(tags::CodingSchemeDesignator) == "99HR");
    CHECK((*codes)[0].get(tags::CodeMeaning) == "胸部");
    CHECK((*codes)[1].empty());
    const auto requests = decode_items(header.series.get(tags::RequestAttributesSequence));
    REQUIRE(requests);
    CHECK(requests->at(0).get(tags::RequestedProcedureID) == "RP 1");
}

TEST_CASE("identifiers: Patient ID first, then the others, each with issuer and qualifiers") {
    const std::string qualifiers =
        element(0x0010, 0x0024, "SQ",
                item(element(0x0040, 0x0032, "UT", "1.2.86.1") + element(0x0040, 0x0035, "CS", "SS")));
    auto file = plain();
    file.set(0x0010, 0x0021, "LO", "H001");
    file.set(0x0010, 0x0024, "SQ",
             item(element(0x0040, 0x0032, "UT", "9.9 ") + element(0x0040, 0x0035, "CS", "MR")));
    file.set(0x0010, 0x1002, "SQ",
             other_id("C1", "CARD") + other_id("") + item(element(0x0010, 0x0020, "LO", "C2") + qualifiers) +
                 other_id("C3"));
    const auto header = header_of(file);
    CHECK(header.has_patient_id);
    const std::vector<PatientIdentifier> expected = {{"P1", "H001", "9.9", "MR"},
                                                     {"C1", "CARD", "", ""},
                                                     {"C2", "", "1.2.86.1", "SS"},
                                                     {"C3", "", "", ""}};
    CHECK((header.identifiers == expected));

    const auto without = header_of(file.erase(0x0010, 0x0020));
    CHECK_FALSE(without.has_patient_id);
    CHECK(without.identifiers.size() == 3);
}

TEST_CASE("more identifiers than the limit are left out, and long values are cut between characters") {
    auto file = plain();
    std::string others;
    for (int i = 0; i < 200; ++i) {
        others += other_id(std::to_string(1000 + i));
    }
    file.set(0x0010, 0x1002, "SQ", others);
    std::string comment;
    for (int i = 0; i < 10'000; ++i) {
        comment += "\xCD\xF5"; // 王, three bytes in UTF-8
    }
    file.set(0x0010, 0x4000, "LT", comment);
    const auto header = header_of(file);
    CHECK(header.identifiers.size() <= kMaxIdentifiersPerInstance);
    const auto kept = header.patient.get(tags::PatientComments);
    CHECK(kept.size() <= kMaxValueBytes);
    CHECK(kept.size() > kMaxValueBytes / 2);
    CHECK(is_utf8(kept));
}

TEST_CASE("a missing or empty UID is an error, without patient data") {
    for (const auto& [group, number] : {std::pair{0x0008, 0x0016}, std::pair{0x0008, 0x0018},
                                        std::pair{0x0020, 0x000D}, std::pair{0x0020, 0x000E}}) {
        const auto g = static_cast<std::uint16_t>(group);
        const auto n = static_cast<std::uint16_t>(number);
        for (auto file : {plain().erase(g, n), plain().set(g, n, "UI", "")}) {
            const auto header = read(file.file());
            REQUIRE_FALSE(header);
            CHECK(header.failure().kind == ErrorKind::Malformed);
            CHECK(header.failure().text.find("Wang") == std::string::npos);
        }
    }
}

TEST_CASE("a NUL ends a value, as it does for Orthanc, and text under VR UN is text") {
    SampleFile file("1.2", "1.2.3", "1.2.3.4");
    file.set(0x0010, 0x0020, "LO", std::string("AB\0CD", 5)).set(0x0008, 0x1030, "UN", "words");
    const auto header = read(file.file());
    REQUIRE(header);
    CHECK(header->patient.get(tags::PatientID) == "AB");
    CHECK(header->study.get(tags::StudyDescription) == "words");
    file.set(0x0010, 0x0020, "LO", std::string("\0AB", 3));
    const auto nobody = read(file.file());
    REQUIRE(nobody);
    CHECK_FALSE(nobody->has_patient_id);
}

TEST_CASE("nesting is told by its depth, in sequences of defined and undefined length") {
    for (const std::size_t depth : {1U, 23U, 24U, 25U, 400U}) {
        CAPTURE(depth);
        std::string nested = element(0x0008, 0x0100, "SH", "X ");
        for (std::size_t i = 0; i < depth; ++i) {
            nested = element(0x0040, 0xA730, "SQ", item(nested));
        }
        const std::string file = part10("1.2.840.10008.1.2.1", nested);
        CHECK(nests_deeper_than(std::as_bytes(std::span(file)), 24) == (depth > 24));
    }
}

TEST_CASE("elements that have another form than their tag says give no value and no crash") {
    auto file = plain();
    file.set(0x0010, 0x0010, "SQ", item(element(0x0010, 0x0020, "LO", "XX")));
    file.set(0x0010, 0x1002, "LO", "no sequence ");
    file.set(0x0008, 0x1032, "UN", "abc ");
    file.set(0x0028, 0x0010, "LO", "many");
    const auto header = header_of(file);
    CHECK(header.patient.get(tags::PatientName).empty());
    CHECK(header.identifiers.size() == 1);
}

TEST_CASE("any file cut anywhere is read or refused") {
    auto file = plain();
    file.set(0x0010, 0x1002, "SQ", other_id("C1", "CARD") + other_id("C2"));
    file.set(0x0008, 0x1032, "SQ", item(element(0x0008, 0x0100, "SH", "C1")));
    const std::string whole = file.file();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        static_cast<void>(read(whole.substr(0, size)));
    }
    for (std::size_t at = 128; at < whole.size(); ++at) {
        std::string broken = whole;
        broken[at] = static_cast<char>(broken[at] ^ 0xFF);
        static_cast<void>(read(broken));
    }
}

TEST_CASE("an SR gives its words in order, in every transfer syntax") {
    DcmDataset dataset;
    fill_report(dataset);
    put_code(dataset, DCM_ConceptNameCodeSequence, "影像报告");
    DcmItem& findings = content(dataset, "CONTAINER", "检查所见");
    put(content(findings, "TEXT", "所见"), DCM_TextValue, "双肺纹理清晰。\r\n未见\\结节");
    put_code(content(findings, "CODE", "部位"), DCM_ConceptCodeSequence, "胸部");
    DcmItem& measured = add_item(content(findings, "NUM", "直径"), DCM_MeasuredValueSequence);
    put(measured, DCM_NumericValue, "4.5");
    put_code(measured, DCM_MeasurementUnitsCodeSequence, "mm");
    put(content(dataset, "PNAME", "医师"), DCM_PersonName, "王^五");
    put(content(dataset, "DATE", ""), DCM_Date, "20240301");
    content(dataset, "IMAGE", "图像");
    for (const E_TransferSyntax syntax : {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit,
                                          EXS_BigEndianExplicit, EXS_DeflatedLittleEndianExplicit}) {
        CAPTURE(static_cast<int>(syntax));
        DcmDataset copy(dataset);
        const auto header = read(written(copy, syntax));
        REQUIRE(header);
        REQUIRE(header->report);
        CHECK(header->report->title == "影像报告");
        CHECK(header->report->date == "20240301");
        CHECK(header->report->time == "101500");
        CHECK(header->report->mime_type == "application/dicom");
        CHECK(header->report->text == "检查所见\n所见: 双肺纹理清晰。\r\n未见\\结节\n部位: 胸部\n直径: 4.5 "
                                      "mm\n医师: 王^五\n20240301\n");
        CHECK_FALSE(header->image);
    }
}

TEST_CASE("a content tree deeper or longer than the limits is cut, not refused") {
    DcmDataset deep;
    fill_report(deep);
    DcmItem* at = &deep;
    for (int depth = 0; depth < 100; ++depth) {
        at = &content(*at, "CONTAINER", "level " + std::to_string(depth));
    }
    const auto report = report_of(deep);
    CHECK(report.text.find("level 5\n") != std::string::npos);
    CHECK(report.text.find("level 99") == std::string::npos);

    DcmDataset wide;
    fill_report(wide);
    for (int i = 0; i < 40; ++i) {
        std::string text;
        while (text.size() < 3000) {
            text += "影";
        }
        put(content(wide, "TEXT", ""), DCM_TextValue, text);
    }
    const auto cut = report_of(wide);
    CHECK(cut.text.size() <= kMaxReportTextBytes);
    CHECK(is_utf8(cut.text));
}

TEST_CASE("the status of a report, by its flags and predecessors") {
    struct Case {
        const char* preliminary;
        const char* completion;
        const char* verification;
        bool predecessor;
        ReportStatus status;
    };
    const Case cases[] = {
        {"", "", "", false, ReportStatus::Final},
        {"", "COMPLETE", "VERIFIED", false, ReportStatus::Final},
        {"FINAL", "COMPLETE", "VERIFIED", false, ReportStatus::Final},
        {"", "COMPLETE", "VERIFIED", true, ReportStatus::Amended},
        {"", "", "", true, ReportStatus::Amended},
        {"PRELIMINARY", "COMPLETE", "VERIFIED", false, ReportStatus::Preliminary},
        {"PRELIMINARY", "COMPLETE", "VERIFIED", true, ReportStatus::Preliminary},
        {"", "PARTIAL", "VERIFIED", false, ReportStatus::Preliminary},
        {"", "PARTIAL", "", true, ReportStatus::Preliminary},
        {"", "COMPLETE", "UNVERIFIED", false, ReportStatus::Preliminary},
        {"", "COMPLETE", "UNVERIFIED", true, ReportStatus::Preliminary},
    };
    for (const Case& one : cases) {
        CAPTURE(std::string(one.preliminary) + "|" + one.completion + "|" + one.verification);
        DcmDataset dataset;
        fill_report(dataset);
        for (const auto& [tag, value] :
             {std::pair{DCM_PreliminaryFlag, one.preliminary}, std::pair{DCM_CompletionFlag, one.completion},
              std::pair{DCM_VerificationFlag, one.verification}}) {
            if (*value != '\0') {
                put(dataset, tag, value);
            }
        }
        if (one.predecessor) {
            put(add_item(dataset, DCM_PredecessorDocumentsSequence), DCM_StudyInstanceUID, "1.1");
        }
        CHECK(report_of(dataset).status == one.status);
    }
}

TEST_CASE("report classes are reports, structured data is none") {
    for (const char* report : {"1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.22",
                               "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.34",
                               "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"}) {
        DcmDataset dataset;
        fill_report(dataset, report);
        CHECK(report_of(dataset).status == ReportStatus::Final);
    }
    for (const char* other : {"1.2.840.10008.5.1.4.1.1.88.67", "1.2.840.10008.5.1.4.1.1.88.59",
                              "1.2.840.10008.5.1.4.1.1.88.50", "1.2.840.10008.5.1.4.1.1.2"}) {
        DcmDataset dataset;
        fill_report(dataset, other);
        const auto header = read(written(dataset, EXS_LittleEndianExplicit));
        REQUIRE(header);
        CHECK_FALSE(header->report);
    }
}

TEST_CASE("an encapsulated document comes back as it went in, whether or not its length is told") {
    struct Case {
        std::string document;
        bool told;
        std::string expected;
    };
    const Case cases[] = {{"%PDF-1.4 even", true, "%PDF-1.4 even"},
                          {"%PDF-1.4 odd", true, "%PDF-1.4 odd"},
                          {std::string("ends in NUL\0", 12), true, std::string("ends in NUL\0", 12)},
                          {"%PDF-1.4 odd", false, "%PDF-1.4 odd"},
                          {"%PDF-1.4 even", false, "%PDF-1.4 even"}};
    for (const Case& one : cases) {
        DcmDataset dataset;
        fill_report(dataset, "1.2.840.10008.5.1.4.1.1.104.1");
        put(dataset, DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
        put(dataset, DCM_DocumentTitle, "胸部CT报告");
        std::string padded = one.document;
        padded.append(padded.size() % 2, '\0');
        dataset.putAndInsertUint8Array(DCM_EncapsulatedDocument,
                                       reinterpret_cast<const Uint8*>(padded.data()), padded.size());
        if (one.told) {
            dataset.putAndInsertUint32(DCM_EncapsulatedDocumentLength,
                                       static_cast<Uint32>(one.document.size()));
        }
        const std::string file = written(dataset, EXS_LittleEndianExplicit);
        const auto header = read(file);
        REQUIRE(header);
        REQUIRE(header->report);
        CHECK(header->report->mime_type == "application/pdf");
        CHECK(header->report->title == "胸部CT报告");
        CHECK(header->report->text.empty());
        const auto document = read_encapsulated_document(bytes_of(file));
        REQUIRE(document);
        CHECK(*document == one.expected);
    }
    const std::string none = plain().file();
    CHECK(read_encapsulated_document(bytes_of(none)).failure().kind == ErrorKind::NotFound);
    CHECK_FALSE(read_encapsulated_document(bytes_of("nonsense")));
}

TEST_CASE("the page of a report shows its words as words") {
    ReportHeader report;
    report.title = "<script>alert(\"x\")</script>";
    report.text = "a & b < c\n未见异常";
    report.status = ReportStatus::Amended;
    const std::string page = report_page(report);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("a &amp; b &lt; c\n未见异常") != std::string::npos);
    CHECK(page.find("修订报告") != std::string::npos);
}

TEST_CASE("every file of the shared test data is read or refused") {
    for (const auto& path : shared_files("")) {
        CAPTURE(path.string());
        const std::string file = read_file(path);
        if (file.size() > (64U << 20U)) {
            continue;
        }
        const auto header = read(file);
        if (header) {
            CHECK_FALSE(header->instance.get(tags::SOPInstanceUID).empty());
            for (const auto* set : {&header->patient, &header->study, &header->series, &header->instance}) {
                CHECK(AttributeSet::decode(set->encode()).ok());
            }
        }
        static_cast<void>(read_encapsulated_document(bytes_of(file)));
    }
}
