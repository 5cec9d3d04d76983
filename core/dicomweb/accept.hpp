// Content negotiation of PS3.18 8.7: which media type and transfer syntax an answer is given in.
#pragma once

#include "core/base/result.hpp"
#include "core/dicomweb/request.hpp"

#include <functional>
#include <optional>

namespace recog::dicomweb {

class Transcoder;

inline constexpr std::size_t kMaxAcceptBytes = 16'384;
inline constexpr std::size_t kMaxMediaRanges = 64;

/// One entry of an Accept header; types are in lower case.
struct MediaRange {
    std::string type;            ///< "multipart/related", "application/dicom+json", "image/*", "*/*"
    std::string inner_type;      ///< the `type` parameter of multipart/related; "*/*" when absent
    std::string transfer_syntax; ///< "*", a UID, or empty when not stated
    int quality = 1000;          ///< q in thousandths, 0 to 1000

    bool multipart() const { return type == "multipart/related" || type == "multipart/*"; }
    /// The type of the payload: inner_type of a multipart, else type.
    const std::string& payload() const { return multipart() ? inner_type : type; }
};

/// Entries that cannot be read are ignored (PS3.18 8.7.4); so is everything beyond the limits. Order is kept.
std::vector<MediaRange> parse_accept(std::string_view value);

/// Media types of a query parameter: '+' is a space in a query as browsers write it, and itself in a URI as
/// the examples of PS3.18 write it. No media type holds a blank, so one between two characters of a token is
/// a '+'.
std::string with_literal_plus(std::string text);

/// The `accept` query parameter, when present, stands for the header (PS3.18 8.3.3.1); an absent or empty
/// header is `*/*`; a header of which nothing can be read gives an empty list, which accepts nothing.
std::vector<MediaRange> accepted(const Request& request);

/// How one instance or frame is to be sent.
struct Representation {
    std::string media_type; ///< "application/dicom", "application/octet-stream", "image/jls", ...
    std::string transfer_syntax;
    bool multipart = true;
    bool transcode = false; ///< else the bytes are given as they are stored
    friend bool operator==(const Representation&, const Representation&) = default;
};

/// The media type of a frame or of pixel data stored in this syntax (PS3.18 tables 8.7.3-2 and 8.7.3-5);
/// "application/octet-stream" for uncompressed and unknown ones.
std::string_view frame_media_type(std::string_view transfer_syntax);

/// A whole instance. The best quality wins; within it what needs no transcoding, then the order of the
/// header. nullopt: the asker takes nothing that can be made, which without a transcoder is what is stored.
std::optional<Representation> choose_instance(const std::vector<MediaRange>& accepted,
                                              std::string_view stored_syntax,
                                              const Transcoder* transcoder = nullptr);

/// A frame.
std::optional<Representation> choose_frame(const std::vector<MediaRange>& accepted,
                                           std::string_view stored_syntax,
                                           const Transcoder* transcoder = nullptr);

/// Which of `count` things is wanted most, by RFC 9110 12.5.1: the quality of each is that of the range that
/// means it most exactly. Among equals the one comes first whose range does, then the order of the things.
/// `exactness` tells how exactly a range means the thing of this number; nullopt when it does not. nullopt:
/// none is wanted.
std::optional<std::size_t>
most_wanted(const std::vector<MediaRange>& accepted, std::size_t count,
            const std::function<std::optional<int>(const MediaRange&, std::size_t)>& exactness);

/// For answers that exist in one form only per type: the best of `offered` (in order of preference), such as
/// {"application/dicom+json", "application/json"}. nullopt is 406.
std::optional<std::string> choose_media_type(const std::vector<MediaRange>& accepted,
                                             std::span<const std::string_view> offered);

} // namespace recog::dicomweb
