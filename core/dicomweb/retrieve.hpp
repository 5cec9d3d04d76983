// WADO-RS answers (PS3.18 8.6.1, 8.7 and 10.4) made of bytes that stay where they are.
//
//   multipart = ("--" boundary CRLF headers CRLF CRLF payload CRLF)* "--" boundary "--" CRLF       (RFC 2387)
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/pixel_data.hpp"
#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/request.hpp"
#include "core/dicomweb/transcoder.hpp"

namespace recog::dicomweb {

/// A Part 10 file that has been opened; `owner` keeps the bytes (a mapping, or a string).
struct OpenedFile {
    Bytes bytes;
    std::shared_ptr<const void> owner;
    /// These bytes have been sent, so that their pages need not stay in memory; may be empty.
    std::function<void(std::size_t offset, std::size_t size)> release = {};
    FileSource source = {}; ///< the open file under `bytes`, if there is one; as long as `owner`
};

/// One instance of an answer. Its file is opened when the answer has got that far, and closed behind it.
struct InstanceToSend {
    std::string transfer_syntax; ///< as stored
    std::string location;        ///< Content-Location, absolute or relative URI of the instance
    std::uint64_t size = 0;      ///< bytes of the file
    std::function<Result<OpenedFile>()> open;
};

/// A larger file is sent in windows of so many bytes, each of which is released before the next one.
inline constexpr std::uint64_t kWindowBytes = 16'777'216;

/// A part that is made when it is its turn.
struct LatePart {
    std::string content_type;
    OpenedPiece payload;
};
using OpenPart = std::function<Result<LatePart>()>;

/// Takes parts one by one, then makes the response. Content-Length stands in each part, and for the whole
/// when all sizes are known before.
class MultipartWriter {
public:
    /// `type` is the media type named in the answer's Content-Type.
    explicit MultipartWriter(std::string type);
    void add(std::string_view content_type, std::string_view location, Body payload);
    void add_late(std::string_view location, OpenPart open);
    std::size_t part_count() const { return parts_.size(); }
    /// The boundary is random, so that it occurs in no part.
    Response finish() &&;

private:
    struct Part {
        std::string content_type;
        std::string location;
        Body payload;
        OpenPart open; ///< when set, the other two are not
    };
    std::string type_;
    std::vector<Part> parts_;
};

/// Study, series or instance. Parts that cannot be given in a form that the asker takes are left out: 206
/// with a warning when some are, NotAcceptable when all are. An object that turns out to be impossible to
/// transcode when the answer is under way comes as it is stored, and its part says so. `transcoder` may be
/// null, and outlives the body. Errors: NotFound (no instances), NotAcceptable, those of a single instance.
Result<Response> respond_with_instances(std::vector<InstanceToSend> instances,
                                        const std::vector<MediaRange>& accepted,
                                        const Transcoder* transcoder);

/// A file and the frames in it.
struct FramesOfFile {
    OpenedFile file;
    dicom::FrameLocator frames;
    std::string location; ///< of the instance
};

/// `numbers` count from 1. `transcoder` may be null, and outlives the body. Errors: NotFound (frame out of
/// range), NotAcceptable, those of transcoding the first frame.
Result<Response> respond_with_frames(const FramesOfFile& object, std::span<const std::uint32_t> numbers,
                                     const std::vector<MediaRange>& accepted, const Transcoder* transcoder);

/// Wraps a finished JSON text. Errors: NotAcceptable when the asker takes neither dicom+json nor json.
Result<Response> respond_with_json(std::string json, const std::vector<MediaRange>& accepted);

} // namespace recog::dicomweb
