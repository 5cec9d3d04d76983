#include "plugin/rest/codec_transcoder.hpp"

namespace recog::rest {

namespace {

dicomweb::OpenedPiece piece_of(std::vector<std::byte> bytes) {
    const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return {{dicomweb::Bytes(*owner)}, owner};
}

} // namespace

bool CodecTranscoder::can(std::string_view from, std::string_view to) const {
    return codec::can_transcode(from, to);
}

Result<dicomweb::OpenedPiece> CodecTranscoder::instance(dicomweb::Bytes file, std::string_view to) const {
    codec::TranscodeOptions options;
    // It was asked for by this UID, and by a syntax with loss if it is one.
    options.keep_instance_uid = true;
    auto made = codec::transcode(file, to, options);
    if (!made) {
        return made.failure();
    }
    return piece_of(std::move(made->file));
}

Result<dicomweb::OpenedPiece> CodecTranscoder::frame(dicomweb::Bytes file, const dicom::FrameLocator&,
                                                     std::uint32_t number, std::string_view to) const {
    auto made = codec::frame_in(file, number, to);
    if (!made) {
        return made.failure();
    }
    return piece_of(std::move(made->bytes));
}

} // namespace recog::rest
