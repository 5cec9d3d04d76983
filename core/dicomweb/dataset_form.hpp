// In which form data sets are given that are no files: metadata and query answers (PS3.18 8.7.3.2, 8.7.5).
#pragma once

#include "core/dicomweb/accept.hpp"

#include <optional>
#include <string_view>

namespace recog::dicomweb {

enum class DatasetForm {
    DicomJson, ///< application/dicom+json: one array for all; the default
    Json,      ///< the same as application/json
    DicomXml   ///< multipart/related; type="application/dicom+xml": a part for each data set
};

inline constexpr std::string_view kDicomXml = "application/dicom+xml";

/// The best quality wins, then the order of the header. nullopt is 406.
std::optional<DatasetForm> choose_dataset_form(const std::vector<MediaRange>& accepted);

/// Of the answer in one of the two JSON forms.
std::string_view json_type(DatasetForm form);

} // namespace recog::dicomweb
