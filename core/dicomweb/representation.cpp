// Which form an answer takes, out of those it can be given in without transcoding.
//
// Decisions, for objects as stored:
//   application/dicom without transfer-syntax   as stored, named in the part's Content-Type. The standard's
//   default
//                                               (Explicit VR Little Endian) would turn every compressed
//                                               object away.
//   octet-stream without transfer-syntax        only when stored uncompressed: its bytes mean pixels to the
//   asker
//   */* or multipart/related of any type        as stored, in the media type of its compression
#include "core/dicomweb/accept.hpp"

#include "core/dicom/part10.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kDicom = "application/dicom";
constexpr std::string_view kOctetStream = "application/octet-stream";
constexpr std::string_view kAny = "*/*";

bool covers(std::string_view range, std::string_view type) {
    if (range == kAny || range == type) {
        return true;
    }
    return range.ends_with("/*") && type.substr(0, type.find('/')) == range.substr(0, range.size() - 2);
}

int exactness(std::string_view payload) {
    return payload == kAny ? 0 : payload.ends_with("/*") ? 1 : 2;
}

// RFC 9110 12.5.1: q=0 shuts out what it covers, unless a more exact range lets it in.
bool is_shut_out(const std::vector<MediaRange>& ranges, const MediaRange& admitted,
                 std::string_view media_type) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const MediaRange& range) {
        const bool same_form = range.type == kAny || range.multipart() == admitted.multipart();
        return range.quality == 0 && same_form && range.transfer_syntax.empty() &&
               covers(range.payload(), media_type) &&
               exactness(range.payload()) >= exactness(admitted.payload());
    });
}

template <typename Represent>
std::optional<Representation> best(const std::vector<MediaRange>& ranges, Represent represent) {
    std::optional<Representation> chosen;
    int quality = 0;
    for (const MediaRange& range : ranges) {
        if (range.quality <= quality) {
            continue;
        }
        std::optional<Representation> offered = represent(range);
        if (offered && !is_shut_out(ranges, range, offered->media_type)) {
            offered->multipart = range.multipart() || range.type == kAny;
            quality = range.quality;
            chosen = std::move(offered);
        }
    }
    return chosen;
}

std::optional<Representation> represent_native_frame(const MediaRange& range, std::string_view stored) {
    // PS3.18 8.7.3.3: uncompressed frames are little endian bytes, whatever their data set's encoding is.
    const std::string_view wanted = range.transfer_syntax;
    const bool syntax_fits = wanted.empty() || wanted == "*" || wanted == stored ||
                             wanted == dicom::transfer_syntax::ExplicitVRLittleEndian ||
                             wanted == dicom::transfer_syntax::ImplicitVRLittleEndian;
    if (!syntax_fits || !covers(range.payload(), kOctetStream)) {
        return std::nullopt;
    }
    return Representation{std::string(kOctetStream),
                          std::string(dicom::transfer_syntax::ExplicitVRLittleEndian)};
}

std::optional<Representation> represent_compressed_frame(const MediaRange& range, std::string_view stored) {
    const bool any_syntax = range.transfer_syntax == "*" || range.transfer_syntax == stored;
    const std::string_view own_type = frame_media_type(stored);
    if (covers(range.payload(), own_type) && (any_syntax || range.transfer_syntax.empty())) {
        return Representation{std::string(own_type), std::string(stored)};
    }
    if (covers(range.payload(), kOctetStream) && any_syntax) {
        return Representation{std::string(kOctetStream), std::string(stored)};
    }
    return std::nullopt;
}

} // namespace

std::string_view frame_media_type(std::string_view syntax) {
    struct Entry {
        std::string_view syntax;
        std::string_view media_type;
    };
    // PS3.18 tables 8.7.3-5 to 8.7.3-7
    static constexpr Entry kTypes[] = {
        {"1.2.840.10008.1.2.4.50", "image/jpeg"},   {"1.2.840.10008.1.2.4.51", "image/jpeg"},
        {"1.2.840.10008.1.2.4.57", "image/jpeg"},   {"1.2.840.10008.1.2.4.70", "image/jpeg"},
        {"1.2.840.10008.1.2.5", "image/dicom-rle"}, {"1.2.840.10008.1.2.4.80", "image/jls"},
        {"1.2.840.10008.1.2.4.81", "image/jls"},    {"1.2.840.10008.1.2.4.90", "image/jp2"},
        {"1.2.840.10008.1.2.4.91", "image/jp2"},    {"1.2.840.10008.1.2.4.92", "image/jpx"},
        {"1.2.840.10008.1.2.4.93", "image/jpx"},    {"1.2.840.10008.1.2.4.110", "image/jxl"},
        {"1.2.840.10008.1.2.4.111", "image/jxl"},   {"1.2.840.10008.1.2.4.112", "image/jxl"},
        {"1.2.840.10008.1.2.4.201", "image/jphc"},  {"1.2.840.10008.1.2.4.202", "image/jphc"},
        {"1.2.840.10008.1.2.4.203", "image/jphc"},  {"1.2.840.10008.1.2.4.100", "video/mpeg"},
        {"1.2.840.10008.1.2.4.101", "video/mpeg"},  {"1.2.840.10008.1.2.4.102", "video/mp4"},
        {"1.2.840.10008.1.2.4.103", "video/mp4"},   {"1.2.840.10008.1.2.4.104", "video/mp4"},
        {"1.2.840.10008.1.2.4.105", "video/mp4"},   {"1.2.840.10008.1.2.4.106", "video/mp4"},
        {"1.2.840.10008.1.2.4.107", "video/mp4"},   {"1.2.840.10008.1.2.4.108", "video/mp4"},
    };
    for (const Entry& entry : kTypes) {
        if (entry.syntax == syntax) {
            return entry.media_type;
        }
    }
    return kOctetStream;
}

std::optional<Representation> choose_instance(const std::vector<MediaRange>& accepted,
                                              std::string_view stored) {
    return best(accepted, [&](const MediaRange& range) -> std::optional<Representation> {
        const std::string_view wanted = range.transfer_syntax;
        if (!covers(range.payload(), kDicom) || (!wanted.empty() && wanted != "*" && wanted != stored)) {
            return std::nullopt;
        }
        return Representation{std::string(kDicom), std::string(stored)};
    });
}

std::optional<Representation> choose_frame(const std::vector<MediaRange>& accepted, std::string_view stored) {
    const bool native = dicom::is_native(stored);
    return best(accepted, [&](const MediaRange& range) {
        return native ? represent_native_frame(range, stored) : represent_compressed_frame(range, stored);
    });
}

std::optional<std::string> choose_media_type(const std::vector<MediaRange>& accepted,
                                             std::span<const std::string_view> offered) {
    const auto chosen = best(accepted, [&](const MediaRange& range) -> std::optional<Representation> {
        const auto at = std::find_if(offered.begin(), offered.end(), [&](std::string_view type) {
            return !range.multipart() && covers(range.type, type);
        });
        return at != offered.end() ? std::optional(Representation{std::string(*at), {}}) : std::nullopt;
    });
    return chosen ? std::optional(chosen->media_type) : std::nullopt;
}

} // namespace recog::dicomweb
