// Questions of every door: whose number it is, what is answered, and what is refused.
#include "core/service/find_answer.hpp"
#include "core/service/find_identifier.hpp"
#include "core/service/report_service.hpp"
#include "tests/core/dicom/sample_files.hpp"
#include "tests/core/service/fake_archive.hpp"
#include "tests/core/service/services.hpp"

#include <dcmtk/dcmdata/dcistrmb.h>

#include <doctest/doctest.h>

#include <set>

using namespace recog;
using namespace recog::test;

namespace {

/// Asks, and remembers what was said of the answers.
class Asking : public Services {
public:
    std::vector<service::PriorAnswer> find(const service::PriorQuery& query) {
        std::vector<service::PriorAnswer> answers;
        summary = expect_ok(priors.find(query, [&answers](service::PriorAnswer& answer) {
            answers.push_back(answer);
            return true;
        }));
        return answers;
    }

    FakeArchive archive;
    service::ReportService reports{priors, archive};
    service::PriorSummary summary;
};

/// One person with a card at both hospitals, another with the same local number.
std::vector<index::IndexEvent> two_hospitals() {
    return {study(1, "H001", "100")
                .identifier("CITIZEN_CARD", "CARD123")
                .series_value(tags::BodyPartExamined, "CHEST"),
            study(2, "H002", "200").identifier("CITIZEN_CARD", "CARD123"),
            study(3, "H002", "100").patient_value(tags::PatientName, "Li^Si")};
}

service::PriorQuery question(dicom::Level level, const std::string& patient_id, const std::string& aet = "",
                             const std::string& institution = "") {
    service::PriorQuery query;
    query.level = level;
    query.asker.aet = aet;
    query.asker.institution = institution;
    query.keys.set(tags::PatientID, patient_id);
    query.keys.set(tags::PatientName, "");
    query.keys.set(tags::StudyInstanceUID, "");
    return query;
}

std::multiset<std::string> values(const std::vector<service::PriorAnswer>& answers, dicom::Tag tag) {
    std::multiset<std::string> all;
    for (const auto& answer : answers) {
        all.emplace(answer.attributes.get(tag));
    }
    return all;
}

using Strings = std::multiset<std::string>;
using dicom::Level;

std::vector<std::string> sops(const Result<std::vector<service::RetrievedInstance>>& selected) {
    std::vector<std::string> uids;
    for (const auto& one : expect_ok(selected)) {
        uids.push_back(one.sop_instance_uid);
    }
    return uids;
}

} // namespace

TEST_CASE("a card finds the studies of its person at every hospital, and echoes the number asked") {
    Asking services;
    services.store(two_hospitals());
    auto query = question(Level::Study, "card-123", "H001_CT", "H001");
    const auto answers = services.find(query);
    CHECK(values(answers, tags::StudyInstanceUID) == Strings{"4.1", "4.2"});
    CHECK(values(answers, tags::PatientID) == Strings{"card-123", "card-123"});
    REQUIRE(answers.size() == 2);
    for (const auto& answer : answers) {
        // The number under which this study is stored comes first; cards are not given away.
        REQUIRE(answer.other_patient_ids.size() == 2);
        const bool first = answer.attributes.get(tags::StudyInstanceUID) == "4.1";
        CHECK(answer.other_patient_ids[0].value == (first ? "100" : "200"));
        CHECK(answer.other_patient_ids[0].issuer == (first ? "H001" : "H002"));
    }
    query.asker.policy.echo_patient_id = false;
    const auto stored = services.find(query);
    CHECK(values(stored, tags::PatientID) == Strings{"100", "200"});
    CHECK(stored[0].other_patient_ids.empty());
}

