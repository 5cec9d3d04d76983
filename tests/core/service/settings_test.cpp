// The configuration section: what it sets, and a sentence for everything that is wrong in it.
#include "core/service/settings.hpp"

#include <doctest/doctest.h>

using namespace recog;
using service::Settings;

TEST_CASE("an empty section means the defaults") {
    const auto settings = Settings::parse("{}");
    REQUIRE(settings);
    CHECK(settings->enabled);
    CHECK(settings->dicomweb_root == "/dicom-web/");
    CHECK(settings->maximum_answers == 10'000);
    CHECK(settings->policy_for("ANY").echo_patient_id);
    CHECK_FALSE(settings->policy_for("ANY").recognition_always);
}

TEST_CASE("an AE's policy begins with the default one, wherever that stands") {
    const auto settings = Settings::parse(R"({
        "Aets": {"A": {"EchoPatientID": true}, "B": {"VerdictInDescription": true}},
        "DefaultAet": {"EchoPatientID": false, "RecognitionElements": "Always"},
        "DicomWebRoot": "/web", "MaximumAnswers": 0, "Enable": false})");
    REQUIRE(settings);
    CHECK_FALSE(settings->enabled);
    CHECK(settings->dicomweb_root == "/web/");
    CHECK(settings->maximum_answers == 0);
    CHECK_FALSE(settings->policy_for("C").echo_patient_id);
    CHECK(settings->policy_for("A").echo_patient_id);
    CHECK(settings->policy_for("A").recognition_always);
    CHECK(settings->policy_for("B").verdict_in_description);
    CHECK_FALSE(settings->policy_for("B").echo_patient_id);
}

TEST_CASE("an AE finds its policy as Orthanc finds its modality") {
    const std::string json = R"({"Aets": {"H002_WS ": {"EchoPatientID": false}}})";
    const auto settings = Settings::parse(json);
    REQUIRE(settings);
    for (const char* title : {"H002_WS", "h002_ws", " H002_WS", "H002_ws  "}) {
        CHECK_FALSE(settings->policy_for(title).echo_patient_id);
    }
    CHECK(settings->policy_for("H002_WS2").echo_patient_id);
    const auto strict = Settings::parse(json, AetComparison::Strict);
    REQUIRE(strict);
    CHECK_FALSE(strict->policy_for("H002_WS").echo_patient_id);
    CHECK_FALSE(strict->policy_for(" H002_WS ").echo_patient_id);
    CHECK(strict->policy_for("h002_ws").echo_patient_id);
    const std::string two = R"({"Aets": {"WS": {"EchoPatientID": false}, "ws": {}}})";
    REQUIRE(Settings::parse(two, AetComparison::Strict));
    CHECK(Settings::parse(two, AetComparison::Strict)->policy_for("ws").echo_patient_id);
}

TEST_CASE("the query/retrieve port, fetching and pre-fetching are off or modest by default, and can be set") {
    const auto defaults = Settings::parse("{}");
    REQUIRE(defaults);
    CHECK(defaults->query_retrieve.port == 0);
    CHECK_FALSE(defaults->query_retrieve.tls);
    CHECK(defaults->fetch.associations_per_destination == 4);
    CHECK_FALSE(defaults->prefetch.enabled);
    CHECK_FALSE(defaults->policy_for("ANY").local_patient_id);
    CHECK(defaults->maximum_answers_for(defaults->policy_for("ANY")) == 10'000);
    const auto settings = Settings::parse(R"({
        "Http": {"Port": 8043, "Tls": true, "MaximumConnections": 9, "IdleSeconds": 7,
                 "AllowedOrigins": ["https://a.example", "*"]},
        "QueryRetrieve": {"Port": 11112, "Tls": true, "MaximumAssociations": 7, "MaximumOperations": 3,
                          "IdleSeconds": 5, "MaximumPduLength": 16384},
        "Fetch": {"AssociationsPerDestination": 2, "AssociationsPerRequest": 1, "KeepSeconds": 0},
        "Prefetch": {"Enable": true, "MaximumStudies": 3, "MaximumAgeDays": 30, "SameModality": false,
                     "SameBodyPart": false, "WarmMegabytes": 1, "RepeatMinutes": 2, "Push": {"H001": "PACS"}},
        "Aets": {"A": {"CharacterSet": "GB18030", "MaximumAnswers": 20, "LocalPatientID": true,
                       "AnyOrder": true, "Associations": 1}}})");
    REQUIRE(settings);
    CHECK(settings->query_retrieve.port == 11112);
    CHECK(settings->query_retrieve.tls);
    CHECK(settings->query_retrieve.maximum_associations == 7);
    CHECK(settings->query_retrieve.maximum_operations == 3);
    CHECK(settings->query_retrieve.idle_seconds == 5);
    CHECK(settings->query_retrieve.maximum_pdu_length == 16384);
    CHECK(settings->fetch.associations_per_destination == 2);
    CHECK(settings->fetch.associations_per_request == 1);
    CHECK(settings->fetch.keep_seconds == 0);
    CHECK(settings->prefetch.enabled);
    CHECK(settings->prefetch.maximum_studies == 3);
    CHECK(settings->prefetch.push.at("H001") == "PACS");
    const service::AePolicy& a = settings->policy_for("A");
    CHECK(a.character_set == "GB18030");
    CHECK(settings->maximum_answers_for(a) == 20);
    CHECK(a.local_patient_id);
    CHECK(a.any_order);
    CHECK(a.associations == 1U);
}

