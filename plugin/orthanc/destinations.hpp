// The modalities that Orthanc may send to, as it knows them now (they may change while it runs).
#pragma once

#include "plugin/orthanc/orthanc_configuration.hpp"
#include "plugin/orthanc/sdk.hpp"

#include <optional>

namespace recog::orthanc {

/// One modality of Orthanc's table.
struct Modality {
    std::string aet;
    std::string host;
    std::uint16_t port = 104;
    std::string local_aet;   ///< empty: Orthanc's own
    int timeout_seconds = 0; ///< 0: Orthanc's own
    bool tls = false;
    bool allow_transcoding = true;
};

/// Errors: NotFound when no modality has this AE title, Unavailable.
Result<Modality> find_modality(const Sdk& sdk, const std::string& aet);

} // namespace recog::orthanc
