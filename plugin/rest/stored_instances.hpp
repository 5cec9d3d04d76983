// The instances that a request means, as the parts of an answer ask for them one after another.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/service/archive.hpp"
#include "core/service/prior_service.hpp"
#include "core/service/retrieve_service.hpp"
#include "plugin/rest/instance_metadata.hpp"

namespace recog::rest {

/// Bytes of the file that is there now. Errors: those of Archive::open(); Storage (it has lost something).
Result<std::uint64_t> stored_size(service::Archive& archive, const service::RetrievedInstance& instance);

/// An answer that is made piece by piece shares this with its pieces. Immutable; any thread may ask. The
/// archive and the service must outlive it.
class StoredInstances {
public:
    StoredInstances(const service::PriorService& priors, service::Archive& archive,
                    std::vector<service::RetrievedInstance> instances, std::string root_url)
        : priors_(priors), archive_(archive), instances_(std::move(instances)),
          root_url_(std::move(root_url)) {}

    std::size_t size() const { return instances_.size(); }
    const service::RetrievedInstance& operator[](std::size_t i) const { return instances_[i]; }

    /// ".../studies/{study}/series/{series}/instances/{instance}".
    std::string uri(std::size_t i) const;
    /// Of its institution, for data sets that declare none.
    const std::string& default_character_set(std::size_t i) const;
    /// Errors: those of Archive::open().
    Result<std::shared_ptr<const service::InstanceFile>> open(std::size_t i, service::Reading reading) const;
    /// Errors: those of open_metadata().
    Result<OpenedMetadata> metadata(std::size_t i, const std::string& default_character_set) const;

private:
    const service::PriorService& priors_;
    service::Archive& archive_;
    std::vector<service::RetrievedInstance> instances_;
    std::string root_url_;
};

} // namespace recog::rest
