// Values of the DICOM JSON and Native DICOM Models as the bytes of PS3.5 6.2, little endian.
#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>

namespace recog::dicom {

/// FL, FD, US, SS, UL, SL, UV, SV and AT.
bool is_encoded_in_binary(std::string_view vr);

/// `text`: values split by '\', in UTF-8. The result is not yet padded. Numbers beyond their VR, and empty
/// values among binary numbers, are Malformed. A DS longer than its 16 bytes is rounded to them.
Result<std::string> encode_values(std::string_view vr, std::string_view text);

} // namespace recog::dicom
