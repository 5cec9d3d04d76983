// Pictures as files: image/jpeg, image/png, image/gif (PS3.18 8.7.4).
#pragma once

#include "core/base/result.hpp"
#include "core/render/picture.hpp"

#include <string>

namespace recog::render {

/// PS3.18 8.3.5.1.2: the meaning of quality is the server's: that of libjpeg.
inline constexpr int kDefaultQuality = 90;
inline constexpr std::size_t kMaxProfileBytes = 4U << 20U;
inline constexpr std::uint32_t kMaxPictureSide = 65'500; ///< what JPEG can hold

/// Baseline, 8 bits (PS3.18 8.7.4); colours in 4:4:4 from quality 90 on, else 4:2:0. `icc_profile` may be
/// empty. Errors: TooLarge, Internal.
Result<std::string> encode_jpeg(const Picture& picture, int quality = kDefaultQuality,
                                const std::string& icc_profile = {});

/// Errors: TooLarge, Internal.
Result<std::string> encode_png(const Picture& picture, const std::string& icc_profile = {});

} // namespace recog::render
