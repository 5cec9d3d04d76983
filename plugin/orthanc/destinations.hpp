// The modalities that Orthanc may send to, as it knows them now (they may change while it runs).
#pragma once

#include "plugin/orthanc/orthanc_configuration.hpp"
#include "plugin/orthanc/sdk.hpp"

#include <optional>
#include <vector>

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
    // What it may ask of this node; Orthanc's defaults.
    bool allow_echo = true;
    bool allow_find = true;
    bool allow_get = true;
    bool allow_move = true;
    bool allow_store = true;
};

/// All of them. Unavailable.
Result<std::vector<Modality>> list_modalities(const Sdk& sdk);

/// The one that is called so to the letter, else the first that Orthanc holds for the same; null when no
/// modality has this AE title.
const Modality* choose_modality(const std::vector<Modality>& modalities, const std::string& aet,
                                AetComparison comparison);

/// Errors: NotFound when no modality has this AE title, Unavailable.
Result<Modality> find_modality(const Sdk& sdk, const std::string& aet, AetComparison comparison);

} // namespace recog::orthanc
