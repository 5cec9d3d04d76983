// The node's own resources below /recognition: status, reports, conflicts, and the content of the index.
//
//   GET /recognition/status                        state, version and counts
//   GET /recognition/reports?card=N[&issuer=I]     reports of the person who holds the number
//   GET /recognition/reports/{id}/document         the PDF, or the SR as a page
//   GET /recognition/conflicts[?after=ID&limit=N]  numbers that would join persons, masked
//   GET /recognition/instances[?after=ID&limit=N]  Orthanc ids in the index, sorted
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/service/report_service.hpp"

#include <functional>

namespace recog::rest {

struct NodeState {
    std::string version;
    std::string state; ///< "waiting", "catching-up", "comparing", "ready"
    std::size_t queue = 0;
};

/// Any thread may call any function.
class RecognitionRoutes {
public:
    RecognitionRoutes(const service::PriorService& priors, service::Archive& archive,
                      std::function<NodeState()> state)
        : priors_(priors), reports_(priors, archive), state_(std::move(state)) {}

    dicomweb::Response handle(const dicomweb::Request& request, const service::Asker& asker) const;

private:
    dicomweb::Response status() const;
    dicomweb::Response reports(const dicomweb::Request& request, const service::Asker& asker) const;
    dicomweb::Response document(const std::string& id) const;
    dicomweb::Response conflicts(const dicomweb::Request& request) const;
    dicomweb::Response instances(const dicomweb::Request& request) const;

    const service::PriorService& priors_;
    service::ReportService reports_;
    std::function<NodeState()> state_;
};

} // namespace recog::rest
