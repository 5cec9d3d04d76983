// Identifiers of C-FIND, C-MOVE and C-GET from their bytes.
#include "core/service/find_identifier.hpp"
#include "core/service/retrieve_identifier.hpp"
#include "tests/core/service/identifier_samples.hpp"
#include "tests/text_table.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;
namespace tags = dicom::tags;
using dicom::AttributeSet;
using dicom::Level;
using dicom::Tag;
using service::InformationModel;

namespace {

std::string syntax_of(const std::string& letter) {
    return uid_of(letter == "I"   ? EXS_LittleEndianImplicit
                  : letter == "E" ? EXS_LittleEndianExplicit
                  : letter == "B" ? EXS_BigEndianExplicit
                                  : EXS_DeflatedLittleEndianExplicit);
}

std::string kind_of(ErrorKind kind) {
    return kind == ErrorKind::Malformed ? "malformed" : kind == ErrorKind::TooLarge ? "too-large" : "other";
}

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

const std::string kExplicit = uid_of(EXS_LittleEndianExplicit);

/// Values go in as they are: the character set is what the case says.
std::vector<std::byte> request(const std::vector<std::pair<Tag, std::string>>& keys,
                               E_TransferSyntax syntax = EXS_LittleEndianExplicit) {
    DcmDataset dataset;
    for (const auto& [tag, value] : keys) {
        put(dataset, tag, value);
    }
    return identifier_bytes(dataset, syntax);
}

service::FindRequest expect_request(const std::vector<std::pair<Tag, std::string>>& keys,
                                    std::string_view default_set = {}) {
    auto read =
        service::read_find_request(request(keys), kExplicit, InformationModel::PatientRoot, {}, default_set);
    REQUIRE(read.result);
    return *read.result;
}

void put_code_sequence(DcmItem& item, std::string_view code) {
    DcmItem* nested = nullptr;
    item.findOrCreateSequenceItem(DCM_ProcedureCodeSequence, nested, -2);
    put(*nested, tags::CodeValue, code);
    put(*nested, tags::CodeMeaning, "");
}

} // namespace

TEST_CASE("an identifier is read as its table says, whatever its bytes are") {
    for (const auto& row : read_table(std::string(TESTDATA_DIR) + "/identifiers/bytes.tsv", 5)) {
        CAPTURE(row.line);
        CAPTURE(row[0]);
        const auto bytes = bytes_of(row[2] == "-" ? "" : from_hex(row[2]));
        const auto read = service::read_identifier(bytes, syntax_of(row[1]));
        CHECK((read.result ? "ok" : kind_of(read.result.failure().kind)) == row[3]);
        CHECK((read.offending ? dicom::to_hex(*read.offending) : "-") == row[4]);
        // Nothing is read beyond the end, wherever it is.
        for (std::size_t length = 0; length < std::min<std::size_t>(bytes.size(), 400); ++length) {
            const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<long>(length));
            static_cast<void>(service::read_identifier(cut, syntax_of(row[1])));
        }
    }
}

TEST_CASE("an identifier beyond a limit is refused") {
    DcmDataset dataset;
    put(dataset, tags::QueryRetrieveLevel, "STUDY");
    put(dataset, tags::PatientComments, std::string(5000, 'x'));
    for (std::uint16_t i = 0; i < 100; ++i) {
        put(dataset, Tag{0x0018, static_cast<std::uint16_t>(0x9000 + i)}, "");
        put_code_sequence(dataset, "C");
    }
    const auto bytes = identifier_bytes(dataset, EXS_LittleEndianExplicit);
    const auto deflated = identifier_bytes(dataset, EXS_DeflatedLittleEndianExplicit);
    const auto kind = [](const service::IdentifierResult<service::IdentifierKeys>& read) {
        return read.result ? std::string("ok") : kind_of(read.result.failure().kind);
    };
    using Limits = service::IdentifierLimits;
    CHECK(kind(service::read_identifier(bytes, kExplicit)) == "ok");
    CHECK(kind(service::read_identifier(bytes, kExplicit, {}, Limits{.bytes = bytes.size()})) == "ok");
    CHECK(kind(service::read_identifier(bytes, kExplicit, {}, Limits{.bytes = bytes.size() - 1})) ==
          "too-large");
    REQUIRE(deflated.size() < 4000);
    CHECK(kind(service::read_identifier(deflated, syntax_of("D"), {}, Limits{.bytes = 4000})) == "too-large");
    CHECK(kind(service::read_identifier(bytes, kExplicit, {}, Limits{.elements = 100})) == "too-large");
}

