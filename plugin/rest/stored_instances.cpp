#include "plugin/rest/stored_instances.hpp"

#include "plugin/rest/instance_answers.hpp"

namespace recog::rest {

std::string StoredInstances::uri(std::size_t i) const {
    return location_of(instances_[i], root_url_);
}

const std::string& StoredInstances::default_character_set(std::size_t i) const {
    return priors_.default_character_set(instances_[i].institution);
}

Result<std::shared_ptr<const service::InstanceFile>> StoredInstances::open(std::size_t i,
                                                                           service::Reading reading) const {
    auto file = archive_.open(instances_[i].orthanc_id, reading, instances_[i].file);
    if (!file) {
        return file.failure();
    }
    return std::shared_ptr<const service::InstanceFile>(*std::move(file));
}

Result<OpenedMetadata> StoredInstances::metadata(std::size_t i,
                                                 const std::string& default_character_set) const {
    return open_metadata(archive_, instances_[i].orthanc_id, instances_[i].file, default_character_set);
}

} // namespace recog::rest
