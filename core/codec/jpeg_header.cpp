#include "core/codec/jpeg_header.hpp"

#include <algorithm>

namespace recog::codec {

namespace {

constexpr unsigned kStartOfImage = 0xD8;
constexpr unsigned kStartOfScan = 0xDA;
constexpr unsigned kJpegLsFrame = 0xF7;
constexpr unsigned kApp0 = 0xE0;
constexpr unsigned kApp8 = 0xE8;
constexpr unsigned kApp14 = 0xEE;

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

unsigned u8(Bytes bytes, std::size_t at) {
    return static_cast<unsigned>(bytes[at]);
}

unsigned u16(Bytes bytes, std::size_t at) {
    return u8(bytes, at) << 8U | u8(bytes, at + 1);
}

bool is_frame(unsigned marker) {
    // SOF0 to SOF15 without DHT, JPG and DAC, which lie among them.
    return marker == kJpegLsFrame ||
           (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
}

JpegProcess process_of(unsigned marker) {
    switch (marker) {
    case 0xC0:
    case 0xC1:
    case 0xC2:
        return JpegProcess::Lossy;
    case 0xC3:
        return JpegProcess::Lossless;
    case kJpegLsFrame:
        return JpegProcess::Ls;
    default:
        return JpegProcess::Other; // hierarchical and arithmetic ones are retired in DICOM
    }
}

bool begins_with(Bytes segment, std::string_view text) {
    return segment.size() >= text.size() &&
           std::equal(text.begin(), text.end(), segment.begin(),
                      [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

Status take_frame(JpegHeader& header, unsigned marker, Bytes segment) {
    if (segment.size() < 6 || segment.size() < 6 + std::size_t{3} * u8(segment, 5)) {
        return malformed("the frame header of the JPEG stream is cut short");
    }
    if (header.components != 0) {
        return malformed("the JPEG stream has two frame headers");
    }
    header.process = process_of(marker);
    header.precision = u8(segment, 0);
    header.rows = u16(segment, 1);
    header.columns = u16(segment, 3);
    header.components = u8(segment, 5);
    if (header.precision == 0 || header.precision > 16 || header.rows == 0 || header.columns == 0 ||
        header.components == 0) {
        return malformed("the frame header of the JPEG stream gives no size");
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(header.components, header.ids.size()); ++i) {
        header.ids[i] = u8(segment, 6 + 3 * i);
    }
    return {};
}

void take_application(JpegHeader& header, unsigned marker, Bytes segment) {
    constexpr std::size_t kAdobeTransform = 11;
    if (marker == kApp0 && begins_with(segment, std::string_view("JFIF\0", 5))) {
        header.jfif = true;
    } else if (marker == kApp14 && begins_with(segment, "Adobe") && segment.size() > kAdobeTransform) {
        header.adobe = u8(segment, kAdobeTransform);
    } else if (marker == kApp8 && begins_with(segment, "mrfx") && segment.size() > 4) {
        header.hp_transform = u8(segment, 4);
    }
}

Result<JpegHeader> scan_reached(JpegHeader header, Bytes segment) {
    if (header.components == 0) {
        return malformed("the JPEG stream has a scan before its frame header");
    }
    if (segment.empty() || segment.size() < 1 + 2 * std::size_t{u8(segment, 0)} + 3) {
        return malformed("the scan header of the JPEG stream is cut short");
    }
    const std::size_t parameters = 1 + 2 * std::size_t{u8(segment, 0)}; // Ss (NEAR of JPEG-LS), Se, Ah and Al
    header.near = header.process == JpegProcess::Ls ? u8(segment, parameters) : 0;
    header.odd_scan =
        u8(segment, parameters) != 0 || u8(segment, parameters + 1) != 63 || u8(segment, parameters + 2) != 0;
    return header;
}

} // namespace

Result<JpegHeader> read_jpeg_header(Bytes stream) {
    if (stream.size() < 4 || u8(stream, 0) != 0xFF || u8(stream, 1) != kStartOfImage) {
        return malformed("the frame does not begin as a JPEG stream");
    }
    JpegHeader header;
    std::size_t at = 2;
    while (stream.size() - at >= 4) {
        if (u8(stream, at) != 0xFF) {
            return malformed("the JPEG stream has something between its markers");
        }
        const unsigned marker = u8(stream, at + 1);
        if (marker == 0xFF) { // fill bytes, B.1.1.2
            ++at;
            continue;
        }
        const std::size_t length = u16(stream, at + 2);
        if (length < 2 || length > stream.size() - at - 2) {
            return malformed("a marker segment of the JPEG stream is cut short");
        }
        const Bytes segment = stream.subspan(at + 4, length - 2);
        if (marker == kStartOfScan) {
            return scan_reached(std::move(header), segment);
        }
        if (is_frame(marker)) {
            if (const Status taken = take_frame(header, marker, segment); !taken) {
                return taken.failure();
            }
        }
        take_application(header, marker, segment);
        at += 2 + length;
    }
    return malformed("the JPEG stream ends before its first scan");
}

bool is_ycbcr(const JpegHeader& header, std::string_view photometric) {
    if (header.components != 3) {
        return false;
    }
    if (header.adobe) {
        return *header.adobe != 0;
    }
    if (header.jfif) {
        return true;
    }
    if (header.ids[0] == 'R' && header.ids[1] == 'G' && header.ids[2] == 'B') {
        return false;
    }
    return !photometric.starts_with("RGB");
}

} // namespace recog::codec
