// The codecs as the answers of DICOMweb and the send engine use them.
#pragma once

#include "core/codec/image_frames.hpp"
#include "core/codec/transcode.hpp"
#include "core/dicomweb/transcoder.hpp"

namespace recog::rest {

/// Has no state: any thread may call any function.
class CodecTranscoder final : public dicomweb::Transcoder {
public:
    bool can(std::string_view from, std::string_view to) const override;
    Result<dicomweb::OpenedPiece> instance(dicomweb::Bytes file, std::string_view to) const override;
    Result<dicomweb::OpenedPiece> frame(dicomweb::Bytes file, const dicom::FrameLocator& frames,
                                        std::uint32_t number, std::string_view to) const override;
};

} // namespace recog::rest