TEST_CASE("stars that a viewer puts round a whole number do not hide its person") {
    Asking services;
    services.store(two_hospitals());
    const auto answers = services.find(question(Level::Study, "*card-123*", "H001_CT", "H001"));
    CHECK(values(answers, tags::StudyInstanceUID) == Strings{"4.1", "4.2"});
    CHECK(values(answers, tags::PatientID) == Strings{"card-123", "card-123"});
    // Half a number, or nobody's, stays a pattern on what is stored.
    CHECK(services.find(question(Level::Study, "*card-1*", "H001_CT", "H001")).empty());
    const auto pattern = services.find(question(Level::Study, "*0*", "H001_CT", "H001"));
    CHECK(pattern.size() >= 2);
}

TEST_CASE("the asker, or the issuer, decides whose local number it is; in doubt nobody's") {
    Asking services;
    services.store(two_hospitals());
    CHECK(values(services.find(question(Level::Study, "100", "", "H001")), tags::StudyInstanceUID) ==
          Strings{"4.1", "4.2"});
    CHECK(values(services.find(question(Level::Study, "100", "", "H002")), tags::StudyInstanceUID) ==
          Strings{"4.3"});
    CHECK(services.find(question(Level::Study, "100")).empty());
    CHECK(services.summary.ambiguous_patient);
    auto query = question(Level::Study, "100", "", "H001");
    query.keys.set(tags::IssuerOfPatientID, "H002");
    const auto narrowed = services.find(query);
    CHECK(values(narrowed, tags::StudyInstanceUID) == Strings{"4.3"});
    CHECK(values(narrowed, tags::IssuerOfPatientID) == Strings{"H002"});
    CHECK(services.find(question(Level::Study, "nobody")).empty());
    CHECK_FALSE(services.summary.ambiguous_patient);
}

TEST_CASE("every level answers, and a study under two Patient IDs of one person is answered once") {
    Asking services;
    const auto slice = [](std::uint32_t number, const char* sop, const char* id) {
        return InstanceBuilder(number, "8.1", "8.1.1", sop)
            .patient(id, "Wang", "19800101")
            .local("H001", id)
            .identifier("CITIZEN_CARD", "CARD123");
    };
    services.store({slice(1, "8.1.1.1", "A1"), slice(2, "8.1.1.2", "A1"), slice(3, "8.1.1.1", "A2"),
                    slice(4, "8.1.1.3", "A2")});
    auto query = question(Level::Study, "CARD123");
    query.keys.set(tags::NumberOfStudyRelatedInstances, "");
    query.keys.set(tags::NumberOfPatientRelatedInstances, "");
    auto answers = services.find(query);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].attributes.get(tags::NumberOfStudyRelatedInstances) == "3");
    CHECK(answers[0].attributes.get(tags::NumberOfPatientRelatedInstances) == "3");
    query.level = Level::Series;
    query.keys.set(tags::NumberOfSeriesRelatedInstances, "");
    answers = services.find(query);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].attributes.get(tags::NumberOfSeriesRelatedInstances) == "3");
    query.level = Level::Instance;
    CHECK(values(services.find(query), tags::SOPInstanceUID) == Strings{"8.1.1.1", "8.1.1.2", "8.1.1.3"});
    query.level = Level::Patient;
    CHECK(services.find(query).size() == 1);
    service::RetrieveQuery retrieve;
    retrieve.study_uids = {"8.1"};
    CHECK(sops(services.retrieve.select(retrieve)).size() == 3);
}

TEST_CASE("offset and limits give a window, and whether there is more") {
    Asking services;
    std::vector<index::IndexEvent> events;
    for (std::uint32_t i = 1; i <= 9; ++i) {
        events.push_back(study(i, "H001", "100"));
    }
    services.store(events);
    auto query = question(Level::Study, "100", "", "H001");
    query.offset = 2;
    query.limit = 4;
    CHECK(services.find(query).size() == 4);
    CHECK(services.summary.answers == 4);
    CHECK(services.summary.more);
    services.settings.maximum_answers = 3;
    CHECK(services.find(query).size() == 3);
    services.settings.maximum_answers = 0;
    query.offset = 100;
    CHECK(services.find(query).empty());
    query.offset = 0;
    query.limit = 0;
    CHECK(services.find(query).empty());
    CHECK(services.summary.more);
}

