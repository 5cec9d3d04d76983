// Orthanc as the place where the query/retrieve port and STOW-RS store: POST /instances inside the process,
// which returns when file and database row are written, as they are for Orthanc's own C-STORE.
#pragma once

#include "core/service/store_target.hpp"
#include "plugin/orthanc/sdk.hpp"

namespace recog {

class OrthancStore final : public service::StoreTarget {
public:
    /// `archive`: the same Orthanc.
    OrthancStore(const orthanc::Sdk& sdk, service::Archive& archive) : sdk_(sdk), archive_(archive) {}

    Result<service::TakenFile> store(std::span<const std::byte> file) override;
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string& orthanc_id) override;

private:
    const orthanc::Sdk& sdk_;
    service::Archive& archive_;
};

} // namespace recog
