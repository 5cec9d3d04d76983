// A multipart answer whose parts are made while it is sent: several of them at once, or none where an
// instance has vanished meanwhile.
//
//   body = ("--" boundary CRLF headers CRLF CRLF payload CRLF)* "--" boundary "--" CRLF            (RFC 2046)
#pragma once

#include "core/dicomweb/request.hpp"

namespace recog::dicomweb {

/// 160 random bits, made anew for each answer: no stored byte can hold them but by a chance of 2^-120 in an
/// exabyte, and nobody can store an object that does. Looking through 2 GB for it would cost more than
/// sending them.
std::string random_boundary();

/// The line of a boundary and the header of a part, up to its payload.
std::string multipart_part_head(std::string_view boundary, std::span<const Field> headers,
                                std::optional<std::uint64_t> size);
/// Behind the last part.
std::string multipart_end(std::string_view boundary);

/// One answer's boundary and what stands between its payloads. Immutable.
class MultipartStream {
public:
    /// `subtype` is "related" or "byteranges"; `type` the media type of the parts that Content-Type names, if
    /// any.
    explicit MultipartStream(std::string_view subtype, std::string_view type = {});

    /// Of the whole answer.
    const std::string& content_type() const { return content_type_; }
    /// What stands before a payload; kPartEnd follows behind it.
    std::string part_head(std::span<const Field> headers, std::optional<std::uint64_t> size) const {
        return multipart_part_head(boundary_, headers, size);
    }
    std::string end() const { return multipart_end(boundary_); }

    static constexpr std::string_view kPartEnd = "\r\n";

private:
    std::string boundary_;
    std::string content_type_;
};

} // namespace recog::dicomweb