TEST_CASE("whether there is more is known exactly, and the calling AE may have a maximum of its own") {
    Asking services;
    std::vector<index::IndexEvent> events;
    for (std::uint32_t i = 1; i <= 5; ++i) {
        events.push_back(study(i, "H001", "100"));
    }
    services.store(events);
    for (const Level level : {Level::Study, Level::Series, Level::Instance}) {
        services.settings.maximum_answers = 1000;
        auto query = question(level, "100", "", "H001");
        query.limit = 5;
        CHECK(services.find(query).size() == 5);
        CHECK_FALSE(services.summary.more);
        query.limit = 4;
        CHECK(services.find(query).size() == 4);
        CHECK(services.summary.more);
        query.limit = 1000;
        services.settings.maximum_answers = 2;
        CHECK(services.find(query).size() == 2);
        query.asker.policy.maximum_answers = 3;
        CHECK(services.find(query).size() == 3);
        CHECK(services.summary.more);
        query.asker.policy.maximum_answers = 0; // no limit
        CHECK(services.find(query).size() == 5);
        CHECK_FALSE(services.summary.more);
    }
}

TEST_CASE("a search ends when it is stopped: between answers, while nothing matches, and before its turn") {
    Asking services;
    services.store(two_hospitals());
    std::stop_source stop;
    auto query = question(Level::Study, "");
    query.stop = stop.get_token();
    std::size_t answers = 0;
    const auto summary = expect_ok(services.priors.find(query, [&](service::PriorAnswer&) {
        stop.request_stop();
        return ++answers > 0;
    }));
    CHECK(answers == 1);
    CHECK(summary.stopped);
    for (const Level level : {Level::Patient, Level::Study, Level::Series, Level::Instance}) {
        query.level = level;
        CHECK(services.find(query).empty());
        CHECK(services.summary.stopped);
    }
    query.stop = {};
    CHECK(services.find(query).size() == 3);
    CHECK_FALSE(services.summary.stopped);
    service::RetrieveQuery retrieve;
    retrieve.study_uids = {"4.1"};
    retrieve.stop = stop.get_token();
    CHECK_FALSE(services.retrieve.select(retrieve).ok());
    retrieve.stop = {};
    CHECK(expect_ok(services.retrieve.select(retrieve)).size() == 1);
}

TEST_CASE("modalities, dates and names together are answered whichever of them narrows") {
    Asking services;
    const auto of = [](std::uint32_t number, const char* modality, const char* name) {
        return study(number, "H001", name)
            .series_value(tags::Modality, modality)
            .patient_value(tags::PatientName, name);
    };
    services.store(
        {of(1, "CT", "Wang^A"), of(2, "MR", "Wang^B"), of(3, "CT", "Li^C"), of(4, "PT", "Wang^D")});
    const auto found = [&](Level level, const std::map<dicom::Tag, std::string>& keys) {
        service::PriorQuery query;
        query.level = level;
        for (const auto& [tag, value] : keys) {
            query.keys.set(tag, value);
        }
        return values(services.find(query), tags::PatientName);
    };
    CHECK(found(Level::Study, {{tags::ModalitiesInStudy, "CT"}}) == Strings{"Wang^A", "Li^C"});
    CHECK(found(Level::Study, {{tags::ModalitiesInStudy, "C*"}}) == Strings{"Wang^A", "Li^C"});
    CHECK(found(Level::Study, {{tags::ModalitiesInStudy, "MR\\PT"}}) == Strings{"Wang^B", "Wang^D"});
    CHECK(found(Level::Study, {{tags::ModalitiesInStudy, "CT"}, {tags::PatientName, "Wang*"}}) ==
          Strings{"Wang^A"});
    CHECK(found(Level::Study, {{tags::ModalitiesInStudy, "CT"}, {tags::StudyDate, "20240613"}}) ==
          Strings{"Li^C"});
    CHECK(found(Level::Study, {{tags::PatientName, "Wang*"}, {tags::StudyDate, "20240611-20240612"}}) ==
          Strings{"Wang^A", "Wang^B"});
    CHECK(found(Level::Series, {{tags::Modality, "PT"}}) == Strings{"Wang^D"});
    CHECK(found(Level::Instance, {{tags::Modality, "CT"}, {tags::PatientName, "Li*"}}) == Strings{"Li^C"});
    CHECK(found(Level::Patient, {{tags::PatientName, "wang*"}}) == Strings{"Wang^A", "Wang^B", "Wang^D"});
}

