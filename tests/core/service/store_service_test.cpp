#include "tests/core/service/store_samples.hpp"

using namespace recog;
using namespace recog::test;

namespace {

constexpr const char* kFailed = "00081198";
constexpr const char* kStored = "00081199";
constexpr const char* kOther = "0008119A";

std::string file_of(const std::string& study, const std::string& number, std::size_t pixels = 4) {
    SampleFile file(study, study + ".1", study + ".1." + number);
    file.set(0x7FE0, 0x0010, "OB", std::string(pixels, 'p'));
    const std::string body = file.body();
    const auto uid = [](std::string text) { return text.size() % 2 == 0 ? text : text + '\0'; };
    return std::string(128, '\0') + "DICM" + element(2, 2, "UI", uid("1.2.840.10008.5.1.4.1.1.2")) +
           element(2, 3, "UI", uid(study + ".1." + number)) +
           element(2, 16, "UI", uid("1.2.840.10008.1.2.1")) + body;
}

PartOf dicom_part(std::string data) {
    return {"application/dicom", "", std::move(data)};
}

} // namespace

TEST_CASE("a single part is one instance") {
    KeptFiles kept;
    const std::string file = file_of("1.5", "7");
    const auto response = stored(kept, order("application/dicom"), file);
    CHECK(response.status == 200);
    const auto answer = json_of(response);
    CHECK(answer["00081190"]["Value"][0] == "http://node/dicom-web/studies/1.5");
    CHECK(answer[kStored]["Value"][0]["00081190"]["Value"][0] ==
          "http://node/dicom-web/studies/1.5/series/1.5.1/instances/1.5.1.7");
    CHECK(kept.files.at("1.5.1.7") == file);
}

TEST_CASE("a broken part fails alone, and the order is that of the parts") {
    KeptFiles kept;
    std::vector<PartOf> parts;
    for (const char* number : {"5", "3", "9", "1"}) {
        parts.push_back(dicom_part(file_of("1.5", number, 3000)));
    }
    parts.insert(parts.begin() + 1, dicom_part("nonsense"));
    parts.insert(parts.begin() + 3, dicom_part(file_of("1.5", "4").substr(0, 330)));
    parts.push_back({"text/plain", "", "hello"});
    for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, std::size_t{1} << 20U}) {
        const auto response = stored(kept, order(kDicomParts), multipart(parts), small_settings(), piece);
        CHECK(response.status == 202);
        const auto answer = json_of(response);
        CHECK(instances(answer, kStored) == "5 3 9 1");
        CHECK(instances(answer, kFailed) == "4");
        CHECK(reasons(answer, kFailed) == "49152");
        CHECK(reasons(answer, kOther) == "49152 49152");
        CHECK(kept.files.size() == 4);
    }
}

TEST_CASE("instances of another study than the URL names are not stored") {
    KeptFiles kept;
    const std::string body = multipart({dicom_part(file_of("1.5", "1")), dicom_part(file_of("1.6", "2"))});
    const auto response = stored(kept, order(kDicomParts, "1.5"), body);
    CHECK(response.status == 202);
    CHECK(instances(json_of(response), kFailed) == "2");
    CHECK(reasons(json_of(response), kFailed) == "43265");
    const auto none = stored(kept, order(kDicomParts, "1.7"), body);
    CHECK(none.status == 409);
    CHECK_FALSE(json_of(none)["00081190"].contains("Value"));
    CHECK(kept.files.size() == 1);
    const auto both = stored(kept, order(kDicomParts), body);
    CHECK(both.status == 200);
    CHECK_FALSE(json_of(both)["00081190"].contains("Value")); // two studies: neither is named
}

TEST_CASE("what lacks a UID, nests too deep or is too long has its own reason") {
    KeptFiles kept;
    SampleFile anonymous("1.5", "1.5.1", "1.5.1.1");
    anonymous.erase(0x0020, 0x000E);
    SampleFile badly_named("../..", "1.5.1", "1.5.1.1");
    std::string nested;
    for (int i = 0; i < 25; ++i) {
        nested = element(0x0008, 0x1140, "SQ", item(nested));
    }
    SampleFile deep("1.5", "1.5.1", "1.5.1.2");
    deep.whole(0x0008, 0x1140, nested);
    service::StoreSettings settings = small_settings();
    settings.part_bytes = 5000;
    const auto response = stored(kept, order(kDicomParts),
                                 multipart({dicom_part(anonymous.file()), dicom_part(badly_named.file()),
                                            dicom_part(deep.file()), dicom_part(file_of("1.5", "3", 6000)),
                                            dicom_part(file_of("1.5", "4")), dicom_part("PK\x03\x04 a zip")}),
                                 settings);
    CHECK(response.status == 202);
    const auto answer = json_of(response);
    CHECK(reasons(answer, kFailed) == "43264 43264 49153");
    CHECK(reasons(answer, kOther) == "42753 49152");
    CHECK(instances(answer, kStored) == "4");
}

TEST_CASE("a file that states another SOP class is stored with a warning") {
    KeptFiles kept;
    const auto response =
        stored(kept, order("application/dicom"), SampleFile("1.5", "1.5.1", "1.5.1.1").file());
    CHECK(response.status == 202);
    CHECK(reasons(json_of(response), kStored, "00081196") == "45063");
}

