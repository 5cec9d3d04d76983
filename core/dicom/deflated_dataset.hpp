// Deflated data sets (PS3.5 A.5), written.
#pragma once

#include "core/dicom/part10.hpp"

#include <string>
#include <vector>

namespace recog::dicom {

/// The pieces as one raw deflate stream (RFC 1951), padded to even length with a zero. Errors: Internal.
Result<std::string> deflate_dataset(const std::vector<Bytes>& pieces);

} // namespace recog::dicom