TEST_CASE("what DCMTK writes is read the same in every transfer syntax") {
    DcmDataset dataset;
    put(dataset, tags::SpecificCharacterSet, "ISO_IR 192");
    put(dataset, tags::QueryRetrieveLevel, "SERIES");
    put(dataset, tags::StudyDate, "20240101-20240131");
    put(dataset, tags::PatientName, "Wang^*=王^*");
    put(dataset, tags::PatientID, "330");
    put(dataset, tags::PatientComments, " a\\b ");
    put(dataset, tags::StudyInstanceUID, "1.2.3\\1.2.30");
    put(dataset, tags::SeriesNumber, "7");
    put(dataset, tags::SeriesInstanceUID, "");
    dataset.putAndInsertUint16(DCM_Rows, 512);
    put_code_sequence(dataset, "C1");
    for (const E_TransferSyntax syntax : kIdentifierSyntaxes) {
        for (const E_EncodingType lengths : {EET_ExplicitLength, EET_UndefinedLength}) {
            CAPTURE(uid_of(syntax));
            const auto read =
                service::read_identifier(identifier_bytes(dataset, syntax, lengths), uid_of(syntax));
            REQUIRE(read.result);
            const AttributeSet& keys = read.result->keys;
            CHECK(keys.get(tags::QueryRetrieveLevel) == "SERIES");
            CHECK(keys.get(tags::StudyDate) == "20240101-20240131");
            CHECK(keys.get(tags::PatientName) == "Wang^*=王^*");
            CHECK(keys.get(tags::PatientID) == "330");
            CHECK(keys.get(tags::PatientComments) == " a\\b");
            CHECK(keys.get(tags::StudyInstanceUID) == "1.2.3\\1.2.30");
            CHECK(keys.get(tags::SeriesNumber) == "7");
            CHECK(keys.contains(tags::SeriesInstanceUID));
            CHECK(keys.get(tags::Rows) == "512");
            const auto items = dicom::decode_items(keys.get(tags::ProcedureCodeSequence));
            REQUIRE(items);
            REQUIRE(items->size() == 1);
            CHECK(items->front().get(tags::CodeValue) == "C1");
            CHECK_FALSE(items->front().contains(tags::CodeMeaning));
            CHECK(read.result->unsupported.empty());
            CHECK(read.result->character_set == "ISO_IR 192");
        }
    }
}

TEST_CASE("keys are decoded in the asker's character set, and it is known afterwards") {
    for (const auto& row : read_table(std::string(TESTDATA_DIR) + "/identifiers/character_sets.tsv", 5)) {
        CAPTURE(row.line);
        const auto request = expect_request({{tags::SpecificCharacterSet, row[0]},
                                             {tags::QueryRetrieveLevel, "STUDY"},
                                             {tags::PatientName, from_hex(row[2])}},
                                            row[1]);
        CHECK(request.query.keys.get(tags::PatientName) == row[3]);
        CHECK(request.character_set == row[4]);
    }
}

