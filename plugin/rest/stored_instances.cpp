#include "plugin/rest/stored_instances.hpp"

#include "core/dicom/part10.hpp"
#include "plugin/rest/instance_answers.hpp"

namespace recog::rest {

using service::RetrievedInstance;

namespace {

/// Of a file of another length than what was indexed: the archive may have written it anew in another
/// transfer syntax; in the same one it has lost something.
bool is_damaged(dicom::Bytes file, const RetrievedInstance& instance) {
    const auto meta = dicom::read_meta(file);
    return !meta || meta->transfer_syntax == instance.transfer_syntax;
}

} // namespace

Result<std::uint64_t> stored_size(service::Archive& archive, const RetrievedInstance& instance) {
    if (instance.file.known() && archive.size_in_place(instance.file) == instance.size) {
        return instance.size;
    }
    const auto file = archive.open(instance.orthanc_id, service::Reading::Header, instance.file);
    if (!file) {
        return file.failure();
    }
    const std::uint64_t size = (*file)->size();
    if (size != instance.size && is_damaged((*file)->bytes(), instance)) {
        return error(ErrorKind::Storage, "a stored object is not as long as it was when it came");
    }
    return size;
}

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