TEST_CASE("an archive that cannot store is told as such") {
    KeptFiles kept;
    kept.answer = error(ErrorKind::Storage, "full");
    const auto response = stored(kept, order("application/dicom"), file_of("1.5", "1"));
    CHECK(response.status == 503);
    CHECK(response.header("Retry-After") != nullptr);
    CHECK(reasons(json_of(response), kFailed) == "42752");
    kept.answer = error(ErrorKind::Malformed, "refused");
    CHECK(stored(kept, order("application/dicom"), file_of("1.5", "1")).status == 409);
}

TEST_CASE("an instance that is held with other content has failed, the same again has not") {
    KeptFiles kept;
    const std::string first = file_of("1.5", "1", 4);
    const auto send = [&](const std::string& file) { return stored(kept, order("application/dicom"), file); };
    CHECK(send(first).status == 200);
    CHECK(send(first).status == 200);
    const auto other = send(file_of("1.5", "1", 6));
    CHECK(other.status == 409);
    CHECK(instances(json_of(other), kFailed) == "1");
    CHECK(reasons(json_of(other), kFailed) == "273"); // 0111
    const auto mixed = stored(
        kept, order(kDicomParts),
        multipart({dicom_part(file_of("1.5", "1", 6)), dicom_part(file_of("1.5", "2")), dicom_part(first)}));
    CHECK(mixed.status == 202);
    CHECK(instances(json_of(mixed), kFailed) == "1");
    CHECK(instances(json_of(mixed), kStored) == "2 1");
    CHECK(kept.files.at("1.5.1.1") == first);
}

TEST_CASE("a body that breaks off stores what was complete") {
    KeptFiles kept;
    const std::string body =
        multipart({dicom_part(file_of("1.5", "1")), dicom_part(file_of("1.5", "2"))}, "");
    const auto cut = stored(kept, order(kDicomParts), body.substr(0, body.size() - 2));
    CHECK(cut.status == 202);
    CHECK(reasons(json_of(cut), kOther) == "49152");
    CHECK(kept.files.size() == 1);
    const auto open = stored(kept, order(kDicomParts), body + "--b\r\n");
    CHECK(open.status == 202);
    CHECK(instances(json_of(open), kStored) == "1 2");
    CHECK(open.warnings.size() == 1);
    CHECK(stored(kept, order(kDicomParts), "no boundary").status == 400);
    CHECK(stored(kept, order(kDicomParts), "--b--").status == 400);
    CHECK(stored(kept, order(kDicomParts), multipart({dicom_part("x")}, "").substr(0, 30)).status == 400);
}

TEST_CASE("a sender that goes away leaves nothing behind") {
    KeptFiles kept;
    service::StoreService service(kept, small_settings(), silence);
    auto body = service.begin(order(kDicomParts));
    REQUIRE(body);
    const std::string text = multipart({dicom_part(file_of("1.5", "1"))}, "--b\r\nContent-");
    REQUIRE((*body)->add(bytes_of(text)));
    body->reset(); // waits for what is being stored
    CHECK(kept.files.size() == 1);
}

TEST_CASE("bodies of other types are refused before they are read") {
    KeptFiles kept;
    service::StoreService service(kept, small_settings(), silence);
    for (const char* type : {"", "text/plain", "application/octet-stream", "multipart/form-data; boundary=b",
                             "multipart/related; type=\"text/plain\"; boundary=b"}) {
        const auto begun = service.begin(order(type));
        REQUIRE_FALSE(begun);
        CHECK(begun.failure().kind == ErrorKind::UnsupportedMediaType);
    }
    CHECK(service.begin(order("multipart/related; type=\"application/dicom\"")).failure().kind ==
          ErrorKind::BadRequest);
    CHECK(service.begin(order("multipart/related; boundary=b")));
}

TEST_CASE("a single body beyond the limit is refused at once") {
    KeptFiles kept;
    service::StoreSettings settings = small_settings();
    settings.part_bytes = 100;
    service::StoreService service(kept, settings, silence);
    auto body = service.begin(order("application/dicom"));
    REQUIRE((*body)->add(bytes_of(std::string(100, 'x'))));
    CHECK((*body)->add(bytes_of("x")).failure().kind == ErrorKind::TooLarge);
}

TEST_CASE("a folder that takes no files fails the parts that need one") {
    KeptFiles kept;
    service::StoreSettings settings = small_settings();
    settings.directory = "/nowhere/at/all";
    const std::string body =
        multipart({dicom_part(file_of("1.5", "1", 5000)), dicom_part(file_of("1.5", "2"))});
    const auto response = stored(kept, order(kDicomParts), body, settings);
    CHECK(response.status == 202);
    CHECK(reasons(json_of(response), kOther) == "42752");
    CHECK(instances(json_of(response), kStored) == "2");
}

TEST_CASE("the answer is given in XML too") {
    KeptFiles kept;
    auto what = order(kDicomParts);
    what.answer_type = "application/dicom+xml";
    const auto response =
        stored(kept, std::move(what), multipart({dicom_part(file_of("1.5", "1")), dicom_part("x")}));
    const std::string xml = response.body.to_string().value();
    CHECK(*response.header("Content-Type") == "application/dicom+xml");
    CHECK(xml.find("<DicomAttribute tag=\"00081199\" vr=\"SQ\"><Item number=\"1\">") != std::string::npos);
    CHECK(xml.find("<DicomAttribute tag=\"00081197\" vr=\"US\"><Value number=\"1\">49152</Value>") !=
          std::string::npos);
}
