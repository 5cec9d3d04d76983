// What a compressed frame says of itself: enough to name its transfer syntax, and to describe the image when
// the metadata leaves that to the frame (PS3.18 10.5.1.4).
//
//   JPEG, JPEG-LS (ITU-T T.81, T.87) = FFD8 (marker length segment)* SOFn ... SOS
//   JPEG 2000, HTJ2K (T.800, T.814)  = FF4F SIZ [CAP] ... COD ...
#pragma once

#include "core/dicom/part10.hpp"

#include <optional>
#include <string_view>

namespace recog::dicom {

struct CodestreamHeader {
    std::string_view transfer_syntax;
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    std::uint32_t samples = 0;
    std::uint32_t bits = 0; ///< of a sample
    bool is_signed = false;
    std::string_view photometric_interpretation; ///< as PS3.5 8.2 wants it for such a stream
};

/// Enough of the start of a frame for its header; a header behind more than this is not found.
inline constexpr std::size_t kCodestreamHeaderBytes = 262'144;

/// nullopt when it is none of these, or is cut short.
std::optional<CodestreamHeader> read_codestream_header(Bytes start);

} // namespace recog::dicom