TEST_CASE("questions without a patient are matched, also by wild cards, names and dates") {
    Asking services;
    services.store(two_hospitals());
    const auto found = [&](const std::map<dicom::Tag, std::string>& keys) {
        service::PriorQuery query;
        for (const auto& [tag, value] : keys) {
            query.keys.set(tag, value);
        }
        return values(services.find(query), tags::StudyInstanceUID);
    };
    CHECK(found({}) == Strings{"4.1", "4.2", "4.3"});
    CHECK(found({{tags::PatientID, "*"}}) == Strings{"4.1", "4.2", "4.3"});
    CHECK(found({{tags::PatientID, "1*"}}) == Strings{"4.1", "4.3"});
    CHECK(found({{tags::PatientID, "?00"}}) == Strings{"4.1", "4.2", "4.3"});
    CHECK(found({{tags::PatientID, "10?"}, {tags::PatientName, "Li*"}}) == Strings{"4.3"});
    CHECK(found({{tags::PatientName, "王*"}}) == Strings{"4.1", "4.2"});
    CHECK(found({{tags::StudyDate, "20240612-"}}) == Strings{"4.2", "4.3"});
    CHECK(found({{tags::StudyInstanceUID, "4.1\\4.3"}}) == Strings{"4.1", "4.3"});
    CHECK(found({{tags::ModalitiesInStudy, "MR"}}).empty());
    service::PriorQuery malformed;
    malformed.keys.set(tags::StudyDate, "yesterday");
    const auto refused = services.priors.find(malformed, [](service::PriorAnswer&) { return true; });
    REQUIRE_FALSE(refused);
    CHECK(refused.failure().kind == ErrorKind::BadRequest);
}

TEST_CASE("nothing is answered before the index is complete") {
    Asking services;
    services.store(two_hospitals());
    services.readiness.ready = false;
    const auto found = services.priors.find(question(Level::Study, "100", "", "H001"),
                                            [](service::PriorAnswer&) { return true; });
    REQUIRE_FALSE(found);
    CHECK(found.failure().kind == ErrorKind::Unavailable);
    service::RetrieveQuery retrieve;
    retrieve.study_uids = {"4.1"};
    CHECK(services.retrieve.select(retrieve).failure().kind == ErrorKind::Unavailable);
    CHECK(services.reports.by_card("100", "", {}).failure().kind == ErrorKind::Unavailable);
    CHECK(services.reports.document("1").failure().kind == ErrorKind::Unavailable);
}

TEST_CASE("the verdict is the asker's and the day's") {
    Asking services;
    services.store(two_hospitals());
    auto query = question(Level::Study, "CARD123", "H002_CT", "H002");
    query.keys.set(tags::StudyInstanceUID, "4.1");
    query.recognition = true;
    const auto verdict = [&] {
        const auto answers = services.find(query);
        REQUIRE(answers.size() == 1);
        REQUIRE(answers[0].verdict);
        return std::string(recognition::to_string(answers[0].verdict->code));
    };
    CHECK(verdict() == "RECOGNISED");
    services.clock.set("20250101");
    CHECK(verdict() == "EXPIRED");
    services.clock.set("20240620");
    query.asker.institution.clear();
    CHECK(verdict() == "OUT_OF_SCOPE");
    query.keys.set(tags::StudyInstanceUID, "4.2");
    query.asker.institution = "H001";
    CHECK(verdict() == "NOT_LISTED");

    query.recognition = false;
    CHECK_FALSE(services.find(query)[0].verdict);
    query.asker.policy.verdict_in_description = true;
    CHECK(services.find(query)[0].attributes.get(tags::StudyDescription).starts_with("[未列入] "));
}

