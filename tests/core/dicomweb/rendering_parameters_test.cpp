#include "core/dicomweb/rendering_parameters.hpp"
#include "core/dicomweb/wado_uri.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::dicomweb;

namespace {

Result<RenderingParameters> rendering(const std::string& name, const std::string& value) {
    const Field field{name, value};
    return parse_rendering(std::span(&field, 1));
}

Request wado(std::vector<Field> more, bool with_uids = true) {
    Request request;
    if (with_uids) {
        request.query = {
            {"requestType", "WADO"}, {"studyUID", "1.2"}, {"seriesUID", "1.3"}, {"objectUID", "1.4"}};
    }
    request.query.insert(request.query.end(), more.begin(), more.end());
    return request;
}

} // namespace

TEST_CASE("parameters of renderings: what is ill-formed is a bad request") {
    struct Case {
        const char* name;
        const char* value;
        bool good;
    };
    const Case cases[] = {
        {"window", "40,400,linear", true},
        {"window", "-40.5,+0.5,linear-exact", true},
        {"window", "1e3,2,sigmoid", true},
        {"WINDOW", "40,400,linear", true},
        {"window", "", false},
        {"window", "40,400", false},
        {"window", "40,400,", false},
        {"window", "40,400,LINEAR", false},
        {"window", "40,400,linear,", false},
        {"window", ",400,linear", false},
        {"window", "40,0,linear", false},
        {"window", "40,0.5,linear", false},
        {"window", "40,0,sigmoid", false},
        {"window", "nan,400,linear", false},
        {"window", "inf,400,linear", false},
        {"window", "1e999,400,linear", false},
        {"window", "0x10,400,linear", false},
        {"window", " 40,400,linear", false},
        {"viewport", "512,512", true},
        {"viewport", "512,512,,,512,512", true},
        {"viewport", "512,512,1.5,2,-100,-50", true},
        {"viewport", "512,512,-1,-2", true},
        {"viewport", "8192,8192", true},
        {"viewport", "8193,1", false},
        {"viewport", "99999999999999999999,1", false},
        {"viewport", "0,512", false},
        {"viewport", "-5,512", false},
        {"viewport", "512", false},
        {"viewport", "512,", false},
        {"viewport", ",512", false},
        {"viewport", "5.5,5", false},
        {"viewport", "512,512,a", false},
        {"viewport", "512,512,,,0,5", false},
        {"viewport", "512,512,1,1,1,1,1", false},
        {"viewport", "512,512,,,,,,,,,,,,,,,,", false},
        {"quality", "1", true},
        {"quality", "100", true},
        {"quality", "0", false},
        {"quality", "101", false},
        {"quality", "9.5", false},
        {"quality", "", false},
        {"annotation", "patient", true},
        {"annotation", "patient,technique", true},
        {"annotation", "", false},
        {"annotation", "name", false},
        {"annotation", "patient,", false},
        {"iccprofile", "no", true},
        {"iccprofile", "rommrgb", true},
        {"iccprofile", "yes,no", false},
        {"iccprofile", "cmyk", false},
        {"accept", "anything", true},
        {"charset", "utf-8", true},
        {"unknown", "x", true},
    };
    for (const Case& row : cases) {
        CAPTURE(row.name);
        CAPTURE(row.value);
        const auto parsed = rendering(row.name, row.value);
        CHECK(parsed.ok() == row.good);
        if (!parsed) {
            CHECK(parsed.failure().kind == ErrorKind::BadRequest);
        }
    }
}

TEST_CASE("parameters of renderings: what they mean") {
    CHECK(*rendering("window", "40.5,400,sigmoid")->window ==
          WindowParameter{40.5, 400, WindowParameter::Function::Sigmoid});
    const auto flipped = rendering("viewport", "300,200,-1,2,-100,50");
    CHECK(*flipped->viewport == ViewportParameter{300, 200, 1, 2, 100.0, 50.0, true, false});
    const auto elided = rendering("viewport", "512,512,,,512,-512");
    CHECK(*elided->viewport == ViewportParameter{512, 512, 0, 0, 512.0, 512.0, false, true});
    CHECK(rendering("annotation", "technique,patient")->warnings ==
          std::vector<std::string>{"The following annotation values are not supported: technique, patient"});
    const auto unknown = rendering("6225800000000000000", "x");
    REQUIRE(unknown->warnings.size() == 1);
    CHECK(unknown->warnings[0].find("6225") == std::string::npos); // names from outside are not repeated
    const Field twice[] = {{"quality", "5"}, {"Quality", "6"}};
    CHECK_FALSE(parse_rendering(twice));
}

