#include "tests/benchmark/index/search_door.hpp"

#include "plugin/rest/http_status.hpp"
#include "tests/benchmark/index/node_parts.hpp"

namespace recog::bench {

namespace {

constexpr const char* kRoot = "dicom-web";

} // namespace

SearchDoor::SearchDoor(const service::PriorService& priors, service::Archive& archive, service::Asker asker,
                       Logger& logger)
    : routes_(priors, archive), asker_(std::move(asker)),
      listener_(must(web::Listener::open({}, *this, logger))) {
    listener_->start();
}

dicomweb::Response SearchDoor::answer(const dicomweb::Request& request) {
    if (request.segments.empty() || request.segments.front() != kRoot) {
        return rest::error_response(Error{ErrorKind::NotFound, "the services are below /dicom-web"});
    }
    dicomweb::Request below = request;
    below.segments.erase(below.segments.begin());
    return routes_.handle(below, "http://127.0.0.1:" + std::to_string(number()) + "/dicom-web", asker_);
}

Result<std::unique_ptr<dicomweb::RequestBody>> SearchDoor::begin_body(const dicomweb::Request& /*request*/) {
    return std::unique_ptr<dicomweb::RequestBody>();
}

dicomweb::Response SearchDoor::refusal(const Error& failure) {
    return rest::error_response(failure);
}

} // namespace recog::bench
