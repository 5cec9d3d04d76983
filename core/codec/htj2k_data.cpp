#include "core/codec/htj2k_data.hpp"

#include <algorithm>
#include <array>

namespace recog::codec {

namespace {

constexpr unsigned kSiz = 0xFF51;
constexpr unsigned kCod = 0xFF52;
constexpr unsigned kCoc = 0xFF53;
constexpr unsigned kSot = 0xFF90;
constexpr unsigned kSod = 0xFF93;
constexpr unsigned kEoc = 0xFFD9;
constexpr unsigned kMostBehindFf = 0x8F;
// All that OpenJPEG knows in a header. It looks for these within what it does not know, so such a segment
// could hide a tile-part or a coding style.
constexpr std::array kHeaderMarkers{kSiz,    kCod,    kCoc,    kSot,    0xFF50U, 0xFF55U, 0xFF57U,
                                    0xFF58U, 0xFF59U, 0xFF5CU, 0xFF5DU, 0xFF5EU, 0xFF5FU, 0xFF60U,
                                    0xFF61U, 0xFF63U, 0xFF64U, 0xFF74U, 0xFF75U, 0xFF77U, 0xFF78U};
constexpr unsigned kHtStyle = 0x40; // ISO/IEC 15444-15 A.4: of SPcod and SPcoc

class TileParts {
public:
    explicit TileParts(Bytes stream) : stream_(stream) {}

    bool keeps_rules() {
        std::size_t at = headers(2);
        while (at != 0 && at < stream_.size()) {
            at = data(at);
            at = at == 0 ? 0 : headers(at);
        }
        return !hidden_ && (!high_throughput_ || (!stray_ && one_layer_));
    }

private:
    unsigned number(std::size_t at, std::size_t length) const {
        unsigned value = 0;
        for (std::size_t i = 0; i < length && at + i < stream_.size(); ++i) {
            value = value << 8U | static_cast<unsigned>(stream_[at + i]);
        }
        return value;
    }

    void note(unsigned marker, std::size_t segment) {
        if (std::find(kHeaderMarkers.begin(), kHeaderMarkers.end(), marker) == kHeaderMarkers.end()) {
            hidden_ = true;
        }
        if (marker == kSiz) {
            wide_components_ = number(segment + 34, 2) >= 257;
        } else if (marker == kCod) {
            one_layer_ = one_layer_ && number(segment + 2, 2) == 1;
            high_throughput_ = high_throughput_ || (number(segment + 8, 1) & kHtStyle) != 0;
        } else if (marker == kCoc) {
            const std::size_t style = segment + (wide_components_ ? 2 : 1) + 4;
            high_throughput_ = high_throughput_ || (number(style, 1) & kHtStyle) != 0;
        } else if (marker == kSot) {
            tile_part_end_ = number(segment + 2, 4) == 0 ? 0 : segment - 4 + number(segment + 2, 4);
        }
    }

    /// Where data begin, or 0 where there are none.
    std::size_t headers(std::size_t at) {
        while (at + 2 <= stream_.size()) {
            const unsigned marker = number(at, 2);
            if (marker == kSod) {
                return at + 2;
            }
            if (marker == kEoc || marker < 0xFF00) {
                return 0;
            }
            note(marker, at + 4);
            at += 2 + std::max<std::size_t>(2, number(at + 2, 2));
        }
        return 0;
    }

    /// Where the next tile-part begins, or 0 where none does.
    std::size_t data(std::size_t at) {
        for (; at + 1 < stream_.size(); ++at) {
            if (stream_[at] != std::byte{0xFF} || number(at + 1, 1) <= kMostBehindFf) {
                continue;
            }
            const unsigned marker = number(at, 2);
            const bool here = at == tile_part_end_;
            if (marker == kSot && here) {
                return at;
            }
            const bool end = marker == kEoc && (here || (tile_part_end_ == 0 && at + 4 > stream_.size()));
            if (end) {
                return 0;
            }
            stray_ = true;
        }
        return 0;
    }

    Bytes stream_;
    std::size_t tile_part_end_ = 0; ///< 0: the end of the stream
    bool wide_components_ = false;
    bool high_throughput_ = false;
    bool one_layer_ = true; ///< two layers of a block are put together: what meets there was not adjacent
    bool stray_ = false;
    bool hidden_ = false; ///< something that OpenJPEG may read otherwise than we do
};

} // namespace

bool keeps_htj2k_rules(Bytes stream) {
    return TileParts(stream).keeps_rules();
}

} // namespace recog::codec