TEST_CASE("an answer is encoded as DCMTK reads it: UTF-8, levels, sequences, private elements") {
    Asking services;
    index::StoredInstance instance = study(1, "H001", "100")
                                         .identifier("CITIZEN_CARD", "CARD123")
                                         .series_value(tags::BodyPartExamined, "CHEST");
    dicom::AttributeSet code;
    code.set(tags::CodeValue, "C1");
    code.set(tags::CodingSchemeDesignator, "T");
    code.set(tags::CodeMeaning, "胸部CT");
    instance.header.study.set(tags::ProcedureCodeSequence, dicom::encode_items({code}));
    services.store({instance});
    dicom::AttributeSet keys;
    keys.set(tags::QueryRetrieveLevel, "STUDY");
    for (const dicom::Tag tag : {tags::PatientName, tags::ProcedureCodeSequence, tags::ModalitiesInStudy,
                                 tags::NumberOfStudyRelatedInstances, tags::Modality}) {
        keys.set(tag, "");
    }
    keys.set(tags::PatientID, "CARD123");
    keys.set(dicom::Tag{0x0B01, 0x0010}, "RECOGNITION 1.0");
    keys.set(dicom::Tag{0x0B01, 0x1001}, "");
    keys.set(dicom::Tag{0x0B01, 0x1003}, "");
    service::PriorQuery query;
    query.asker.institution = "H002";
    expect_ok(service::read_find_keys(keys, query));
    const auto answers = services.find(query);
    REQUIRE(answers.size() == 1);
    const std::string file = service::find_answer_part10(query, answers[0], "NODE");

    DcmInputBufferStream stream;
    stream.setBuffer(file.data(), static_cast<offile_off_t>(file.size()));
    stream.setEos();
    DcmFileFormat read;
    read.transferInit();
    REQUIRE(read.read(stream).good());
    DcmDataset& dataset = *read.getDataset();
    const auto text = [&dataset](const DcmTagKey& tag) {
        OFString value;
        dataset.findAndGetOFStringArray(tag, value, OFTrue);
        return std::string(value.c_str(), value.size());
    };
    CHECK(text(DCM_SpecificCharacterSet) == "ISO_IR 192");
    CHECK(text(DCM_QueryRetrieveLevel) == "STUDY");
    CHECK(text(DCM_RetrieveAETitle) == "NODE");
    CHECK(text(DCM_PatientName) == "Wang^Wu=王^五");
    CHECK(text(DCM_PatientID) == "CARD123");
    CHECK(text(DCM_ModalitiesInStudy) == "CT");
    CHECK(text(DCM_NumberOfStudyRelatedInstances) == "1");
    CHECK_FALSE(dataset.tagExists(DCM_Modality)); // of a lower level
    DcmItem* procedure = nullptr;
    REQUIRE(dataset.findAndGetSequenceItem(DCM_ProcedureCodeSequence, procedure).good());
    OFString meaning;
    procedure->findAndGetOFString(DCM_CodeMeaning, meaning);
    CHECK(meaning == "胸部CT");
    DcmItem* other = nullptr;
    REQUIRE(dataset.findAndGetSequenceItem(DCM_OtherPatientIDsSequence, other).good());
    OFString number;
    other->findAndGetOFString(DCM_PatientID, number);
    CHECK(number == "100");
    CHECK(text(DcmTagKey(0x0B01, 0x0010)) == "RECOGNITION 1.0");
    CHECK(text(DcmTagKey(0x0B01, 0x1001)) == "RECOGNISED");
    CHECK(text(DcmTagKey(0x0B01, 0x1003)) == "胸部CT平扫");
    CHECK_FALSE(dataset.tagExists(DcmTagKey(0x0B01, 0x1002))); // not asked for
    for (unsigned long i = 1; i < dataset.card(); ++i) {
        CHECK(dataset.getElement(i - 1)->getTag() < dataset.getElement(i)->getTag());
    }
}