TEST_CASE("thumbnails take a viewport of two numbers") {
    const auto thumbnail = [](const char* value) {
        const Field field{"viewport", value};
        return parse_thumbnail(std::span(&field, 1));
    };
    CHECK(thumbnail("64,32")->viewport->width == 64);
    CHECK_FALSE(thumbnail("64,32,0,0"));
    CHECK_FALSE(thumbnail("64"));
    const Field window{"window", "1,2,linear"};
    CHECK(parse_thumbnail(std::span(&window, 1))->warnings.size() == 1);
}

TEST_CASE("WADO-URI: what must be there, and what goes with what") {
    struct Case {
        std::vector<Field> more;
        int status; ///< 200, 400 or 406
    };
    const Case cases[] = {
        {{}, 200},
        {{{"contentType", "application/dicom"}}, 200},
        {{{"contentType", "image/png,image/jpeg;q=0.5"}}, 200},
        {{{"contentType", ""}}, 400},
        {{{"transferSyntax", "1.2.840.10008.1.2.1"}}, 200},
        {{{"transferSyntax", "JPEG"}}, 400},
        {{{"anonymize", "yes"}}, 406},
        {{{"anonymize", "no"}}, 400},
        {{{"frameNumber", "2"}}, 200},
        {{{"frameNumber", "0"}}, 400},
        {{{"frameNumber", "-1"}}, 400},
        {{{"frameNumber", "1,2"}}, 400},
        {{{"rows", "100"}}, 200},
        {{{"rows", "100"}, {"columns", "200"}}, 200},
        {{{"rows", "0"}}, 400},
        {{{"columns", "1e9"}}, 400},
        {{{"region", "0,0,0.5,1"}}, 200},
        {{{"region", "0.5,0,0.5,1"}}, 400},
        {{{"region", "0,0,0.5,1.1"}}, 400},
        {{{"region", "0,0,1"}}, 400},
        {{{"region", "0,0,1,1,1"}}, 400},
        {{{"region", "a,0,1,1"}}, 400},
        {{{"windowCenter", "40"}, {"windowWidth", "400"}}, 200},
        {{{"windowCenter", "40"}}, 400},
        {{{"windowWidth", "40"}}, 400},
        {{{"windowCenter", "40"}, {"windowWidth", "0"}}, 400},
        {{{"windowCenter", "x"}, {"windowWidth", "40"}}, 400},
        {{{"windowCenter", "40"}, {"windowWidth", "400"}, {"contentType", "application/dicom"}}, 400},
        {{{"presentationUID", "1.2"}, {"presentationSeriesUID", "1.3"}}, 200},
        {{{"presentationUID", "1.2"}}, 400},
        {{{"presentationUID", "1.2"}, {"presentationSeriesUID", "1.3"}, {"region", "0,0,1,1"}}, 400},
        {{{"presentationUID", "1.2"},
          {"presentationSeriesUID", "1.3"},
          {"windowCenter", "1"},
          {"windowWidth", "2"}},
         400},
        {{{"imageQuality", "50"}}, 200},
        {{{"imageQuality", "500"}}, 400},
        {{{"annotation", "patient"}}, 200},
        {{{"imageAnnotation", "everything"}}, 400},
        {{{"objectUID", "1.5"}}, 400}, // twice
        {{{"charset", "utf-8"}}, 200},
        {{{"vendor", "x"}}, 200},
    };
    for (const Case& row : cases) {
        CAPTURE(row.more.empty() ? std::string() : row.more[0].name + "=" + row.more[0].value);
        const auto parsed = parse_wado_uri(wado(row.more));
        const int status = parsed ? 200 : parsed.failure().kind == ErrorKind::NotAcceptable ? 406 : 400;
        CHECK(status == row.status);
    }
    CHECK_FALSE(parse_wado_uri(wado({}, false)));
    for (std::size_t missing = 0; missing < 4; ++missing) {
        Request request = wado({});
        request.query.erase(request.query.begin() + static_cast<std::ptrdiff_t>(missing));
        CHECK_FALSE(parse_wado_uri(request));
    }
    CHECK_FALSE(parse_wado_uri(wado({{"requestType", "wado"}})));
}

TEST_CASE("WADO-URI: the object itself is given only when it is named") {
    CHECK(parse_wado_uri(wado({{"contentType", "application/dicom"}}))->dicom);
    CHECK_FALSE(parse_wado_uri(wado({{"contentType", "*/*"}}))->dicom);
    CHECK_FALSE(parse_wado_uri(wado({}))->dicom);
    const auto region = parse_wado_uri(wado({{"REGION", "0.25,0,1,0.5"}}));
    CHECK(*region->region == NormalizedRegion{0.25, 0, 1, 0.5});
}
