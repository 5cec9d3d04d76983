#include "plugin/rest/dicomweb_routes.hpp"

#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/capabilities.hpp"
#include "core/dicomweb/retrieve.hpp"
#include "core/dicomweb/routes.hpp"
#include "plugin/rest/bulk_data_answers.hpp"
#include "plugin/rest/http_status.hpp"
#include "plugin/rest/metadata_answers.hpp"
#include "plugin/rest/rendered_answers.hpp"
#include "plugin/rest/wado_uri_answers.hpp"

namespace recog::rest {

using dicomweb::Request;
using dicomweb::Resource;
using dicomweb::Response;
using dicomweb::Route;
using service::RetrievedInstance;

namespace {

Response or_error(Result<Response> response) {
    return response ? *std::move(response) : error_response(response.failure());
}

/// The service's parts for one request.
class Retrieval {
public:
    Retrieval(const service::PriorService& priors, const InstanceAnswers& answers, service::Archive& archive,
              MetadataMemory& memory, const Request& request, const Route& route, const std::string& root_url,
              const service::Asker& asker)
        : priors_(priors), answers_(answers), archive_(archive), memory_(memory),
          accepted_(dicomweb::accepted(request)), request_(request), route_(route), root_url_(root_url),
          asker_(asker) {}

    Result<Response> respond() {
        auto instances = answers_.select(route_, asker_);
        if (!instances) {
            return instances.failure();
        }
        if (dicomweb::is_metadata(route_.resource)) {
            return metadata_answer(shared(*std::move(instances)), accepted_, memory_);
        }
        if (route_.resource == Resource::BulkDataValue) {
            return bulk_value_answer(shared(*std::move(instances)), answers_, route_, request_, root_url_);
        }
        if (route_.resource == Resource::BulkData || route_.resource == Resource::PixelData) {
            return bulk_data_answer(shared(*std::move(instances)), route_, request_);
        }
        if (route_.resource == Resource::Rendered || route_.resource == Resource::Thumbnail) {
            return pictures(*instances);
        }
        return route_.resource == Resource::RetrieveFrames
                   ? answers_.frames(instances->front(), route_.frames, accepted_, root_url_)
                   : answers_.instances(*instances, accepted_, root_url_);
    }

private:
    Result<Response> pictures(const std::vector<RetrievedInstance>& instances) {
        const RenderedAnswers answers(archive_, root_url_, [this](const RetrievedInstance& instance) {
            return priors_.default_character_set(instance.institution);
        });
        return route_.resource == Resource::Rendered ? answers.rendered(instances, route_.frames, request_)
                                                     : answers.thumbnail(instances, route_.frames, request_);
    }

    std::shared_ptr<const StoredInstances> shared(std::vector<RetrievedInstance> instances) const {
        return std::make_shared<const StoredInstances>(priors_, archive_, std::move(instances), root_url_);
    }

    const service::PriorService& priors_;
    const InstanceAnswers& answers_;
    service::Archive& archive_;
    MetadataMemory& memory_;
    std::vector<dicomweb::MediaRange> accepted_;
    const Request& request_;
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
    Retrieval retrieval(priors_, answers_, archive_, memory_, request, routing.route, root_url, asker);
    Response response = or_error(respond(search_, retrieval, request, routing.route, root_url, asker));
    // What patients' browsers and proxies keep on their disks, nobody can take back (RFC 9111 5.2.2.5).
    if (response.header("Cache-Control") == nullptr) {
        response.set_header("Cache-Control", "no-store");
    }
    for (const std::string& warning : response.warnings) {
        response.headers.push_back({"Warning", dicomweb::warning_299(root_url, warning)});
    }
    return response;
}

void DicomWebRoutes::foresee(const service::NamedFile& instance) const {
    const std::string& character_set = priors_.default_character_set(instance.institution);
    // Nothing that a file holds may end the thread that writes the index: it is written again when asked for.
    try {
        auto opened = open_metadata(archive_, instance.orthanc_id, instance.file, character_set);
        if (opened && opened->metadata && opened->file.known()) {
            memory_.foresee(opened->file, character_set,
                            std::make_shared<const InstanceMetadata>(*std::move(opened->metadata)));
        }
    } catch (const std::exception&) {
        return;
    }
}

} // namespace recog::rest
