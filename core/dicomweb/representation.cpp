// Which form an answer takes. PS3.18 8.7.3.5.2 and 8.7.3.6; where it leaves room, so:
//
//   application/dicom without transfer-syntax   Explicit VR Little Endian, the standard's default. What
//   nobody
//                                               can decode here is given as stored, named in the part's
//                                               Content-Type, instead of not at all.
//   octet-stream without transfer-syntax        uncompressed: its bytes mean pixels to the asker
//   image/... without transfer-syntax or with * as stored when that is of this media type, else the lossless
//                                               syntax that is the type's default
//   */* or multipart/related of any type        as stored, in the media type of its compression
//
// Pixels are compressed with loss only for who names such a syntax.
#include "core/dicomweb/accept.hpp"

#include "core/dicom/part10.hpp"
#include "core/dicomweb/transcoder.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kDicom = "application/dicom";
constexpr std::string_view kOctetStream = "application/octet-stream";
constexpr std::string_view kAny = "*/*";

// "image/x-jls": how types were written before they were registered, and by dicomweb-client to this day.
bool is_old_name(std::string_view range, std::string_view type) {
    constexpr std::string_view kPrefix = "image/x-";
    return range.starts_with(kPrefix) && type.starts_with("image/") &&
           range.substr(kPrefix.size()) == type.substr(6);
}

bool covers(std::string_view range, std::string_view type) {
    if (range == kAny || range == type || is_old_name(range, type)) {
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
        const bool as_good = chosen && range.quality == quality && chosen->transcode;
        if (range.quality <= quality && !as_good) {
            continue;
        }
        std::optional<Representation> offered = represent(range);
        if (offered && as_good && offered->transcode) {
            continue;
        }
        if (offered && !is_shut_out(ranges, range, offered->media_type)) {
            offered->multipart = range.multipart() || range.type == kAny;
            quality = range.quality;
            chosen = std::move(offered);
        }
    }
    return chosen;
}

/// Wide ranges as if they named octets: what they mean first may be shut out by a more exact one.
std::vector<MediaRange> octets_instead(std::vector<MediaRange> ranges) {
    for (MediaRange& range : ranges) {
        if (range.payload() == kAny) {
            range.type = "multipart/related";
            range.inner_type = kOctetStream;
        }
    }
    return ranges;
}

/// Syntaxes out of one another, for one stored object.
class Offers {
public:
    Offers(std::string_view stored, const Transcoder* transcoder)
        : stored_(stored), transcoder_(transcoder) {}

    std::optional<Representation> instance(const MediaRange& range) const {
        const std::string_view wanted = range.transfer_syntax;
        if (!covers(range.payload(), kDicom)) {
            return std::nullopt;
        }
        const bool takes_default = wanted.empty() && range.payload() == kDicom;
        if (wanted == "*" || wanted == stored_ || (wanted.empty() && !takes_default)) {
            return as_stored(kDicom);
        }
        const std::string_view target = takes_default ? kExplicitLittle : wanted;
        auto made = transcoded(kDicom, target);
        return made || !takes_default ? made : as_stored(kDicom);
    }

    std::optional<Representation> frame(const MediaRange& range) const {
        auto offered = dicom::is_native(stored_) ? native_frame(range) : compressed_frame(range);
        return offered ? offered : made_frame(range);
    }

private:
    static constexpr std::string_view kExplicitLittle = dicom::transfer_syntax::ExplicitVRLittleEndian;

    Representation as_stored(std::string_view media_type) const {
        return {std::string(media_type), std::string(stored_)};
    }

    std::optional<Representation> transcoded(std::string_view media_type, std::string_view target) const {
        if (target == stored_) {
            return as_stored(media_type);
        }
        if (transcoder_ == nullptr || !transcoder_->can(stored_, target)) {
            return std::nullopt;
        }
        return Representation{std::string(media_type), std::string(target), true, true};
    }

    std::optional<Representation> native_frame(const MediaRange& range) const {
        // PS3.18 8.7.3.3: uncompressed frames are little endian bytes, whatever their data set's encoding is.
        const std::string_view wanted = range.transfer_syntax;
        const bool syntax_fits =
            wanted.empty() || wanted == "*" || wanted == stored_ || is_uncompressed_little_endian(wanted);
        if (!syntax_fits || !covers(range.payload(), kOctetStream)) {
            return std::nullopt;
        }
        return Representation{std::string(kOctetStream), std::string(kExplicitLittle)};
    }

    std::optional<Representation> compressed_frame(const MediaRange& range) const {
        const bool any_syntax = range.transfer_syntax == "*" || range.transfer_syntax == stored_;
        const std::string_view own_type = frame_media_type(stored_);
        if (covers(range.payload(), own_type) && (any_syntax || range.transfer_syntax.empty())) {
            return as_stored(own_type);
        }
        return covers(range.payload(), kOctetStream) && any_syntax ? std::optional(as_stored(kOctetStream))
                                                                   : std::nullopt;
    }

    std::optional<Representation> made_frame(const MediaRange& range) const {
        const std::string_view wanted = range.transfer_syntax;
        if (!wanted.empty() && wanted != "*") {
            return frame_in(range, is_uncompressed_little_endian(wanted) ? kExplicitLittle : wanted);
        }
        if (wanted.empty() && covers(range.payload(), kOctetStream)) {
            return transcoded(kOctetStream, kExplicitLittle);
        }
        for (const std::string_view lossless : kLosslessDefaults) {
            auto offered = covers(range.payload(), frame_media_type(lossless))
                               ? transcoded(frame_media_type(lossless), lossless)
                               : std::nullopt;
            if (offered) {
                return offered;
            }
        }
        return std::nullopt;
    }

    std::optional<Representation> frame_in(const MediaRange& range, std::string_view target) const {
        const std::string_view own_type = frame_media_type(target);
        if (covers(range.payload(), own_type)) {
            return transcoded(own_type, target);
        }
        return covers(range.payload(), kOctetStream) ? transcoded(kOctetStream, target) : std::nullopt;
    }

    static bool is_uncompressed_little_endian(std::string_view syntax) {
        return syntax == kExplicitLittle || syntax == dicom::transfer_syntax::ImplicitVRLittleEndian;
    }

    /// PS3.18 table 8.7.3-5: the default of each media type, as far as it is lossless. For image/* the first
    /// that can be made.
    static constexpr std::string_view kLosslessDefaults[] = {
        "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",  "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.4.110"};

    std::string_view stored_;
    const Transcoder* transcoder_;
};

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
                                              std::string_view stored, const Transcoder* transcoder) {
    const Offers offers(stored, transcoder);
    return best(accepted, [&](const MediaRange& range) { return offers.instance(range); });
}

std::optional<Representation> choose_frame(const std::vector<MediaRange>& accepted, std::string_view stored,
                                           const Transcoder* transcoder) {
    const Offers offers(stored, transcoder);
    const auto represent = [&](const MediaRange& range) { return offers.frame(range); };
    auto chosen = best(accepted, represent);
    return chosen ? chosen : best(octets_instead(accepted), represent);
}

std::optional<std::string> choose_media_type(const std::vector<MediaRange>& accepted,
                                             std::span<const std::string_view> offered) {
    const auto chosen = most_wanted(accepted, offered.size(), [&](const MediaRange& range, std::size_t i) {
        return !range.multipart() && covers(range.type, offered[i]) ? std::optional(exactness(range.type))
                                                                    : std::nullopt;
    });
    return chosen ? std::optional(std::string(offered[*chosen])) : std::nullopt;
}

} // namespace recog::dicomweb
