#include "core/dicomweb/capabilities.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace recog;
using namespace recog::dicomweb;

namespace {

Request asking(const std::string& accept) {
    Request request;
    if (!accept.empty()) {
        request.headers.push_back({"Accept", accept});
    }
    return request;
}

std::string type_for(const std::string& accept) {
    const auto response = respond_with_capabilities(asking(accept), "http://node/dicom-web");
    return response ? *response->header("Content-Type") : "406";
}

} // namespace

TEST_CASE("the capabilities name every route, in both forms") {
    const std::string wadl = capabilities_wadl("http://node/dicom-web");
    const auto json = nlohmann::json::parse(capabilities_json("http://node/dicom-web"));
    CHECK(json["application"]["resources"]["base"] == "http://node/dicom-web/");
    std::size_t methods = 0;
    for (const auto& resource : json["application"]["resources"]["resource"]) {
        methods += resource["method"].size();
        for (const auto& method : resource["method"]) {
            CHECK_FALSE(method["id"].get<std::string>().empty());
            CHECK_FALSE(method["response"]["representation"].empty());
        }
    }
    CHECK(methods == route_table().size());
    for (const RoutePattern& route : route_table()) {
        CHECK(wadl.find("<resource path=\"" + std::string(route.path) + "\">") != std::string::npos);
    }
    CHECK(wadl.find("name=\"PatientID\" style=\"query\"") != std::string::npos);
    CHECK(wadl.find("name=\"study\" style=\"template\"") != std::string::npos);
}

TEST_CASE("a Host header cannot write XML or JSON") {
    const std::string root = "http://a\"><x>&\x01/dicom-web";
    CHECK(capabilities_wadl(root).find("<x>") == std::string::npos);
    CHECK(capabilities_wadl(root).find('\x01') == std::string::npos);
    CHECK(nlohmann::json::parse(capabilities_json(root))["application"]["resources"]["base"] == root + "/");
}

TEST_CASE("capabilities are negotiated") {
    CHECK(type_for("") == "application/vnd.sun.wadl+xml");
    CHECK(type_for("application/json") == "application/json");
    CHECK(type_for("application/xml;q=0.9, application/json;q=0.1") == "application/xml");
    CHECK(type_for("text/html") == "406");
}
