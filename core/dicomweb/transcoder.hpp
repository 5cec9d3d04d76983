// What an answer needs of the codecs, so that this floor stays free of them.
#pragma once

#include "core/dicom/pixel_data.hpp"
#include "core/dicomweb/request.hpp"

namespace recog::dicomweb {

/// Any thread may call any function. Outlives every answer that it was given to.
class Transcoder {
public:
    virtual ~Transcoder() = default;

    /// Whether objects of one transfer syntax can be given in another, as far as the syntaxes tell.
    virtual bool can(std::string_view from, std::string_view to) const = 0;
    /// A whole Part 10 file in another syntax. Errors: NotAcceptable (these pixels cannot be given so),
    /// Malformed, TooLarge.
    virtual Result<OpenedPiece> instance(Bytes file, std::string_view to) const = 0;
    /// One frame, counted from 1, as its bytes stand in an object of that syntax; uncompressed: in little
    /// endian. `frames` are those of `file`. Errors: as above, NotFound (no such frame).
    virtual Result<OpenedPiece> frame(Bytes file, const dicom::FrameLocator& frames, std::uint32_t number,
                                      std::string_view to) const = 0;
};

} // namespace recog::dicomweb
