// The data set of a file as one run of bytes, inflated when it was deflated. Shared by the two readers of
// files.
#pragma once

#include "core/dicom/part10.hpp"
#include "core/dicom/tag.hpp"

#include <vector>

namespace recog::dicom {

struct DatasetBytes {
    FileMeta meta;
    Bytes bytes;           ///< the file, or the inflated data set
    std::size_t begin = 0; ///< of the data set in `bytes`
    std::shared_ptr<const std::vector<std::byte>> inflated;
};

/// Errors: Malformed, TooLarge.
Result<DatasetBytes> open_dataset(Bytes file, const Part10Limits& limits);

/// PS3.5 A.5: a raw deflate stream (RFC 1951). One cut short gives what it held. Errors: Malformed, TooLarge.
Result<std::vector<std::byte>> inflate_dataset(Bytes deflated, std::size_t limit);

/// (7FE0,0010), (7FE0,0008), (7FE0,0009).
bool is_pixel_data(Tag tag);

} // namespace recog::dicom
