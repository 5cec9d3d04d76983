// The web port in front of an index, for who measures searches: DICOMweb's routes, and nothing that Orthanc
// adds.
#pragma once

#include "core/base/logger.hpp"
#include "core/dicomweb/service.hpp"
#include "plugin/rest/dicomweb_routes.hpp"
#include "plugin/web/listener.hpp"

#include <memory>

namespace recog::bench {

/// Listens from its construction to its end.
class SearchDoor final : public dicomweb::Service {
public:
    SearchDoor(const service::PriorService& priors, service::Archive& archive, service::Asker asker,
               Logger& logger);
    ~SearchDoor() override { listener_->stop(); }
    SearchDoor(const SearchDoor&) = delete;
    SearchDoor& operator=(const SearchDoor&) = delete;

    std::uint16_t number() const { return listener_->number(); }

    dicomweb::Response answer(const dicomweb::Request& request) override;
    Result<std::unique_ptr<dicomweb::RequestBody>> begin_body(const dicomweb::Request& request) override;
    dicomweb::Response refusal(const Error& failure) override;

private:
    rest::DicomWebRoutes routes_;
    service::Asker asker_;
    std::unique_ptr<web::Listener> listener_;
};

} // namespace recog::bench