TEST_CASE("a sequence is a key when it has one item of plain elements, and is reported otherwise") {
    const auto read = [](const auto& fill) {
        DcmDataset dataset;
        put(dataset, tags::QueryRetrieveLevel, "STUDY");
        fill(dataset);
        return service::read_find_request(identifier_bytes(dataset, EXS_LittleEndianImplicit),
                                          uid_of(EXS_LittleEndianImplicit), InformationModel::StudyRoot, {});
    };
    const auto unsupported = [&](const auto& fill) {
        const auto request = read(fill);
        REQUIRE(request.result);
        CHECK(request.result->query.keys.contains(tags::ProcedureCodeSequence));
        return request.result->unsupported;
    };
    using Tags = std::vector<Tag>;
    CHECK(unsupported([](DcmDataset& d) { d.insertEmptyElement(DCM_ProcedureCodeSequence); }) == Tags{});
    CHECK(unsupported([](DcmDataset& d) { put_code_sequence(d, ""); }) == Tags{});
    CHECK(unsupported([](DcmDataset& d) { put_code_sequence(d, "C1"); }) == Tags{});
    CHECK(unsupported([](DcmDataset& d) {
              put_code_sequence(d, "C1");
              put_code_sequence(d, "C2");
          }) == Tags{tags::ProcedureCodeSequence});
    CHECK(unsupported([](DcmDataset& d) {
              put_code_sequence(d, "C1");
              DcmItem* item = nullptr;
              d.findAndGetSequenceItem(DCM_ProcedureCodeSequence, item);
              put_code_sequence(*item, "C2");
          }) == Tags{tags::ProcedureCodeSequence});
    CHECK(unsupported([](DcmDataset& d) {
              put_code_sequence(d, "C1");
              DcmItem* item = nullptr;
              d.findAndGetSequenceItem(DCM_ProcedureCodeSequence, item);
              put(*item, Tag{0x0008, 0x0103}, "version");
          }) == Tags{tags::ProcedureCodeSequence});
}

TEST_CASE("the recognition block is known by its creator, wherever the asker reserved it") {
    struct Case {
        std::vector<std::pair<Tag, std::string>> elements;
        bool recognition;
        std::set<std::uint16_t> wanted;
        std::vector<Tag> unsupported;
    };
    const std::string ours = "RECOGNITION 1.0";
    const std::vector<Case> cases{
        {{{{0x0B01, 0x0010}, ours}}, true, {}, {}},
        {{{{0x0B01, 0x0010}, ours}, {{0x0B01, 0x1001}, ""}}, true, {1}, {}},
        {{{{0x0B01, 0x00FF}, ours}, {{0x0B01, 0xFF05}, ""}, {{0x0B01, 0xFF0A}, ""}}, true, {5, 10}, {}},
        {{{{0x0B01, 0x0010}, "OTHER"}, {{0x0B01, 0x1001}, ""}}, false, {}, {{0x0B01, 0x1001}}},
        {{{{0x0B01, 0x0010}, "OTHER"},
          {{0x0B01, 0x0011}, ours},
          {{0x0B01, 0x1001}, ""},
          {{0x0B01, 0x1102}, ""}},
         true,
         {2},
         {{0x0B01, 0x1001}}},
        {{{{0x0B01, 0x1003}, ""}}, true, {3}, {}}, // no creator, and nobody else's
        {{{{0x0B01, 0x0010}, ours}, {{0x0B01, 0x1001}, "EXPIRED"}}, true, {1}, {{0x0B01, 0x1001}}},
        {{{{0x0009, 0x0010}, ours}, {{0x0009, 0x1001}, ""}}, false, {}, {{0x0009, 0x1001}}},
    };
    for (const Case& one : cases) {
        CAPTURE(&one - cases.data());
        std::string bytes("\x08\x00\x52\x00"
                          "CS\x06\x00STUDY ",
                          14);
        for (const auto& [tag, value] : one.elements) {
            const std::string padded = value + std::string(value.size() % 2, ' ');
            for (const unsigned number : {tag.group + 0U, tag.element + 0U}) {
                bytes += {static_cast<char>(number & 0xFFU), static_cast<char>(number >> 8U)};
            }
            bytes += tag.element < 0x0100 ? "LO" : "CS";
            bytes += {static_cast<char>(padded.size()), '\0'};
            bytes += padded;
        }
        const auto read =
            service::read_find_request(bytes_of(bytes), kExplicit, InformationModel::StudyRoot, {});
        REQUIRE(read.result);
        CHECK(read.result->query.recognition == one.recognition);
        CHECK(read.result->query.recognition_elements == one.wanted);
        CHECK(read.result->unsupported == one.unsupported);
        CHECK(read.result->query.keys.empty());
    }
}

