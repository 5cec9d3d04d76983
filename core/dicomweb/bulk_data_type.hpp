// The media types under which bulk data comes (PS3.18 8.7.3.3), and the transfer syntaxes that each may hold.
#pragma once

#include "core/base/result.hpp"
#include "core/dicomweb/media_type.hpp"

#include <string>
#include <string_view>

namespace recog::dicomweb {

/// How pixel data that came as parts of one type is to be stored.
struct PixelDataType {
    std::string transfer_syntax;
    bool video = false;
};

/// `stated_elsewhere`: what the metadata says, such as Transfer Syntax UID (0002,0010); may be empty.
/// `found`: what the first bytes of the data show themselves to be; may be empty. The parameter of the media
/// type counts first, then what is stated elsewhere, then what is found, then the type's default.
/// Uncompressed data is little endian, so that whatever native syntax is stated becomes Explicit VR Little
/// Endian. Errors: UnsupportedMediaType.
Result<PixelDataType> pixel_data_type(const MediaType& type, std::string_view stated_elsewhere,
                                      std::string_view found);

} // namespace recog::dicomweb
