// QIDO-RS over a real index: what each resource answers, in which order, and what stands in Warning headers.
#include "plugin/rest/dicomweb_routes.hpp"

#include "core/dicomweb/uri.hpp"
#include "tests/core/service/fake_archive.hpp"
#include "tests/core/service/services.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>

using namespace recog;
using namespace recog::test;
using nlohmann::json;

namespace {

struct Answer {
    int status = 0;
    json objects;
    std::vector<std::string> warnings;

    /// The first value of an attribute of every object.
    std::vector<std::string> values(const std::string& tag) const {
        std::vector<std::string> all;
        for (const json& object : objects) {
            const json& value = object.at(tag).at("Value").at(0);
            all.push_back(value.is_string() ? value.get<std::string>() : value.dump());
        }
        return all;
    }
    std::vector<std::string> studies() const { return values("0020000D"); }
    bool warns_of(const std::string& text) const {
        return std::any_of(warnings.begin(), warnings.end(), [&](const std::string& warning) {
            return warning.find(text) != std::string::npos;
        });
    }
};

class Node {
public:
    std::pair<dicomweb::Response, std::string> raw(const std::string& path, const std::string& query,
                                                   const std::string& accept) {
        dicomweb::Request request;
        request.segments = expect_ok(dicomweb::parse_path(path));
        request.query = expect_ok(dicomweb::parse_query(query));
        request.headers.push_back({"Accept", accept});
        auto response = routes.handle(request, "http://node/dicom-web", asker);
        std::string body = expect_ok(response.body.to_string());
        return {std::move(response), std::move(body)};
    }

    Answer get(const std::string& path, const std::string& query = "", const std::string& accept = "") {
        dicomweb::Request request;
        request.segments = expect_ok(dicomweb::parse_path(path));
        request.query = expect_ok(dicomweb::parse_query(query));
        if (!accept.empty()) {
            request.headers.push_back({"Accept", accept});
        }
        const dicomweb::Response response = routes.handle(request, "http://node/dicom-web", asker);
        Answer answer;
        answer.status = response.status;
        const std::string body = expect_ok(response.body.to_string());
        if (answer.status == 200) {
            answer.objects = json::parse(body);
        }
        for (const dicomweb::Field& header : response.headers) {
            if (header.name == "Warning") {
                answer.warnings.push_back(header.value);
            }
        }
        return answer;
    }

    /// All answers, page by page.
    std::vector<std::string> pages(const std::string& path, const std::string& query, std::size_t limit,
                                   const std::string& tag = "0020000D") {
        std::vector<std::string> all;
        for (std::size_t offset = 0;; offset += limit) {
            const Answer page =
                get(path, query + "&limit=" + std::to_string(limit) + "&offset=" + std::to_string(offset));
            REQUIRE(page.status == 200);
            const auto some = page.values(tag);
            all.insert(all.end(), some.begin(), some.end());
            if (some.empty()) {
                return all;
            }
        }
    }

    Services services;
    FakeArchive archive;
    service::Asker asker;
    rest::DicomWebRoutes routes{services.priors, archive};
};

/// Study 4.<number> of the person with the same number.
InstanceBuilder study_on(std::uint32_t number, const std::string& day, const std::string& modality = "CT") {
    return study(number, "H001", std::to_string(1000 + number), "Wang^N" + std::to_string(number))
        .date(day)
        .series_value(tags::Modality, modality);
}

/// Studies of ten days, two modalities, three family names; some held twice under two numbers of one person.
std::vector<index::IndexEvent> mixed_studies(std::uint32_t count) {
    std::vector<index::IndexEvent> events;
    for (std::uint32_t i = 1; i <= count; ++i) {
        static constexpr const char* kNames[] = {"Wang^A", "Li^B", "Zhang^C=张^三"};
        auto study = study_on(i, "202401" + std::to_string(10 + i * 7 % 10), i % 3 == 0 ? "MR" : "CT");
        study.patient_value(tags::PatientName, kNames[i % 3]);
        events.emplace_back(study);
        if (i % 5 == 0) {
            auto twin = InstanceBuilder(10'000 + i, "4." + std::to_string(i), "5." + std::to_string(i),
                                        "6." + std::to_string(i));
            twin.patient("T" + std::to_string(i), kNames[i % 3], "19800101")
                .date("202401" + std::to_string(10 + i * 3 % 10))
                .series_value(tags::Modality, "CT")
                .local("H002", "T" + std::to_string(i))
                .at("H002")
                .identifier("CITIZEN_CARD", "C" + std::to_string(i));
            events.emplace_back(study.identifier("CITIZEN_CARD", "C" + std::to_string(i)));
            events.emplace_back(twin);
        }
    }
    return events;
}

} // namespace