TEST_CASE("keys that are neither matched nor returned at the level are told") {
    const auto unsupported = [](const char* level, std::vector<std::pair<Tag, std::string>> keys) {
        keys.push_back({tags::QueryRetrieveLevel, level});
        return expect_request(keys).unsupported;
    };
    using Tags = std::vector<Tag>;
    CHECK(unsupported("STUDY", {{tags::PatientID, "1"}, {tags::ModalitiesInStudy, "CT"}}) == Tags{});
    CHECK(unsupported("STUDY", {{tags::SeriesInstanceUID, ""}}) == Tags{tags::SeriesInstanceUID});
    CHECK(unsupported("SERIES", {{tags::SeriesInstanceUID, ""}}) == Tags{});
    CHECK(unsupported("PATIENT", {{tags::StudyDate, ""}}) == Tags{tags::StudyDate});
    CHECK(unsupported("STUDY", {{Tag{0x0032, 0x1060}, ""}}) == Tags{{0x0032, 0x1060}});
    CHECK(unsupported("STUDY", {{tags::NumberOfPatientRelatedStudies, ""}}) == Tags{});
    CHECK(unsupported("STUDY", {{tags::NumberOfPatientRelatedStudies, "3"}}) ==
          Tags{tags::NumberOfPatientRelatedStudies});
    CHECK(unsupported("STUDY", {{tags::SpecificCharacterSet, "GB18030"}, {tags::RetrieveAETitle, ""}}) ==
          Tags{});
}

TEST_CASE("the level must be one of the model's") {
    const auto outcome = [](InformationModel model, const char* level) {
        const auto read =
            service::read_find_request(request({{tags::QueryRetrieveLevel, level}}), kExplicit, model, {});
        if (!read.result) {
            CHECK(read.result.failure().kind == ErrorKind::BadRequest);
            CHECK(read.offending == tags::QueryRetrieveLevel);
        }
        return read.result.ok();
    };
    for (const char* level : {"PATIENT", "STUDY", "SERIES", "IMAGE"}) {
        CAPTURE(std::string(level));
        CHECK(outcome(InformationModel::PatientRoot, level));
        CHECK(outcome(InformationModel::StudyRoot, level) == (std::string(level) != "PATIENT"));
        CHECK(outcome(InformationModel::PatientStudyOnly, level) ==
              (std::string(level) == "PATIENT" || std::string(level) == "STUDY"));
    }
    for (const char* level : {"", "study", "INSTANCE", "STUDY\\SERIES", "*"}) {
        CHECK_FALSE(outcome(InformationModel::PatientRoot, level));
    }
}

TEST_CASE("SOP classes of query and retrieve are told apart") {
    using service::query_sop_class;
    const auto find = query_sop_class(UID_FINDStudyRootQueryRetrieveInformationModel);
    REQUIRE(find);
    CHECK(find->model == InformationModel::StudyRoot);
    CHECK(find->service == service::QueryService::Find);
    const auto get = query_sop_class(UID_GETPatientRootQueryRetrieveInformationModel);
    REQUIRE(get);
    CHECK(get->model == InformationModel::PatientRoot);
    CHECK(get->service == service::QueryService::Get);
    const auto move = query_sop_class(UID_RETIRED_MOVEPatientStudyOnlyQueryRetrieveInformationModel);
    REQUIRE(move);
    CHECK(move->model == InformationModel::PatientStudyOnly);
    CHECK(move->service == service::QueryService::Move);
    for (const char* uid : {"", "1.2.840.10008.5.1.4.1.2.4.2", "1.2.840.10008.5.1.4.1.2.2.4",
                            "1.2.840.10008.5.1.4.1.2.2.11", UID_FINDModalityWorklistInformationModel}) {
        CHECK_FALSE(query_sop_class(uid));
    }
}

namespace {

std::string retrieve_outcome(InformationModel model, const std::vector<std::pair<Tag, std::string>>& keys,
                             E_TransferSyntax syntax = EXS_LittleEndianImplicit) {
    const auto read = service::read_retrieve_identifier(request(keys, syntax), uid_of(syntax), model, {});
    if (read.result) {
        const service::RetrieveQuery& q = *read.result;
        return q.patient_id + "/" + q.issuer + "/" + q.accession + "/" + std::to_string(q.study_uids.size()) +
               "/" + std::to_string(q.series_uids.size()) + "/" + std::to_string(q.sop_uids.size());
    }
    return (read.result.failure().kind == ErrorKind::BadRequest ? "bad "
            : read.result.failure().kind == ErrorKind::TooLarge ? "too-large "
                                                                : "malformed ") +
           (read.offending ? dicom::to_hex(*read.offending) : "-");
}

} // namespace