TEST_CASE("find keys: levels, private keys of any block, and what is no key") {
    struct Case {
        const char* level;
        bool ok;
    };
    for (const Case& one :
         {Case{"PATIENT", true}, Case{"STUDY", true}, Case{"SERIES", true}, Case{"IMAGE", true},
          Case{"INSTANCE", false}, Case{"", false}, Case{"study", false}}) {
        CAPTURE(std::string(one.level));
        dicom::AttributeSet keys;
        keys.set(tags::QueryRetrieveLevel, one.level);
        keys.set(dicom::Tag{0x0B01, 0x2205}, "");
        keys.set(dicom::Tag{0x0009, 0x1001}, "x");
        keys.set(tags::SpecificCharacterSet, "GB18030");
        service::PriorQuery query;
        CHECK(service::read_find_keys(keys, query).ok() == one.ok);
        if (one.ok) {
            CHECK(query.keys.empty());
            CHECK(query.recognition == (query.level == Level::Study));
            CHECK(query.recognition_elements == std::set<std::uint16_t>{0x05});
        }
    }
}

TEST_CASE("a retrieve gives what its level names, and refuses what two persons hold") {
    Asking services;
    const auto at = [](std::uint32_t number, const char* uid, const char* sop, const char* id) {
        return InstanceBuilder(number, uid, "7.9", sop)
            .patient(id, "Name", "19800101")
            .local("H001", id)
            .study_value(tags::AccessionNumber, "ACC");
    };
    services.store({at(1, "7.1", "7.1.1", "A"), at(2, "7.1", "7.1.2", "A"), at(3, "7.2", "7.1.1", "B"),
                    at(4, "7.3", "7.3.1", "C"), at(5, "7.3", "7.3.1", "D")});
    const auto selected = [&](Level level, auto change) {
        service::RetrieveQuery query;
        query.level = level;
        query.asker.institution = "H001";
        change(query);
        return services.retrieve.select(query);
    };
    using Query = service::RetrieveQuery;
    const auto kind = [](const Result<std::vector<service::RetrievedInstance>>& result) {
        REQUIRE_FALSE(result);
        return result.failure().kind;
    };
    CHECK(sops(selected(Level::Study, [](Query& q) { q.study_uids = {"7.1"}; })) ==
          std::vector<std::string>{"7.1.1", "7.1.2"});
    CHECK(sops(selected(Level::Patient, [](Query& q) { q.patient_id = "B"; })) ==
          std::vector<std::string>{"7.1.1"});
    CHECK(sops(selected(Level::Instance, [](Query& q) { q.sop_uids = {"7.1.2"}; })) ==
          std::vector<std::string>{"7.1.2"});
    CHECK(sops(selected(Level::Study, [](Query& q) { q.study_uids = {"none"}; })).empty());
    CHECK(sops(selected(Level::Patient, [](Query& q) { q.patient_id = "nobody"; })).empty());
    // Two persons.
    CHECK(kind(selected(Level::Study, [](Query& q) { q.study_uids = {"7.3"}; })) == ErrorKind::Ambiguous);
    CHECK(kind(selected(Level::Series, [](Query& q) { q.series_uids = {"7.9"}; })) == ErrorKind::Ambiguous);
    CHECK(kind(selected(Level::Instance, [](Query& q) { q.sop_uids = {"7.1.1"}; })) == ErrorKind::Ambiguous);
    CHECK(kind(selected(Level::Study, [](Query& q) { q.accession = "ACC"; })) == ErrorKind::Ambiguous);
    // The patient, or the study, says whose.
    const auto of_c = selected(Level::Study, [](Query& q) {
        q.study_uids = {"7.3"};
        q.patient_id = "C";
    });
    CHECK(expect_ok(of_c).front().orthanc_id == orthanc_id(4));
    const auto of_b = selected(Level::Instance, [](Query& q) {
        q.sop_uids = {"7.1.1"};
        q.study_uids = {"7.2"};
    });
    CHECK(expect_ok(of_b).front().orthanc_id == orthanc_id(3));
    const auto by_accession = selected(Level::Study, [](Query& q) {
        q.accession = "ACC";
        q.patient_id = "A";
    });
    CHECK(expect_ok(by_accession).size() == 2);
    // Nothing is named.
    for (const Level level : {Level::Patient, Level::Study, Level::Series, Level::Instance}) {
        CHECK(kind(selected(level, [](Query&) {})) == ErrorKind::BadRequest);
    }
    CHECK(kind(selected(Level::Patient, [](Query& q) { q.patient_id = "*"; })) == ErrorKind::BadRequest);
    CHECK(kind(selected(Level::Study, [](Query& q) {
              q.study_uids.assign(service::kMaxRetrieveUids + 1, "1");
          })) == ErrorKind::TooLarge);
}