TEST_CASE("each resource answers the attributes of its level and of those that its path does not name") {
    Node node;
    node.services.store({study_on(1, "20240101").series_value(tags::SeriesNumber, "7")});
    const json study = node.get("/studies").objects.at(0);
    CHECK(study.at("00081190").at("Value").at(0) == "http://node/dicom-web/studies/4.1");
    CHECK(study.at("00080056").at("Value").at(0) == "ONLINE");
    CHECK(study.at("00080061").at("Value").at(0) == "CT");
    CHECK(study.at("00201206").at("Value").at(0) == 1);
    CHECK(study.at("00201208").at("Value").at(0) == 1);
    CHECK_FALSE(study.contains("00080060"));
    struct Case {
        const char* path;
        const char* url;
        bool of_study;
        bool of_series;
    };
    for (const Case& one :
         {Case{"/series", "4.1/series/4.1.1", true, true},
          Case{"/studies/4.1/series", "4.1/series/4.1.1", false, true},
          Case{"/instances", "4.1/series/4.1.1/instances/4.1.1.1", true, true},
          Case{"/studies/4.1/instances", "4.1/series/4.1.1/instances/4.1.1.1", false, true},
          Case{"/studies/4.1/series/4.1.1/instances", "4.1/series/4.1.1/instances/4.1.1.1", false, false}}) {
        CAPTURE(one.path);
        const json object = node.get(one.path).objects.at(0);
        CHECK(object.at("00081190").at("Value").at(0) ==
              std::string("http://node/dicom-web/studies/") + one.url);
        CHECK(object.contains("00100020") == one.of_study);
        CHECK(object.contains("00080061") == one.of_study);
        CHECK(object.contains("00200011") == one.of_series);
        CHECK(object.contains("0020000D"));
    }
}

TEST_CASE("every page is a part of the same list, whatever narrows the search") {
    Node node;
    node.services.store(mixed_studies(60));
    for (const std::string query :
         {"", "StudyDate=20240112-20240117", "ModalitiesInStudy=CT",
          "ModalitiesInStudy=MR&StudyDate=20240110-", "ModalitiesInStudy=CT%5CMR", "PatientName=Wang*",
          "PatientName=zhang*&fuzzymatching=true", "PatientName=Wang*&StudyDate=20240112", "PatientID=10*",
          "StudyDescription=nothing", "StudyInstanceUID=4.1,4.2,4.5,4.10", "StudyDate=20240111%5C20240113"}) {
        CAPTURE(query);
        const Answer whole = node.get("/studies", query);
        const auto all = whole.studies();
        CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
        for (const std::size_t limit : {1U, 3U, 7U, 1000U}) {
            CHECK(node.pages("/studies", query, limit) == all);
        }
        if (query.find("UID") == std::string::npos) {
            auto days = whole.values("00080020");
            CHECK(std::is_sorted(days.rbegin(), days.rend()));
        }
        const auto series = node.get("/series", query).values("0020000E");
        CHECK(node.pages("/series", query, 4, "0020000E") == series);
        CHECK(node.pages("/instances", query, 5, "00080018") ==
              node.get("/instances", query).values("00080018"));
    }
    CHECK(node.get("/studies").studies().size() == 60);
    CHECK(node.get("/series").objects.size() == 72);
}

