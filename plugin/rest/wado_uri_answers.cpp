#include "plugin/rest/wado_uri_answers.hpp"

#include "core/dicomweb/retrieve.hpp"
#include "core/dicomweb/wado_uri.hpp"
#include "plugin/rest/codec_transcoder.hpp"
#include "plugin/rest/http_status.hpp"
#include "plugin/rest/instance_answers.hpp"
#include "plugin/rest/rendered_answers.hpp"

namespace recog::rest {

using dicomweb::Response;
using service::RetrievedInstance;

namespace {

Result<RetrievedInstance> find(const service::RetrieveService& retrieve,
                               const dicomweb::WadoUriRequest& wanted, const service::Asker& asker) {
    service::RetrieveQuery query;
    query.asker = asker;
    query.level = dicom::Level::Instance;
    query.study_uids = {wanted.study};
    query.series_uids = {wanted.series};
    query.sop_uids = {wanted.instance};
    auto found = retrieve.select(query);
    if (!found) {
        return found.failure();
    }
    return found->empty() ? Result<RetrievedInstance>(retrieve.why_nothing(query))
                          : std::move(found->front());
}

// PS3.18 9.4: one instance, single part. As stored unless a transfer syntax is named, as on the RESTful side.
// A syntax that nobody here can make of it is 406 (9.4.2.4).
Result<Response> object(service::Archive& archive, const RetrievedInstance& instance,
                        const dicomweb::WadoUriRequest& wanted, const std::string& dicomweb_url) {
    auto file = archive.open(instance.orthanc_id);
    if (!file) {
        const bool gone = file.failure().kind == ErrorKind::NotFound;
        return gone ? error(ErrorKind::Gone, "it has just been removed") : file.failure();
    }
    std::shared_ptr<service::InstanceFile> shared = *std::move(file);
    static const CodecTranscoder transcoder;
    dicomweb::MediaRange range;
    range.type = "application/dicom";
    range.transfer_syntax = wanted.transfer_syntax.empty() ? "*" : wanted.transfer_syntax;
    const std::uint64_t size = shared->bytes().size();
    return dicomweb::respond_with_instances(
        {{instance.transfer_syntax, location_of(instance, dicomweb_url), size,
          [shared]() -> Result<dicomweb::OpenedFile> {
              return dicomweb::OpenedFile{shared->bytes(), shared};
          }}},
        {range}, &transcoder);
}

Result<Response> answer(const service::PriorService& priors, const service::RetrieveService& retrieve,
                        service::Archive& archive, const dicomweb::Request& request,
                        const std::string& dicomweb_url, const service::Asker& asker) {
    const auto wanted = dicomweb::parse_wado_uri(request);
    if (!wanted) {
        return wanted.failure();
    }
    const auto instance = find(retrieve, *wanted, asker);
    if (!instance) {
        return instance.failure();
    }
    const RenderedAnswers renderings(archive, dicomweb_url, [&priors](const RetrievedInstance& of) {
        return priors.default_character_set(of.institution);
    });
    auto response = wanted->dicom ? object(archive, *instance, *wanted, dicomweb_url)
                                  : renderings.by_uri(*instance, *wanted);
    if (response) {
        response->warnings.insert(response->warnings.end(), wanted->warnings.begin(), wanted->warnings.end());
    }
    return response;
}

} // namespace

Response WadoUriAnswers::handle(const dicomweb::Request& request, const std::string& dicomweb_url,
                                const service::Asker& asker) const {
    if (!request.segments.empty()) {
        return status_response(404, "There is no such resource");
    }
    if (request.method != dicomweb::Method::Get && request.method != dicomweb::Method::Head) {
        Response response = status_response(405, "This resource can only be read");
        response.set_header("Allow", "GET, HEAD");
        return response;
    }
    auto made = answer(priors_, retrieve_, archive_, request, dicomweb_url, asker);
    Response response = made ? *std::move(made) : error_response(made.failure());
    for (const std::string& warning : response.warnings) {
        response.headers.push_back({"Warning", dicomweb::warning_299(dicomweb_url, warning)});
    }
    return response;
}

} // namespace recog::rest
