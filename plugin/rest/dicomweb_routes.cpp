#include "plugin/rest/dicomweb_routes.hpp"

#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/capabilities.hpp"
#include "core/dicomweb/retrieve.hpp"
#include "core/dicomweb/routes.hpp"
#include "plugin/rest/http_status.hpp"
#include "plugin/rest/metadata_answers.hpp"

namespace recog::rest {

using dicomweb::Request;
using dicomweb::Resource;
using dicomweb::Response;
using dicomweb::Route;
using service::RetrievedInstance;

namespace {

service::RetrieveQuery retrieve_query(const Route& route, const service::Asker& asker) {
    service::RetrieveQuery query;
    query.asker = asker;
    query.level = !route.instance.empty() ? dicom::Level::Instance
                  : !route.series.empty() ? dicom::Level::Series
                                          : dicom::Level::Study;
    query.study_uids = {route.study};
    if (!route.series.empty()) {
        query.series_uids = {route.series};
    }
    if (!route.instance.empty()) {
        query.sop_uids = {route.instance};
    }
    return query;
}

std::string location_of(const RetrievedInstance& instance, const std::string& root_url) {
    return root_url + "/studies/" + instance.study_uid + "/series/" + instance.series_uid + "/instances/" +
           instance.sop_instance_uid;
}

Response or_error(Result<Response> response) {
    return response ? *std::move(response) : error_response(response.failure());
}

/// The service's parts for one request.
class Retrieval {
public:
    Retrieval(const service::PriorService& priors, const service::RetrieveService& retrieve,
              service::Archive& archive, const Request& request, const Route& route,
              const std::string& root_url, const service::Asker& asker)
        : priors_(priors), retrieve_(retrieve), archive_(archive), accepted_(dicomweb::accepted(request)),
          route_(route), root_url_(root_url), asker_(asker) {}

    Result<Response> respond() {
        auto instances = retrieve_.select(retrieve_query(route_, asker_));
        if (!instances) {
            return instances.failure();
        }
        if (instances->empty()) {
            return error(ErrorKind::NotFound, "there is no such study, series or instance");
        }
        if (dicomweb::is_metadata(route_.resource)) {
            return metadata(*std::move(instances));
        }
        return route_.resource == Resource::RetrieveFrames ? frames(instances->front()) : files(*instances);
    }

private:
    Result<dicomweb::StoredFile> open(const RetrievedInstance& instance) {
        auto file = archive_.open(instance.orthanc_id);
        if (!file) {
            return file.failure();
        }
        std::shared_ptr<service::InstanceFile> shared = *std::move(file);
        const auto bytes = shared->bytes();
        return dicomweb::StoredFile{bytes, std::move(shared), instance.transfer_syntax,
                                    location_of(instance, root_url_)};
    }

    Result<Response> files(const std::vector<RetrievedInstance>& instances) {
        std::vector<dicomweb::StoredFile> opened;
        for (const RetrievedInstance& instance : instances) {
            auto file = open(instance);
            // Deleted between the look-up and now: the others are still there.
            if (!file && file.failure().kind == ErrorKind::NotFound) {
                continue;
            }
            if (!file) {
                return file.failure();
            }
            opened.push_back(*std::move(file));
        }
        return dicomweb::respond_with_instances(std::move(opened), accepted_);
    }

    Result<Response> frames(const RetrievedInstance& instance) {
        const auto file = open(instance);
        if (!file) {
            return file.failure();
        }
        return dicomweb::respond_with_frames(*file, route_.frames, accepted_);
    }

    Result<Response> metadata(std::vector<RetrievedInstance> instances) {
        return metadata_answer(
            std::make_shared<const StoredInstances>(priors_, archive_, std::move(instances), root_url_),
            accepted_);
    }

    const service::PriorService& priors_;
    const service::RetrieveService& retrieve_;
    service::Archive& archive_;
    std::vector<dicomweb::MediaRange> accepted_;
    const Route& route_;
    const std::string& root_url_;
    const service::Asker& asker_;
};

Result<Response> respond(const QidoSearch& search, Retrieval& retrieval, const Request& request,
                         const Route& route, const std::string& root_url, const service::Asker& asker) {
    if (dicomweb::is_search(route.resource)) {
        return search.respond(request, route, root_url, asker);
    }
    if (route.resource == Resource::Capabilities) {
        return dicomweb::respond_with_capabilities(request, root_url);
    }
    return retrieval.respond();
}

} // namespace

Response DicomWebRoutes::handle(const Request& request, const std::string& root_url,
                                const service::Asker& asker) const {
    const dicomweb::Routing routing = dicomweb::find_route(request.method, request.segments);
    if (routing.outcome != dicomweb::RouteOutcome::Found) {
        Response response = status_response(routing.status(), routing.text);
        if (!routing.allow.empty()) {
            response.set_header("Allow", routing.allow);
        }
        return response;
    }
    Retrieval retrieval(priors_, retrieve_, archive_, request, routing.route, root_url, asker);
    Response response = or_error(respond(search_, retrieval, request, routing.route, root_url, asker));
    for (const std::string& warning : response.warnings) {
        response.headers.push_back({"Warning", dicomweb::warning_299(root_url, warning)});
    }
    return response;
}

} // namespace recog::rest