TEST_CASE("pages neither repeat nor lose anything while studies arrive") {
    for (const std::string query :
         {"StudyDate=20240101-", "ModalitiesInStudy=CT", "PatientName=Wang*", "StudyID="}) {
        CAPTURE(query);
        Node node;
        for (std::uint32_t i = 1; i <= 10; ++i) {
            node.services.store({study_on(i, "202402" + std::to_string(10 + i))});
        }
        const auto before = node.get("/studies", query).studies();
        std::vector<std::string> paged;
        for (std::uint32_t page = 0; page < 5; ++page) {
            const auto some =
                node.get("/studies", query + "&limit=2&offset=" + std::to_string(2 * page)).studies();
            paged.insert(paged.end(), some.begin(), some.end());
            // One in front of all, and one in the middle.
            node.services.store({study_on(100 + page, "20240301"), study_on(200 + page, "20240215")});
        }
        CHECK(paged == before);
        CHECK(node.get("/studies", query + "&limit=2").studies().at(0) == "4.104");
    }
}

TEST_CASE("a page says how many results are left") {
    Node node;
    node.services.store(mixed_studies(30));
    const std::string left = "There are ";
    CHECK(node.get("/studies", "limit=10")
              .warns_of("299 http://node/dicom-web: There are 20 additional results that "
                        "can be requested"));
    CHECK(node.get("/studies", "limit=10&offset=15").warns_of("There are 5 additional"));
    CHECK(node.get("/studies", "limit=0").warns_of("There are 30 additional"));
    CHECK(node.get("/studies", "PatientName=Wang*&limit=1&offset=1").warns_of("There are 8 additional"));
    CHECK(node.get("/studies", "StudyDate=20240110-20240119&limit=29").warns_of("There are 1 additional"));
    CHECK(node.get("/instances", "limit=30").warns_of("There are 6 additional"));
    CHECK_FALSE(node.get("/studies", "limit=30").warns_of(left));
    CHECK_FALSE(node.get("/studies", "limit=10&offset=20").warns_of(left));
    CHECK(node.get("/studies", "limit=10&offset=30").objects.empty());
    node.services.settings.maximum_answers = 12;
    const Answer cut = node.get("/studies");
    CHECK(cut.objects.size() == 12);
    CHECK(cut.warns_of("The number of results exceeded the maximum supported by the server"));
    CHECK(cut.warns_of("There are 18 additional"));
    CHECK_FALSE(node.get("/studies", "limit=12").warns_of("exceeded"));
}

TEST_CASE("a search that finds nothing is 200 with an empty list, or 204") {
    Node node;
    const Answer nothing = node.get("/studies", "PatientID=NOBODY");
    CHECK(nothing.status == 200);
    CHECK(nothing.objects == json::array());
    node.services.settings.dicomweb.empty_search = 204;
    CHECK(node.get("/studies", "PatientID=NOBODY").status == 204);
}

