// Any bytes as a Part 10 file that somebody wants in another transfer syntax: syntax(1) file.
#include "core/codec/image_frames.hpp"
#include "core/codec/syntaxes.hpp"
#include "core/codec/transcode.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/oflog/oflog.h>

#include "expect.hpp"

#include <array>

using namespace recog;
using namespace recog::codec;

namespace {

constexpr std::array kTargets{dicom::transfer_syntax::ImplicitVRLittleEndian,
                              dicom::transfer_syntax::ExplicitVRLittleEndian,
                              dicom::transfer_syntax::ExplicitVRBigEndian,
                              dicom::transfer_syntax::DeflatedExplicitVRLittleEndian,
                              syntax::Rle,
                              syntax::JpegLs};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
    (void)quiet;
    if (size == 0) {
        return 0;
    }
    const Bytes file = std::as_bytes(std::span(data, size)).subspan(1);
    const auto to = kTargets[data[0] % kTargets.size()];
    TranscodeOptions options;
    options.limits.inflated_bytes = 1U << 22U;
    // Frames of one bit a pixel may be many times the file; what is searched for are paths, not memory.
    if (const auto image = ImageFrames::open(file, options.limits);
        image && std::uint64_t{frame_bytes(image->format()).value_or(0)} * image->count() > (1U << 22U)) {
        return 0;
    }
    const auto made = transcode(file, to, options);
    if (!made) {
        fuzz::expect(!made.failure().text.empty(), "a failure has a sentence");
        return 0;
    }
    const auto meta = dicom::read_meta(made->file);
    fuzz::expect(meta && meta->transfer_syntax == to,
                 "a transcoded file is in the syntax that was asked for");
    // What was written anew is read again; a file in this syntax already is copied, broken or not.
    if (dicom::is_native(to) && dicom::read_meta(file)->transfer_syntax != to) {
        fuzz::expect(transcode(made->file, kTargets[1], options).ok(), "a transcoded file is read again");
    }
    return 0;
}
