// Reads the DICOM JSON Model (PS3.18 F): an array of data sets, or one alone.
#pragma once

#include "core/dicom/dataset_model.hpp"

#include <functional>
#include <string_view>

namespace recog::dicom {

/// Takes each data set as soon as it has been read, or why that one cannot be used (Malformed, TooLarge):
/// those behind it are read all the same. False ends the reading.
using TakeModel = std::function<bool(Result<ModelDataset>)>;

/// Memory: one data set. Numbers keep their digits: 0.10 stays "0.10".
/// Errors: Malformed when the text is no JSON or no array of objects; what was read before has been taken.
Status read_json_model(std::string_view json, const ModelLimits& limits, const TakeModel& take);

} // namespace recog::dicom