TEST_CASE("a number in Other Patient IDs Sequence finds its person, and stands in the answer") {
    Node node;
    node.services.store({study_on(1, "20240101").identifier("CITIZEN_CARD", "CARD123"),
                         study_on(2, "20240102").identifier("CITIZEN_CARD", "CARD456")});
    for (const std::string query : {"00101002.00100020=CARD123", "OtherPatientIDsSequence.PatientID=card-123",
                                    "OtherPatientIDsSequence.PatientID=1001&PatientID=CARD123",
                                    "00101002.00100020=1001&00101002.00100021=H001",
                                    "OtherPatientIDsSequence.PatientID=CARD123&PatientID=10*"}) {
        CAPTURE(query);
        CHECK(node.get("/studies", query).studies() == std::vector<std::string>{"4.1"});
        CHECK(node.get("/instances", query).studies() == std::vector<std::string>{"4.1"});
    }
    const json object = node.get("/studies", "00101002.00100020=CARD123").objects.at(0);
    CHECK(object.at("00100020").at("Value").at(0) == "1001");
    CHECK(object.at("00101002").at("Value").at(0).at("00100020").at("Value").at(0) == "CARD123");
    CHECK(node.get("/studies", "00101002.00100020=CARD123&PatientID=CARD456").objects.empty());
    CHECK(node.get("/studies", "00101002.00100020=NOBODY").objects.empty());
    const Answer wild = node.get("/studies", "00101002.00100020=CARD*");
    CHECK(wild.objects.size() == 2);
    CHECK(wild.warns_of("00101002"));
}

TEST_CASE("sequences are matched by the keys of one item") {
    Node node;
    const auto code = [](const std::string& value, const std::string& scheme) {
        dicom::AttributeSet item;
        item.set(tags::CodeValue, value);
        item.set(tags::CodingSchemeDesignator, scheme);
        return item;
    };
    dicom::AttributeSet request;
    request.set(tags::ScheduledProcedureStepID, "S1");
    request.set(tags::RequestedProcedureID, "R1");
    node.services.store(
        {study_on(1, "20240101")
             .study_value(tags::ProcedureCodeSequence,
                          dicom::encode_items({code("C1", "A"), code("C2", "B")}))
             .series_value(tags::RequestAttributesSequence, dicom::encode_items({request})),
         study_on(2, "20240102")
             .study_value(tags::ProcedureCodeSequence, dicom::encode_items({code("C1", "B")}))});
    const std::string value = "ProcedureCodeSequence.CodeValue=";
    const std::string scheme = "&ProcedureCodeSequence.CodingSchemeDesignator=";
    CHECK(node.get("/studies", value + "C1").objects.size() == 2);
    CHECK(node.get("/studies", value + "C1" + scheme + "A").studies() == std::vector<std::string>{"4.1"});
    CHECK(node.get("/studies", value + "C2" + scheme + "A").objects.empty());
    const Answer coded = node.get("/studies", "00081032.00080100=C2");
    CHECK(coded.objects.at(0).at("00081032").at("Value").size() == 2);
    CHECK(node.get("/series", "RequestAttributesSequence.ScheduledProcedureStepID=S*").objects.size() == 1);
    CHECK(node.get("/series", "RequestAttributesSequence.RequestedProcedureID=R2").objects.empty());
    const Answer unsupported = node.get("/series", "RequestAttributesSequence.AccessionNumber=1");
    CHECK(unsupported.objects.size() == 2);
    CHECK(unsupported.warns_of("00400275"));
}

TEST_CASE("what cannot be matched or given is said") {
    Node node;
    node.services.store({study_on(1, "20240101")});
    CHECK(node.get("/studies", "Modality=CT").warns_of("00080060"));
    CHECK(node.get("/studies", "SliceThickness=5").warns_of("00180050"));
    CHECK(node.get("/studies", "0B010010=RECOGNITION+1.0&0B011001=EXPIRED").warns_of("0B011001"));
    CHECK(node.get("/studies", "includefield=SliceThickness").warns_of("00180050"));
    CHECK(node.get("/studies", "includefield=Modality").warns_of("00080060"));
    CHECK(node.get("/studies", "includefield=all,PatientName,SOPClassesInStudy").warnings.empty());
    CHECK(node.get("/studies", "includefield=SOPClassesInStudy").objects.at(0).contains("00080062"));
    CHECK(node.get("/studies", "includefield=0B011001").objects.at(0).contains("0B011001"));
    CHECK(node.get("/studies", "limit=x").status == 400);
    CHECK(node.get("/studies", "", "image/jpeg").status == 406);
    CHECK(node.get("/studies", "accept=application/json", "image/jpeg").status == 200);
}

