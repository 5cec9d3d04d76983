// Where the data set of a DICOM file begins, PS3.10 chapter 7.1:
//   file = preamble(128) "DICM" meta* data-set
//   meta = 0002(2) element(2) VR(2) length(2 or 00 00 length(4)) value     Explicit VR Little Endian
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace recog::dimse {

/// File meta information of more bytes than this is malformed.
constexpr std::size_t MAX_FILE_META = 1U << 20U;

struct Part10View {
    std::string transfer_syntax_uid;     ///< (0002,0010); empty when the file does not say
    std::span<const std::byte> data_set; ///< inside the bytes that were parsed
};

/// Reads the file meta information only; the data set is not looked at. Malformed unless there is a preamble,
/// complete meta information, and a data set behind it.
Result<Part10View> parse_part10(std::span<const std::byte> file);

} // namespace recog::dimse