TEST_CASE("reports are found by card, newest first, each once, with their study's verdict") {
    Asking services;
    services.store({study(1, "H001", "100").identifier("CITIZEN_CARD", "CARD123"),
                    InstanceBuilder(21, "4.1", "4.1.9", "4.1.9.1")
                        .patient("100", "Wang^Wu=王^五", "19800101")
                        .local("H001", "100")
                        .report(dicom::ReportStatus::Final, "未见异常", "20240611"),
                    InstanceBuilder(22, "4.2", "4.2.9", "4.2.9.1")
                        .patient("200", "Wang^Wu", "19800101")
                        .local("H002", "200")
                        .identifier("CITIZEN_CARD", "CARD123")
                        .date("20240612")
                        .report(dicom::ReportStatus::Preliminary, "待审核", "20240612"),
                    study(3, "H002", "100")});
    service::Asker asker;
    asker.institution = "H001";
    const auto found = expect_ok(services.reports.by_card("CARD123", "", asker));
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == "4.2.9.1");
    CHECK(found[1].id == "4.1.9.1");
    CHECK(found[1].header.text == "未见异常");
    CHECK(found[1].header.status == dicom::ReportStatus::Final);
    CHECK(expect_ok(services.reports.by_card("nobody", "", asker)).empty());
    CHECK(services.reports.by_card("", "", asker).failure().kind == ErrorKind::BadRequest);
    CHECK(services.reports.by_card("CARD*", "", asker).failure().kind == ErrorKind::BadRequest);
    CHECK(services.reports.by_card("100", "", {}).failure().kind == ErrorKind::Ambiguous);
    CHECK(services.reports.document("none").failure().kind == ErrorKind::NotFound);
    CHECK(services.reports.document("4.1.9.1").failure().kind ==
          ErrorKind::NotFound); // the archive has lost it
    services.archive.store(orthanc_id(21), SampleFile("4.1", "4.1.9", "4.1.9.1").file(), "");
    const auto page = expect_ok(services.reports.document("4.1.9.1"));
    CHECK(page.mime_type == "text/html; charset=utf-8");
    CHECK(page.bytes.find("未见异常") != std::string::npos);
}

TEST_CASE("a report's identifier that two persons hold gives no document") {
    Asking services;
    const auto report = [](std::uint32_t number, const char* id) {
        return InstanceBuilder(number, "6." + std::to_string(number), "6.9", "6.9.1")
            .patient(id, id, "19800101")
            .local("H001", id)
            .report(dicom::ReportStatus::Final, "text");
    };
    services.store({report(1, "A"), report(2, "B")});
    CHECK(services.reports.document("6.9.1").failure().kind == ErrorKind::Ambiguous);
}
