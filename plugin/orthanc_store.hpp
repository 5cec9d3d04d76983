// Orthanc as the place where the query/retrieve port stores: POST /instances inside the process, which
// returns when file and database row are written, as they are for Orthanc's own C-STORE.
#pragma once

#include "plugin/orthanc/sdk.hpp"
#include "plugin/port/store_handler.hpp"

namespace recog {

class OrthancStore final : public port::StoreTarget {
public:
    explicit OrthancStore(const orthanc::Sdk& sdk) : sdk_(sdk) {}

    Status store(port::Bytes file) override;

private:
    const orthanc::Sdk& sdk_;
};

} // namespace recog
