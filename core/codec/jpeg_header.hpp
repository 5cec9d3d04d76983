// What the marker segments of a JPEG or JPEG-LS stream say before its first scan (ISO/IEC 10918-1 B.2), so
// that no library is handed a stream that is not what the data set says.
#pragma once

#include "core/codec/codec.hpp"

#include <array>

namespace recog::codec {

enum class JpegProcess { Lossy, Lossless, Ls, Other };

struct JpegHeader {
    JpegProcess process = JpegProcess::Other;
    unsigned precision = 0;
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    unsigned components = 0;
    std::array<unsigned, 4> ids{};        ///< of the first four components
    bool jfif = false;                    ///< APP0 of JFIF: YCbCr
    std::optional<unsigned> adobe;        ///< transform of the APP14 of Adobe: 0 RGB, 1 YCbCr
    std::optional<unsigned> hp_transform; ///< mrfx of JPEG-LS
    unsigned near = 0;                    ///< of the first scan of JPEG-LS
    bool odd_scan = false; ///< the first scan is not that of all coefficients, as sequential ones are
};

/// Errors: Malformed.
Result<JpegHeader> read_jpeg_header(Bytes stream);

/// Whether the three components of a lossy stream are YCbCr: by markers and names, then by what the data set
/// says.
bool is_ycbcr(const JpegHeader& header, std::string_view photometric);

} // namespace recog::codec
