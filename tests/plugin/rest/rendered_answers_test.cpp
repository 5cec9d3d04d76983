// Rendered and Thumbnail over an archive in memory: forms, statuses, parts.
#include "plugin/rest/rendered_answers.hpp"
#include "tests/core/render/image_sample.hpp"
#include "tests/core/service/fake_archive.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;
using dicomweb::Field;
using dicomweb::Request;
using dicomweb::Response;
using service::RetrievedInstance;

namespace {

constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr const char* kPdf = "1.2.840.10008.5.1.4.1.1.104.1";
constexpr const char* kReport = "1.2.840.10008.5.1.4.1.1.88.11";
constexpr const char* kEcg = "1.2.840.10008.5.1.4.1.1.9.1.1";

std::string ct(int frames = 1) {
    std::vector<int> pixels;
    for (int i = 0; i < frames * 64; ++i) {
        pixels.push_back(i);
    }
    SampleFile sample = image_sample(8, 16, 16, words(pixels));
    sample.set(0x28, 0x10, "US", us(8)).set(0x28, 0x08, "IS", std::to_string(frames));
    return sample.file();
}

struct Hall {
    FakeArchive archive;
    rest::RenderedAnswers answers{archive, "http://node/dicom-web",
                                  [](const auto&) { return std::string(); }};
    std::vector<RetrievedInstance> instances;

    void add(const std::string& sop_class, const std::string& file,
             const std::string& syntax = "1.2.840.10008.1.2.1") {
        const std::string id = "id" + std::to_string(instances.size());
        archive.store(id, file, "");
        RetrievedInstance instance;
        instance.orthanc_id = id;
        instance.study_uid = "1";
        instance.series_uid = "2";
        instance.sop_instance_uid = "3." + std::to_string(instances.size());
        instance.sop_class_uid = sop_class;
        instance.transfer_syntax = syntax;
        instance.size = file.size();
        instances.push_back(instance);
    }

    static Request request(const std::string& accept, std::vector<Field> query = {}) {
        Request made;
        made.headers = {{"Accept", accept}};
        made.query = std::move(query);
        return made;
    }

