// Makes a Part 10 file of a data set in the DICOM JSON or Native DICOM Model (PS3.18 8.6.1, 10.5.1.4): text
// in UTF-8 under Specific Character Set ISO_IR 192, numbers in binary, values that stand elsewhere fetched.
//
// The data set is written in Explicit VR Little Endian, sequences with undefined lengths; pixel data of a
// compressed transfer syntax becomes one fragment for each frame behind a basic offset table (PS3.5 A.4).
#pragma once

#include "core/base/spool.hpp"
#include "core/dicom/dataset_model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// A run of bytes in the spool of the bulk data.
struct BulkRun {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Where values are that do not stand in the model itself.
class BulkDataSource {
public:
    virtual ~BulkDataSource() = default;
    virtual const Spool& spool() const = 0;
    /// The runs that came under this URI, in order: several are frames. Empty: none came.
    virtual std::vector<BulkRun> find(std::string_view uri) const = 0;
};

struct EncodingOrder {
    /// Of the file. One with compressed pixel data encapsulates (7FE0,0010).
    std::string transfer_syntax;
    /// The whole stream is one fragment whatever Number of Frames says, and the offset table stays empty.
    bool video = false;
};

/// Appends the file to `out`. Elements of groups 0000 and 0002 and group lengths are left out.
/// Errors: Malformed (a value does not fit its VR, no SOP UIDs), NotFound (bulk data that did not come,
/// frames and their number differ), TooLarge (beyond 4 GiB), Storage.
Status encode_model(const ModelDataset& dataset, const BulkDataSource& bulk_data, const EncodingOrder& order,
                    Spool& out);

} // namespace recog::dicom
