// Bulk data as answers (PS3.18 8.7.3.3 and 10.4.1.1.5): bytes that stay where they are in the file.
#pragma once

#include "core/dicom/bulk_values.hpp"
#include "core/dicomweb/accept.hpp"
#include "core/dicomweb/request.hpp"
#include "core/dicomweb/retrieve.hpp"

namespace recog::dicomweb {

inline constexpr std::size_t kMaxBulkPathSteps = 64;

/// "/0040A730/2/00420011" from the segments of a BulkDataURI: GGGGEEEE (item GGGGEEEE)*, hexadecimal digits
/// of either case, items from 1. Errors: BadRequest.
Result<std::string> parse_bulk_path(std::span<const std::string> segments);

/// The bytes of one bulk value: little endian, fragments joined without their headers.
class BulkContent {
public:
    /// `value` was found in `file`.
    BulkContent(const dicom::StoredBulkValue& value, OpenedFile file);

    std::uint64_t size() const { return size_; }
    /// Appends bytes [begin, end) without a copy. What is longer than a window is sent window by window, and
    /// its pages are given back behind it; big endian words are turned round while they are sent.
    void append_to(Body& body, std::uint64_t begin, std::uint64_t end) const;
    void append_to(Body& body) const { append_to(body, 0, size_); }

private:
    void append_run(Body& body, Bytes run) const;
    void append_turned(Body& body, std::size_t begin, std::size_t end) const;

    std::vector<Bytes> runs_;
    OpenedFile file_;
    std::shared_ptr<const void> owner_; ///< of what the runs point into
    std::uint64_t size_ = 0;
    std::size_t word_ = 1;
};

/// One value and how it may be called.
struct BulkAnswer {
    BulkContent content;
    std::string own_type;        ///< a media type besides application/octet-stream; may be empty
    std::string transfer_syntax; ///< stated with own_type and octet-stream when not empty
    std::string location;        ///< Content-Location
    std::string entity_tag;      ///< strong, with its quotes; empty when there is none
};

/// One part for whoever takes a single part, and then with byte ranges (206, 416; several as
/// multipart/byteranges); a multipart/related of one part for whoever asks for that, and then ranges are
/// ignored. If-Match and If-None-Match come first (412, 304). With If-Range, ranges count only when it names
/// `entity_tag`. Errors: NotAcceptable.
Result<Response> respond_with_bulk(const Request& request, const BulkAnswer& answer);

/// Whether parts of multipart/related may be application/octet-stream.
bool takes_octet_parts(const std::vector<MediaRange>& accepted);

/// The media type an encapsulated document is given in besides application/octet-stream: what the object
/// says, in lower case, if it is among those that PS3.3 knows; else empty. Others would be taken by browsers
/// for pages of this server.
std::string document_type(std::string_view stated);

} // namespace recog::dicomweb