    Result<Response> rendered(const std::string& accept, std::vector<Field> query = {},
                              const std::vector<std::uint32_t>& frames = {}) {
        return answers.rendered(instances, frames, request(accept, std::move(query)));
    }
    Result<Response> thumbnail(const std::string& accept, std::vector<Field> query = {}) {
        return answers.thumbnail(instances, {}, request(accept, std::move(query)));
    }
};

std::string type_of(const Result<Response>& response) {
    REQUIRE_MESSAGE(response.ok(), (response ? std::string() : response.failure().text));
    const std::string* type = response->header("Content-Type");
    return type != nullptr ? *type : "";
}

ErrorKind kind_of(const Result<Response>& response) {
    REQUIRE_FALSE(response);
    return response.failure().kind;
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

const char kJpeg[] = "\xFF\xD8\xFF";

} // namespace

TEST_CASE("one image is given in the media type that is asked for") {
    Hall hall;
    hall.add(kCt, ct());
    struct Case {
        const char* accept;
        const char* type; ///< nullptr: 406
    };
    const Case cases[] = {{"*/*", "image/jpeg"},
                          {"", "image/jpeg"},
                          {"image/*", "image/jpeg"},
                          {"image/jpeg", "image/jpeg"},
                          {"image/png", "image/png"},
                          {"image/gif", "image/gif"},
                          {"image/png;q=0.4, image/gif;q=0.5", "image/gif"},
                          {"text/html, image/webp, */*;q=0.8", "image/jpeg"},
                          {"multipart/related; type=\"image/png\"", "multipart/related; type=\"image/png\""},
                          {"application/dicom", nullptr},
                          {"image/webp", nullptr},
                          {"video/mp4", nullptr}};
    for (const Case& row : cases) {
        CAPTURE(row.accept);
        const auto response = hall.rendered(row.accept);
        if (row.type == nullptr) {
            CHECK(kind_of(response) == ErrorKind::NotAcceptable);
        } else {
            CHECK(type_of(response).starts_with(row.type));
        }
    }
    const auto jpeg = hall.rendered("image/jpeg");
    CHECK(jpeg->body.to_string()->starts_with(kJpeg));
    CHECK(*jpeg->header("Content-Location") ==
          "http://node/dicom-web/studies/1/series/2/instances/3.0/rendered");
    const auto by_parameter = hall.rendered("image/jpeg", {{"accept", "image/png"}});
    CHECK(by_parameter->body.to_string()->substr(1, 3) == "PNG");
}

TEST_CASE("parameters: applied, refused, warned about") {
    Hall hall;
    hall.add(kCt, ct());
    CHECK(kind_of(hall.rendered("image/gif", {{"iccprofile", "yes"}})) == ErrorKind::BadRequest);
    CHECK(hall.rendered("image/gif", {{"iccprofile", "no"}}).ok());
    CHECK(hall.rendered("image/png", {{"iccprofile", "yes"}})->body.to_string()->find("iCCP") !=
          std::string::npos);
    CHECK(kind_of(hall.rendered("image/png", {{"viewport", "8,8,100,100"}})) == ErrorKind::BadRequest);
    CHECK(kind_of(hall.rendered("image/png", {{"window", "1,2"}})) == ErrorKind::BadRequest);
    const auto warned = hall.rendered("image/png", {{"annotation", "patient"}});
    REQUIRE(warned->warnings.size() == 1);
    CHECK(warned->warnings[0] == "The following annotation values are not supported: patient");
    const std::string scaled = *hall.rendered("image/png", {{"viewport", "100,50"}})->body.to_string();
    CHECK(scaled.substr(16, 8) == std::string("\0\0\0\x32\0\0\0\x32", 8)); // 50 x 50 in the header of PNG
}

TEST_CASE("several frames: moving, in parts, or one of them with a warning") {
    Hall hall;
    hall.add(kCt, ct(5));
    const auto one = hall.rendered("image/jpeg");
    CHECK(type_of(one) == "image/jpeg");
    CHECK(one->warnings.size() == 1);
    CHECK(*one->header("Content-Location") ==
          "http://node/dicom-web/studies/1/series/2/instances/3.0/frames/3/rendered");
    const auto moving = hall.rendered("image/gif");
    CHECK(moving->body.to_string()->find("NETSCAPE2.0") != std::string::npos);
    const auto parts = hall.rendered("multipart/related; type=image/jpeg");
    CHECK_FALSE(parts->body.size().has_value()); // nothing is made before its turn
    CHECK(count_of(*parts->body.to_string(), kJpeg) == 5);
    const auto two = hall.rendered("*/*", {}, {2, 4});
    CHECK(count_of(*two->body.to_string(), "/rendered") == 2);
    CHECK(kind_of(hall.rendered("image/jpeg", {}, {2, 4})) == ErrorKind::NotAcceptable);
    CHECK(type_of(hall.rendered("image/jpeg", {}, {5})) == "image/jpeg");
    CHECK(kind_of(hall.rendered("image/jpeg", {}, {6})) == ErrorKind::NotFound);
}

TEST_CASE("a study: a part for each object, others left out") {
    Hall hall;
    hall.add(kCt, ct());
    hall.add(kCt, ct());
    hall.add(kEcg, ct());
    hall.add(kCt, ct(), "1.2.840.10008.1.2.4.100"); // a video
    const auto response = hall.rendered("*/*");
    CHECK(response->status == 206);
    CHECK(response->warnings.size() == 1);
    CHECK(count_of(*response->body.to_string(), kJpeg) == 2);
    CHECK(kind_of(hall.rendered("image/jpeg")) == ErrorKind::NotAcceptable);
    Hall complete;
    complete.add(kCt, ct());
    complete.add(kCt, ct());
    CHECK(complete.rendered("multipart/related; type=\"image/png\"")->status == 200);
    Hall nothing;
    nothing.add(kEcg, ct());
    nothing.add(kEcg, ct());
    CHECK(kind_of(nothing.rendered("*/*")) == ErrorKind::NotAcceptable);
}

TEST_CASE("a part that cannot be made is a cross, one whose file is lost or cut is left out") {
    Hall hall;
    hall.add(kCt, ct());
    hall.add(kCt, "no file of DICOM at all");
    hall.add(kCt, ct());
    hall.add(kCt, ct());
    hall.archive.remove("id2");
    hall.instances[3].size += 1;
    const auto response = hall.rendered("*/*");
    const auto body = response->body.to_string();
    REQUIRE(body);
    CHECK(response->status == 206);
    CHECK(response->warnings.size() == 1);
    CHECK(count_of(*body, kJpeg) == 2);
}

TEST_CASE("documents are given as they are, reports as pages") {
    Hall hall;
    SampleFile pdf("1", "2", "3");
    pdf.set(0x08, 0x16, "UI", kPdf)
        .set(0x42, 0x11, "OB", "%PDF-1.4 words")
        .set(0x42, 0x12, "LO", "application/pdf");
    hall.add(kPdf, pdf.file());
    const auto document = hall.rendered("*/*");
    CHECK(type_of(document) == "application/pdf");
    CHECK(*document->body.to_string() == "%PDF-1.4 words");
    CHECK(kind_of(hall.rendered("image/jpeg")) == ErrorKind::NotAcceptable);
    pdf.set(0x42, 0x11, "OB", "<html><script>");
    Hall disguised;
    disguised.add(kPdf, pdf.file());
    CHECK(kind_of(disguised.rendered("*/*")) == ErrorKind::NotAcceptable);

    SampleFile report("1", "2", "3");
    report.set(0x08, 0x16, "UI", kReport).set(0x08, 0x05, "CS", "ISO_IR 192");
    const std::string text =
        element(0x40, 0xA040, "CS", "TEXT") + element(0x40, 0xA160, "UT", "\xE8\x82\xBA\xE9\x83\xA8 <b>");
    report.whole(0x40, 0xA730, element(0x40, 0xA730, "SQ", item(text)));
    Hall reports;
    reports.add(kReport, report.file());
    const auto page = reports.rendered("text/html");
    CHECK(type_of(page) == "text/html; charset=utf-8");
    CHECK(page->header("Content-Security-Policy") != nullptr);
    CHECK(page->body.to_string()->find("\xE8\x82\xBA\xE9\x83\xA8 &lt;b&gt;") != std::string::npos);
    CHECK(reports.rendered("text/plain")->body.to_string()->find("\xE8\x82\xBA\xE9\x83\xA8 <b>") !=
          std::string::npos);
}

TEST_CASE("thumbnails are one picture, whatever is there") {
    Hall hall;
    hall.add(kEcg, ct());
    const auto stand_in = hall.thumbnail("*/*");
    CHECK(type_of(stand_in) == "image/jpeg");
    hall.add(kCt, ct(3));
    hall.add(kCt, "no file");
    const auto broken = hall.thumbnail("image/png", {{"viewport", "16,16"}});
    CHECK(type_of(broken) == "image/png");
    hall.add(kCt, ct());
    CHECK(hall.thumbnail("multipart/related; type=image/jpeg")
              ->header("Content-Type")
              ->starts_with("image/jpeg"));
    CHECK(kind_of(hall.thumbnail("image/png", {{"viewport", "16,16,0,0"}})) == ErrorKind::BadRequest);
    CHECK(kind_of(hall.thumbnail("text/html")) == ErrorKind::NotAcceptable);
    const std::string picture = *hall.thumbnail("image/png", {{"viewport", "16,16"}})->body.to_string();
    CHECK(picture.substr(16, 8) == std::string("\0\0\0\x10\0\0\0\x10", 8));
}

TEST_CASE("WADO-URI gives the same renderings") {
    Hall hall;
    hall.add(kCt, ct(3));
    const auto by_uri = [&](std::vector<Field> more) -> Result<Response> {
        Request request;
        request.query = {
            {"requestType", "WADO"}, {"studyUID", "1"}, {"seriesUID", "2"}, {"objectUID", "3.0"}};
        request.query.insert(request.query.end(), more.begin(), more.end());
        const auto parsed = dicomweb::parse_wado_uri(request);
        REQUIRE(parsed);
        return hall.answers.by_uri(hall.instances[0], *parsed);
    };
    CHECK(type_of(by_uri({})) == "image/jpeg");
    CHECK(type_of(by_uri({{"contentType", "image/gif"}})) == "image/gif");
    CHECK(kind_of(by_uri({{"contentType", "text/html"}})) == ErrorKind::NotAcceptable);
    CHECK(kind_of(by_uri({{"frameNumber", "4"}})) == ErrorKind::BadRequest);
    const auto size = [&](std::vector<Field> more) {
        more.push_back({"contentType", "image/png"});
        const std::string png = *by_uri(std::move(more))->body.to_string();
        return std::pair(int{png[19]}, int{png[23]});
    };
    CHECK(size({}) == std::pair(8, 8));
    CHECK(size({{"rows", "16"}}) == std::pair(16, 16));
    CHECK(size({{"region", "0,0,0.5,1"}}) == std::pair(4, 8));
    CHECK(size({{"region", "0,0,0.5,1"}, {"rows", "16"}, {"columns", "4"}}) == std::pair(4, 8));
    CHECK(*by_uri({{"frameNumber", "2"}, {"contentType", "image/png"}})->body.to_string() ==
          *hall.rendered("image/png", {}, {2})->body.to_string());
}
