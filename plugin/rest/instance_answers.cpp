#include "plugin/rest/instance_answers.hpp"

#include "plugin/rest/stored_instances.hpp"

namespace recog::rest {

using dicomweb::Response;
using service::Reading;
using service::RetrievedInstance;

namespace {

// Above this, mapping all pages of an object at once costs more than touching the few that are sent.
constexpr std::uint64_t kMapAtOnce = 4'194'304;

dicomweb::OpenedFile opened(const std::shared_ptr<const service::InstanceFile>& file) {
    return {file->bytes(), file,
            [file](std::size_t offset, std::size_t size) { file->release(offset, size); }, file->source()};
}

// Some of what was asked for is still there: whoever asks again gets that.
Error removed_meanwhile(const Error& failure) {
    return failure.kind == ErrorKind::NotFound
               ? error(ErrorKind::Unavailable, "an object of it has just been removed; ask again")
               : failure;
}

} // namespace

service::RetrieveQuery retrieve_query(const dicomweb::Route& route, const service::Asker& asker) {
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

Result<std::vector<RetrievedInstance>> InstanceAnswers::select(const dicomweb::Route& route,
                                                               const service::Asker& asker) const {
    const service::RetrieveQuery query = retrieve_query(route, asker);
    auto instances = retrieve_.select(query);
    if (instances && instances->empty()) {
        return retrieve_.why_nothing(query);
    }
    return instances;
}

Result<InstanceAnswers::SharedFile> InstanceAnswers::open(const RetrievedInstance& instance,
                                                          Reading reading) const {
    auto file = archive_.open(instance.orthanc_id, reading, instance.file);
    return file ? Result<SharedFile>(*std::move(file)) : file.failure();
}

Result<Response> InstanceAnswers::instances(const std::vector<RetrievedInstance>& instances,
                                            const std::vector<dicomweb::MediaRange>& accepted,
                                            const std::string& root_url) const {
    std::vector<dicomweb::InstanceToSend> there;
    there.reserve(instances.size());
    std::size_t unreadable = 0;
    std::optional<Error> failure;
    for (const RetrievedInstance& instance : instances) {
        const auto size = stored_size(archive_, instance);
        if (!size && size.failure().kind == ErrorKind::NotFound) {
            continue;
        }
        if (!size) {
            ++unreadable;
            failure = size.failure();
            continue;
        }
        there.push_back({instance.transfer_syntax, location_of(instance, root_url), *size,
                         [this, instance]() -> Result<dicomweb::OpenedFile> {
                             auto file = open(instance, Reading::Sent);
                             return file ? Result<dicomweb::OpenedFile>(opened(*file))
                                         : removed_meanwhile(file.failure());
                         }});
    }
    if (there.empty()) {
        return failure ? *failure : error(ErrorKind::Gone, "it has just been removed");
    }
    auto response = dicomweb::respond_with_instances(std::move(there), accepted, transcoder_);
    if (response && unreadable > 0) {
        response->status = 206;
        response->warnings.push_back(std::to_string(unreadable) +
                                     " instances cannot be read now and were left out.");
    }
    return response;
}

Result<Response> InstanceAnswers::frames(const RetrievedInstance& instance,
                                         std::span<const std::uint32_t> numbers,
                                         const std::vector<dicomweb::MediaRange>& accepted,
                                         const std::string& root_url) const {
    auto file = open(instance, instance.size <= kMapAtOnce ? Reading::Whole : Reading::Header);
    if (!file) {
        const bool gone = file.failure().kind == ErrorKind::NotFound;
        return gone ? error(ErrorKind::Gone, "it has just been removed") : file.failure();
    }
    // A uuid stands for the same bytes as long as it stands for any.
    const Uuid uuid = (*file)->uuid();
    auto frames = locators_.of(uuid.known() ? uuid.text() : std::string(), (*file)->bytes());
    if (!frames) {
        return frames.failure();
    }
    return dicomweb::respond_with_frames({opened(*file), *std::move(frames), location_of(instance, root_url)},
                                         numbers, accepted, transcoder_);
}

} // namespace recog::rest