TEST_CASE("a retrieve identifier names what its level needs") {
    const auto level = [](const char* name) {
        return std::pair(tags::QueryRetrieveLevel, std::string(name));
    };
    const auto patient = InformationModel::PatientRoot;
    const auto study = InformationModel::StudyRoot;
    const auto outcome = [](InformationModel model, const std::vector<std::pair<Tag, std::string>>& keys) {
        return retrieve_outcome(model, keys);
    };
    using K = std::pair<Tag, std::string>;
    CHECK(outcome(patient, {level("PATIENT"), K{tags::PatientID, "100"}, K{tags::IssuerOfPatientID, "H1"}}) ==
          "100/H1//0/0/0");
    CHECK(outcome(study, {level("PATIENT"), K{tags::PatientID, "100"}}) == "bad 00080052");
    CHECK(outcome(patient, {level("PATIENT")}) == "bad 00100020");
    CHECK(outcome(patient, {level("PATIENT"), K{tags::PatientID, "1*"}}) == "bad 00100020");
    CHECK(outcome(patient, {level("PATIENT"), K{tags::PatientID, "1\\2"}}) == "bad 00100020");
    CHECK(outcome(patient, {K{tags::StudyInstanceUID, "1.2"}}) == "bad 00080052");
    CHECK(outcome(study, {level("STUDY"), K{tags::StudyInstanceUID, "1.2\\1.3\\"}}) == "///2/0/0");
    CHECK(outcome(study, {level("STUDY"), K{tags::StudyInstanceUID, ""}}) == "bad 0020000D");
    CHECK(outcome(study, {level("STUDY"), K{tags::StudyInstanceUID, "\\"}}) == "bad 0020000D");
    CHECK(outcome(study, {level("STUDY"), K{tags::StudyInstanceUID, "1.*"}}) == "bad 0020000D");
    CHECK(outcome(study, {level("STUDY"), K{tags::StudyInstanceUID, std::string(65, '1')}}) ==
          "bad 0020000D");
    CHECK(outcome(study, {level("STUDY"), K{tags::AccessionNumber, "A1"}}) == "//A1/0/0/0");
    CHECK(outcome(study, {level("SERIES"), K{tags::SeriesInstanceUID, "1.2.1"}}) == "///0/1/0");
    CHECK(outcome(study, {level("SERIES"), K{tags::StudyInstanceUID, "1.2"}}) == "bad 0020000E");
    CHECK(outcome(study, {level("IMAGE"), K{tags::SOPInstanceUID, "1.2.1.1"},
                          K{tags::StudyInstanceUID, "1.2"}}) == "///1/0/1");
    CHECK(outcome(study, {level("IMAGE"), K{tags::SeriesInstanceUID, "1.2.1"}}) == "bad 00080018");
}

TEST_CASE("a retrieve identifier may list 100,000 UIDs, and not one more") {
    std::string list;
    for (int i = 100'000; i < 200'000; ++i) {
        list += "1.2.840.113619.2.55.3.604688119.971.1234567890.123." + std::to_string(i) + "\\";
    }
    list.pop_back();
    const std::vector<std::pair<Tag, std::string>> keys{{tags::QueryRetrieveLevel, "IMAGE"},
                                                        {tags::SOPInstanceUID, list}};
    CHECK(retrieve_outcome(InformationModel::StudyRoot, keys) == "///0/0/100000");
    CHECK(retrieve_outcome(InformationModel::StudyRoot,
                           {keys[0], {tags::SOPInstanceUID, list + "\\1.2.3"}}) == "too-large 00080018");
    // The same is too long for a C-FIND.
    const auto find =
        service::read_find_request(request(keys, EXS_LittleEndianImplicit), uid_of(EXS_LittleEndianImplicit),
                                   InformationModel::StudyRoot, {});
    REQUIRE_FALSE(find.result);
    CHECK(find.result.failure().kind == ErrorKind::TooLarge);
}
