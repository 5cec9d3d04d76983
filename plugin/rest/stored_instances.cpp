#include "plugin/rest/stored_instances.hpp"

namespace recog::rest {

std::string StoredInstances::uri(std::size_t i) const {
    const service::RetrievedInstance& instance = instances_[i];
    std::string uri;
    uri.reserve(root_url_.size() + 240);
    uri.append(root_url_).append("/studies/").append(instance.study_uid);
    uri.append("/series/").append(instance.series_uid);
    uri.append("/instances/").append(instance.sop_instance_uid);
    return uri;
}

const std::string& StoredInstances::default_character_set(std::size_t i) const {
    const service::ServiceContext& context = priors_.context();
    const auto* const institution = context.rules.institutions().find(instances_[i].institution);
    return institution != nullptr && !institution->default_character_set.empty()
               ? institution->default_character_set
               : context.settings.default_character_set;
}

Result<std::shared_ptr<const service::InstanceFile>> StoredInstances::open(std::size_t i,
                                                                           service::Reading reading) const {
    auto file = archive_.open(instances_[i].orthanc_id, reading, instances_[i].file);
    if (!file) {
        return file.failure();
    }
    return std::shared_ptr<const service::InstanceFile>(*std::move(file));
}

} // namespace recog::rest
