// Orthanc as the place where the query/retrieve port and STOW-RS store: POST /instances inside the process,
// which returns when file and database row are written, as they are for Orthanc's own C-STORE.
#pragma once

#include "core/service/store_target.hpp"
#include "plugin/orthanc/sdk.hpp"

namespace recog {

class OrthancStore final : public service::StoreTarget {
public:
    explicit OrthancStore(const orthanc::Sdk& sdk) : sdk_(sdk) {}

    Status store(std::span<const std::byte> file) override;

private:
    const orthanc::Sdk& sdk_;
};

} // namespace recog