TEST_CASE("instances take what the index does not hold from their files") {
    Node node;
    DcmFileFormat file;
    DcmDataset& dataset = *file.getDataset();
    for (const auto& [tag, text] :
         {std::pair{DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.2"}, std::pair{DCM_SOPInstanceUID, "4.1.1.1"},
          std::pair{DCM_StudyInstanceUID, "4.1"}, std::pair{DCM_SeriesInstanceUID, "4.1.1"},
          std::pair{DCM_PatientID, "of the file"}, std::pair{DCM_PixelSpacing, "0.5\\0.5"}}) {
        REQUIRE(dataset.putAndInsertString(tag, text).good());
    }
    REQUIRE(dataset.putAndInsertString(DcmTag(0x0009, 0x0011, EVR_LO), "MAKER").good());
    REQUIRE(dataset.putAndInsertString(DcmTag(0x0009, 0x1142, EVR_LO), "theirs").good());
    DcmItem* item = nullptr;
    REQUIRE(dataset.findOrCreateSequenceItem(DCM_AnatomicRegionSequence, item).good());
    REQUIRE(item->putAndInsertString(DCM_CodeValue, "T-1").good());
    std::string bytes(65'536, '\0');
    DcmOutputBufferStream out(bytes.data(), bytes.size());
    file.transferInit();
    REQUIRE(file.write(out, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr).good());
    file.transferEnd();
    bytes.resize(static_cast<std::size_t>(out.tell()));
    const auto instance = study_on(1, "20240101");
    node.archive.store(instance.get().orthanc_id, bytes, "");
    node.services.store({instance, study_on(2, "20240102")}); // the file of the second has vanished
    const Answer answer =
        node.get("/instances", "includefield=PixelSpacing,00082218,00091042,KVP&includefield="
                               "00090010&00090010=MAKER");
    CHECK(answer.warnings.empty());
    REQUIRE(answer.objects.size() == 2);
    CHECK_FALSE(answer.objects.at(0).contains("00280030"));
    const json& object = answer.objects.at(1);
    CHECK(object.at("00280030").at("Value") == json({0.5, 0.5}));
    CHECK(object.at("00082218").at("Value").at(0).at("00080100").at("Value").at(0) == "T-1");
    CHECK(object.at("00090010").at("Value").at(0) == "MAKER");
    CHECK(object.contains("00091042"));
    CHECK_FALSE(object.contains("00180060"));
    CHECK(object.at("00100020").at("Value").at(0) == "1001");
    // PS3.18 F.2.2: in the order of tags.
    const std::string body = node.raw("/instances", "includefield=PixelSpacing,00082218", "*/*").second;
    const std::size_t begin = body.find("00082218");
    CHECK(body.rfind("00081190", begin) < begin);
    CHECK(body.find("00280030", begin) < body.find("00280100", begin));
    CHECK(node.get("/series", "includefield=PixelSpacing").warns_of("00280030"));
    CHECK(node.get("/instances", "includefield=00091042").warns_of("00091042"));
}

TEST_CASE("answers as XML, one part each") {
    Node node;
    node.services.store({study_on(1, "20240101"), study_on(2, "20240102")});
    const std::string accept = "multipart/related; type=\"application/dicom+xml\"";
    const auto [response, body] = node.raw("/studies", "PatientID=100*", accept);
    CHECK(response.status == 200);
    CHECK(response.header("Content-Type")->starts_with(accept + "; boundary="));
    std::size_t documents = 0;
    for (std::size_t at = body.find("<NativeDicomModel"); at != std::string::npos;
         at = body.find("<NativeDicomModel", at + 1)) {
        ++documents;
    }
    CHECK(documents == 2);
    CHECK(node.get("/studies", "PatientID=NOBODY", accept).status == 204);
}

TEST_CASE("capabilities are answered at the root") {
    Node node;
    CHECK(node.get("/", "", "application/json").objects.contains("application"));
}

TEST_CASE("dates and times are asked for and answered in the time zone that the request states") {
    Node node;
    node.services.store({study_on(9, "20240501")
                             .study_value(tags::StudyTime, "0300")
                             .study_value(tags::TimezoneOffsetFromUTC, "+0800")});
    const std::string time = "&StudyTime=1830-1930&includefield=StudyTime";
    CHECK(node.get("/studies", "StudyDate=20240430").objects.empty());
    CHECK(node.get("/studies", "StudyDate=20240501&TimezoneOffsetFromUTC=%2B0000").objects.empty());
    const Answer moved = node.get("/studies", "StudyDate=20240430&TimezoneOffsetFromUTC=%2B0000" + time);
    REQUIRE(moved.studies() == std::vector<std::string>{"4.9"});
    CHECK(moved.values("00080020").front() == "20240430");
    CHECK(moved.values("00080030").front() == "1900");
    CHECK(moved.values("00080201").front() == "+0000");
    CHECK(node.get("/studies", "StudyDate=20240501&TimezoneOffsetFromUTC=%2B0800").studies().size() == 1);
    for (const char* wrong : {"zz", "%2B9900", "0800"}) {
        CHECK(node.get("/studies", std::string("TimezoneOffsetFromUTC=") + wrong).status == 400);
    }
}

TEST_CASE("what every answer has to hold is there without a value when there is none") {
    Node node;
    node.services.store({study_on(1, "20240501")});
    struct Case {
        const char* path;
        const char* query;
        std::vector<std::string> tags;
    };
    // PS3.18 tables 10.6.3-3 to 10.6.3-5, type R; and what is asked for.
    const std::vector<std::string> study{"00080020", "00080030", "00080050", "00080061",
                                         "00080090", "00100010", "00100020", "00100030",
                                         "00100040", "0020000D", "00200010"};
    for (const Case& c :
         std::vector<Case>{{"/studies", "", study},
                           {"/studies", "includefield=PatientAge", {"00101010"}},
                           {"/studies", "PatientAge=", {"00101010"}},
                           {"/studies/4.1/series", "", {"00080060", "0020000E", "00200011"}},
                           {"/series", "", study},
                           {"/studies/4.1/instances", "", {"00080060", "00200011", "00200013"}},
                           {"/instances", "", {"00080016", "00080018", "00200013", "00100020"}}}) {
        const Answer answer = node.get(c.path, c.query);
        REQUIRE(answer.objects.size() == 1);
        for (const std::string& tag : c.tags) {
            CHECK_MESSAGE(answer.objects[0].contains(tag), c.path << " " << tag);
        }
    }
    CHECK(node.get("/studies").objects[0]["00200010"] == json::parse(R"({"vr":"SH"})"));
    CHECK_FALSE(node.get("/studies").objects[0].contains("00101010"));
    CHECK_FALSE(node.get("/studies/4.1/series").objects[0].contains("00100020"));
}

TEST_CASE("what is below a study that two persons hold is given to nobody who does not name one") {
    Node node;
    auto other = InstanceBuilder(77, "4.1", "5.77", "6.77");
    other.patient("77", "Li^Zi", "19700101").date("20240501").local("H002", "77").at("H002");
    node.services.store({study_on(1, "20240501"), other});
    CHECK(node.get("/studies", "StudyInstanceUID=4.1").objects.size() == 2);
    for (const char* path : {"/studies/4.1/series", "/studies/4.1/instances"}) {
        CHECK(node.get(path).status == 409);
        CHECK(node.get(path, "PatientID=77&IssuerOfPatientID=H002").objects.size() == 1);
    }
    CHECK(node.get("/series", "StudyInstanceUID=4.1").status == 409);
    CHECK(node.get("/series").objects.size() == 2); // each with its patient
}
