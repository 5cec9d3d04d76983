// WADO-RS answers (PS3.18 8.6.1, 8.7 and 10.4) made of bytes that stay where they are.
//
//   multipart = ("--" boundary CRLF headers CRLF CRLF payload CRLF)* "--" boundary "--" CRLF       (RFC 2387)
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/pixel_data.hpp"
#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/request.hpp"

namespace recog::dicomweb {

/// The bytes of one Part 10 file; `owner` keeps them (a mapping, or a string).
struct StoredFile {
    Bytes bytes;
    std::shared_ptr<const void> owner;
    std::string transfer_syntax;
    std::string location; ///< Content-Location, absolute or relative URI of the instance
};

/// Takes parts one by one, then makes the response. Content-Length stands in each part and for the whole.
class MultipartWriter {
public:
    /// `type` is the media type named in the answer's Content-Type.
    explicit MultipartWriter(std::string type);
    void add(std::string_view content_type, std::string_view location, Body payload);
    std::size_t part_count() const { return parts_.size(); }
    /// The boundary is random, so that it occurs in no part.
    Response finish() &&;

private:
    struct Part {
        std::string content_type;
        std::string location;
        Body payload;
    };
    std::string type_;
    std::vector<Part> parts_;
};

/// Study, series or instance. Parts whose stored syntax the asker does not take are left out: 206 with a
/// warning when some are, NotAcceptable when all are. Errors: NotFound (no files), NotAcceptable.
Result<Response> respond_with_instances(std::vector<StoredFile> files,
                                        const std::vector<MediaRange>& accepted);

/// `frames` count from 1. Errors: NotFound (no pixel data, frame out of range), NotAcceptable, Malformed,
/// TooLarge.
Result<Response> respond_with_frames(const StoredFile& file, std::span<const std::uint32_t> frames,
                                     const std::vector<MediaRange>& accepted);

/// Wraps a finished JSON text. Errors: NotAcceptable when the asker takes neither dicom+json nor json.
Result<Response> respond_with_json(std::string json, const std::vector<MediaRange>& accepted);

} // namespace recog::dicomweb
