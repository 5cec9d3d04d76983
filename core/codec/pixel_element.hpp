// The pixel data element of a transcoded file: its frames in the new syntax, one after the other.
#pragma once

#include "core/codec/image_frames.hpp"

#include <vector>

namespace recog::codec {

/// A file's frames in a compressed syntax.
struct CompressedFrames {
    PixelFormat format;
    std::vector<std::vector<std::byte>> frames;
    bool lossy = false;
    std::uint64_t raw_bytes = 0; ///< of the uncompressed frames
    std::uint64_t bytes = 0;
};

/// Errors: those of ImageFrames::frame(); NotAcceptable when frames come out in different formats.
Result<CompressedFrames> compress(const ImageFrames& image, std::string_view syntax,
                                  const EncodeOptions& options);

/// PS3.5 A.4: offset table, a fragment for each frame, delimiter. Frees the frames on its way. When a frame
/// begins beyond 4 GiB the table is empty.
void append_fragments(std::vector<std::byte>& out, CompressedFrames& compressed);

/// Format of the frames when they are decoded: that of the first.
struct NativeFrames {
    PixelFormat format;
    std::uint64_t bytes = 0; ///< of all, without padding
    Raster first;
};
Result<NativeFrames> look_at(const ImageFrames& image);

/// The element with its header. Errors: those of ImageFrames::raster(), TooLarge, NotAcceptable.
Status append_native(std::vector<std::byte>& out, const ImageFrames& image, NativeFrames native,
                     dicom::Encoding encoding);

} // namespace recog::codec
