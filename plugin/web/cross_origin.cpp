#include "plugin/web/cross_origin.hpp"

#include <algorithm>

namespace recog::web {

namespace {

constexpr const char* kMethods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
constexpr const char* kExposed =
    "Accept-Ranges, Content-Length, Content-Location, Content-Range, ETag, Location, Retry-After, Warning";
constexpr const char* kSeconds = "600";

} // namespace

CrossOrigin::CrossOrigin(std::vector<std::string> allowed)
    : allowed_(std::move(allowed)), all_(std::find(allowed_.begin(), allowed_.end(), "*") != allowed_.end()) {
}

bool CrossOrigin::allows(std::string_view origin) const {
    return !origin.empty() && (all_ || std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end());
}

std::optional<dicomweb::Response> CrossOrigin::preflight(const Head& request) const {
    if (request.method != dicomweb::Method::Options || request.field("Origin").empty() ||
        request.field("Access-Control-Request-Method").empty()) {
        return std::nullopt;
    }
    dicomweb::Response response;
    if (!allows(request.field("Origin"))) {
        response.status = 403;
        response.set_header("Content-Type", "text/plain");
        response.body.append("Pages of this origin may not ask this server.\n");
        return response;
    }
    response.status = 204;
    response.set_header("Access-Control-Allow-Methods", kMethods);
    if (const auto fields = request.field("Access-Control-Request-Headers"); !fields.empty()) {
        response.set_header("Access-Control-Allow-Headers", std::string(fields));
    }
    response.set_header("Access-Control-Max-Age", kSeconds);
    return response;
}

void CrossOrigin::mark(const Head& request, dicomweb::Response& response) const {
    if (allowed_.empty()) {
        return;
    }
    if (!all_) {
        response.headers.push_back({"Vary", "Origin"});
    }
    if (!allows(request.field("Origin"))) {
        return;
    }
    response.set_header("Access-Control-Allow-Origin", all_ ? "*" : std::string(request.field("Origin")));
    if (!all_) {
        response.set_header("Access-Control-Allow-Credentials", "true");
    }
    if (request.method != dicomweb::Method::Options) {
        response.set_header("Access-Control-Expose-Headers", kExposed);
    }
}

} // namespace recog::web
