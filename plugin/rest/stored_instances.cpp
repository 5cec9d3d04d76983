#include "plugin/rest/stored_instances.hpp"

#include "plugin/rest/instance_answers.hpp"
#include "plugin/rest/wado_uri_answers.hpp"

namespace recog::rest {

std::string StoredInstances::uri(std::size_t i) const {
    return location_of(instances_[i], root_url_);
}

std::string StoredInstances::default_character_set(std::size_t i) const {
    return rest::default_character_set(priors_, instances_[i]);
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
