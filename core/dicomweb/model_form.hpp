// In which form data sets without bulk data are given: JSON (PS3.18 F), or one XML document a part (PS3.19
// A.1).
#pragma once

#include "core/dicomweb/accept.hpp"

namespace recog::dicomweb {

struct ModelForm {
    bool xml = false;       ///< multipart/related; type="application/dicom+xml"
    std::string media_type; ///< of a part
    friend bool operator==(const ModelForm&, const ModelForm&) = default;
};

/// The best quality wins, then the order of the header; */* is JSON. nullopt is 406.
std::optional<ModelForm> choose_model_form(const std::vector<MediaRange>& accepted);

} // namespace recog::dicomweb
