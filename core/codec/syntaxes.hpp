// Transfer syntaxes of compressed pixels, PS3.6 table A-1.
#pragma once

#include <string_view>

namespace recog::codec::syntax {

inline constexpr std::string_view Rle = "1.2.840.10008.1.2.5";
inline constexpr std::string_view JpegBaseline = "1.2.840.10008.1.2.4.50";
inline constexpr std::string_view JpegExtended = "1.2.840.10008.1.2.4.51";
inline constexpr std::string_view JpegLossless = "1.2.840.10008.1.2.4.57";
inline constexpr std::string_view JpegLosslessFirstOrder = "1.2.840.10008.1.2.4.70";
inline constexpr std::string_view JpegLs = "1.2.840.10008.1.2.4.80";
inline constexpr std::string_view JpegLsNear = "1.2.840.10008.1.2.4.81";
inline constexpr std::string_view Jpeg2000Lossless = "1.2.840.10008.1.2.4.90";
inline constexpr std::string_view Jpeg2000 = "1.2.840.10008.1.2.4.91";
inline constexpr std::string_view Jpeg2000Part2Lossless = "1.2.840.10008.1.2.4.92";
inline constexpr std::string_view Jpeg2000Part2 = "1.2.840.10008.1.2.4.93";
inline constexpr std::string_view Htj2kLossless = "1.2.840.10008.1.2.4.201";
inline constexpr std::string_view Htj2kLosslessRpcl = "1.2.840.10008.1.2.4.202";
inline constexpr std::string_view Htj2k = "1.2.840.10008.1.2.4.203";
inline constexpr std::string_view DeflatedImageFrame = "1.2.840.10008.1.2.8.1";

} // namespace recog::codec::syntax
