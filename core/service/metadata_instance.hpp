// An instance made of its metadata and its bulk data (PS3.18 8.6.1, 10.5.1.4).
#pragma once

#include "core/dicom/dataset_model.hpp"
#include "core/dicomweb/store_response.hpp"
#include "core/service/bulk_data_parts.hpp"

namespace recog::service {

/// Appends the Part 10 file to `out`. A description of the image that the metadata leaves out is taken from
/// the first compressed frame. The outcome's failure is 0 when the file is there.
dicomweb::StoreOutcome make_instance(dicom::ModelDataset metadata, const BulkDataParts& bulk_data,
                                     Spool& out);

} // namespace recog::service