TEST_CASE("comments are allowed, as in Orthanc's files") {
    CHECK(Settings::parse("{ /* one */ \"Enable\": true // two\n}"));
}

TEST_CASE("every malformed section is refused with a sentence that names the place") {
    struct Case {
        std::string json;
        std::string named;
    };
    const Case cases[] = {
        {"", "JSON"},
        {"{", "JSON"},
        {"{\"Enable\": tru}", "JSON"},
        {"[]", "Recognition"},
        {"null", "Recognition"},
        {"\"text\"", "Recognition"},
        {R"({"Unknown": 1})", "Recognition.Unknown"},
        {R"({"enable": true})", "Recognition.enable"},
        {R"({"Enable": 1})", "Recognition.Enable"},
        {R"({"Enable": "true"})", "Recognition.Enable"},
        {R"({"DataDirectory": 5})", "Recognition.DataDirectory"},
        {R"({"Catalogue": null})", "Recognition.Catalogue"},
        {R"({"Institutions": []})", "Recognition.Institutions"},
        {R"({"Cards": {}})", "Recognition.Cards"},
        {R"({"QueryRetrieve": []})", "Recognition.QueryRetrieve"},
        {R"({"Http": []})", "Recognition.Http"},
        {R"({"Http": {"Port": 65536}})", "Recognition.Http.Port"},
        {R"({"Http": {"Tls": 1}})", "Recognition.Http.Tls"},
        {R"({"Http": {"MaximumConnections": 0}})", "Recognition.Http.MaximumConnections"},
        {R"({"Http": {"AllowedOrigins": "*"}})", "Recognition.Http.AllowedOrigins"},
        {R"({"Http": {"AllowedOrigins": [1]}})", "Recognition.Http.AllowedOrigins"},
        {R"({"Http": {"Host": ""}})", "Recognition.Http.Host"},
        {R"({"QueryRetrieve": {"Port": 65536}})", "Recognition.QueryRetrieve.Port"},
        {R"({"QueryRetrieve": {"Port": -1}})", "Recognition.QueryRetrieve.Port"},
        {R"({"QueryRetrieve": {"MaximumPduLength": 100}})", "Recognition.QueryRetrieve.MaximumPduLength"},
        {R"({"QueryRetrieve": {"Ports": 1}})", "Recognition.QueryRetrieve.Ports"},
        {R"({"Fetch": {"AssociationsPerRequest": 0}})", "Recognition.Fetch.AssociationsPerRequest"},
        {R"({"Prefetch": {"Push": []}})", "Recognition.Prefetch.Push"},
        {R"({"Prefetch": {"Push": {"H001": ""}}})", "Recognition.Prefetch.Push.H001"},
        {R"({"Aets": {"A": {"CharacterSet": "KLINGON"}}})", "Recognition.Aets.A.CharacterSet"},
        {R"({"Aets": {"A": {"Associations": 0}}})", "Recognition.Aets.A.Associations"},
        {R"({"DicomWebRoot": ""})", "Recognition.DicomWebRoot"},
        {R"({"DicomWebRoot": "/"})", "Recognition.DicomWebRoot"},
        {R"({"DicomWebRoot": "dicom-web/"})", "Recognition.DicomWebRoot"},
        {R"({"DicomWebRoot": "/dicom web/"})", "Recognition.DicomWebRoot"},
        {R"({"DicomWebRoot": "/a(b)/"})", "Recognition.DicomWebRoot"},
        {R"({"DicomWebRoot": "//"})", "Recognition.DicomWebRoot"},
        {R"({"HttpInstitution": 1})", "Recognition.HttpInstitution"},
        {R"({"HttpAskers": []})", "Recognition.HttpAskers"},
        {R"({"HttpAskers": {"User": {}}})", "Recognition.HttpAskers.User"},
        {R"({"HttpAskers": {"Users": []}})", "Recognition.HttpAskers.Users"},
        {R"({"HttpAskers": {"Users": {"a": ""}}})", "Recognition.HttpAskers.Users.a"},
        {R"({"HttpAskers": {"ProxyHeader": "X-User"}})", "Recognition.HttpAskers.ProxyHeader"},
        {R"({"HttpAskers": {"ProxyAddresses": "10.0.0.1"}})", "Recognition.HttpAskers.ProxyAddresses"},
        {R"({"HttpAskers": {"ProxyAddresses": ["10.0.0.0/8"]}})", "Recognition.HttpAskers.ProxyAddresses"},
        {R"({"HttpAskers": {"ProxySecretHeader": "X"}})", "Recognition.HttpAskers.ProxySecret"},
        {R"({"HttpAskers": {"ProxySecretHeader": "X", "ProxySecret": "short"}})",
         "Recognition.HttpAskers.ProxySecret"},
        {R"({"DicomWeb": {"EmptySearch": 404}})", "Recognition.DicomWeb.EmptySearch"},
        {R"({"DicomWeb": {"Empty": 200}})", "Recognition.DicomWeb.Empty"},
        {R"({"DefaultCharacterSet": "KLINGON"})", "Recognition.DefaultCharacterSet"},
        {R"({"DefaultCharacterSet": 18030})", "Recognition.DefaultCharacterSet"},
        {R"({"MaximumAnswers": -1})", "Recognition.MaximumAnswers"},
        {R"({"MaximumAnswers": 1.5})", "Recognition.MaximumAnswers"},
        {R"({"MaximumAnswers": "10"})", "Recognition.MaximumAnswers"},
        {R"({"MaximumAnswers": 10000001})", "Recognition.MaximumAnswers"},
        {R"({"MaximumAnswers": 99999999999999999999999})", "Recognition.MaximumAnswers"},
        {R"({"DefaultAet": 1})", "Recognition.DefaultAet"},
        {R"({"DefaultAet": {"Echo": true}})", "Recognition.DefaultAet.Echo"},
        {R"({"Aets": []})", "Recognition.Aets"},
        {R"({"Aets": {"": {}}})", "Recognition.Aets"},
        {R"({"Aets": {"   ": {}}})", "Recognition.Aets"},
        {R"({"Aets": {"WS": {}, "ws": {}}})", "Recognition.Aets.ws"},
        {R"({"Aets": {"WS": {}, "WS ": {}}})", "Recognition.Aets.WS "},
        {R"({"Aets": {"SEVENTEEN_LETTERS": {}}})", "Recognition.Aets.SEVENTEEN_LETTERS"},
        {R"({"Aets": {"A": []}})", "Recognition.Aets.A"},
        {R"({"Aets": {"A": {"Unknown": 1}}})", "Recognition.Aets.A.Unknown"},
        {R"({"Aets": {"A": {"EchoPatientID": "yes"}}})", "Recognition.Aets.A.EchoPatientID"},
        {R"({"Aets": {"A": {"RecognitionElements": "always"}}})", "Recognition.Aets.A.RecognitionElements"},
        {R"({"Aets": {"A": {"RecognitionElements": true}}})", "Recognition.Aets.A.RecognitionElements"},
        {std::string(100'000, '['), "JSON"},
        {"{\"Catalogue\": \"\xFF\"}", "JSON"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.json.substr(0, 80));
        const auto settings = Settings::parse(one.json);
        REQUIRE_FALSE(settings);
        CHECK(settings.failure().kind == ErrorKind::Configuration);
        CHECK(settings.failure().text.find(one.named) != std::string::npos);
    }
}
