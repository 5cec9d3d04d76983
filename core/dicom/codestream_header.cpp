#include "core/dicom/codestream_header.hpp"

#include "core/dicom/element_scanner.hpp"

namespace recog::dicom {

namespace {

constexpr std::uint16_t kStartOfImage = 0xFFD8;
constexpr std::uint16_t kStartOfScan = 0xFFDA;
constexpr std::uint16_t kStartOfCodestream = 0xFF4F;
constexpr std::uint16_t kSize = 0xFF51;
constexpr std::uint16_t kCapabilities = 0xFF50;
constexpr std::uint16_t kCodingDefault = 0xFF52;
constexpr std::uint16_t kStartOfTile = 0xFF90;
constexpr std::uint16_t kBaseline = 0xFFC0;
constexpr std::uint16_t kExtended = 0xFFC1;
constexpr std::uint16_t kLossless = 0xFFC3;
constexpr std::uint16_t kJpegLs = 0xFFF7;

/// A marker segment; `body` is what stands behind its length.
struct Segment {
    std::uint16_t marker = 0;
    Bytes body;

    std::uint32_t byte(std::size_t at) const { return std::to_integer<std::uint32_t>(body[at]); }
    std::uint32_t u16(std::size_t at) const { return read_u16(body, at, true); }
    std::uint32_t u32(std::size_t at) const { return read_u32(body, at, true); }
};

/// Takes the segment at the front off. nullopt at the end, and for what is none.
std::optional<Segment> take_segment(Bytes& rest) {
    while (rest.size() > 2 && read_u16(rest, 0, true) == 0xFFFF) {
        rest = rest.subspan(1); // fill bytes
    }
    if (rest.size() < 4 || std::to_integer<unsigned>(rest[0]) != 0xFF) {
        return std::nullopt;
    }
    const std::size_t length = read_u16(rest, 2, true);
    if (length < 2 || length > rest.size() - 2) {
        return std::nullopt;
    }
    const Segment segment{read_u16(rest, 0, true), rest.subspan(4, length - 2)};
    rest = rest.subspan(2 + length);
    return segment;
}

// The last bytes of a scan's header: predictor (lossless) or NEAR (JPEG-LS), then two more.
std::optional<std::uint32_t> scan_selection(const Segment& scan) {
    const std::size_t components = scan.body.empty() ? 0 : scan.byte(0);
    const std::size_t at = 1 + 2 * components;
    return scan.body.size() >= at + 3 ? std::optional<std::uint32_t>(scan.byte(at)) : std::nullopt;
}

std::string_view jpeg_syntax(std::uint16_t frame, std::uint32_t selection) {
    switch (frame) {
    case kBaseline:
        return "1.2.840.10008.1.2.4.50";
    case kExtended:
        return "1.2.840.10008.1.2.4.51";
    case kLossless:
        return selection == 1 ? "1.2.840.10008.1.2.4.70" : "1.2.840.10008.1.2.4.57";
    default:
        return selection == 0 ? "1.2.840.10008.1.2.4.80" : "1.2.840.10008.1.2.4.81";
    }
}

std::optional<CodestreamHeader> read_jpeg(Bytes rest) {
    CodestreamHeader header;
    std::uint16_t frame = 0;
    while (const auto segment = take_segment(rest)) {
        const bool is_frame = segment->marker == kBaseline || segment->marker == kExtended ||
                              segment->marker == kLossless || segment->marker == kJpegLs;
        if (is_frame && segment->body.size() >= 6) {
            frame = segment->marker;
            header.bits = segment->byte(0);
            header.rows = segment->u16(1);
            header.columns = segment->u16(3);
            header.samples = segment->byte(5);
        }
        if (segment->marker != kStartOfScan) {
            continue;
        }
        const auto selection = scan_selection(*segment);
        if (frame == 0 || !selection) {
            return std::nullopt;
        }
        header.transfer_syntax = jpeg_syntax(frame, *selection);
        const bool lossy = frame == kBaseline || frame == kExtended;
        header.photometric_interpretation = header.samples == 1 ? "MONOCHROME2"
                                            : lossy             ? "YBR_FULL_422"
                                                                : "RGB";
        return header;
    }
    return std::nullopt;
}

// SIZ: capabilities(2) X(4) Y(4) XO(4) YO(4) tiles(16) components(2) (depth(1) XR(1) YR(1))*
bool take_size(const Segment& segment, CodestreamHeader& header) {
    if (segment.body.size() < 37 || segment.u32(2) < segment.u32(10) || segment.u32(6) < segment.u32(14)) {
        return false;
    }
    header.columns = segment.u32(2) - segment.u32(10);
    header.rows = segment.u32(6) - segment.u32(14);
    header.samples = segment.u16(34);
    header.bits = (segment.byte(36) & 0x7FU) + 1;
    header.is_signed = (segment.byte(36) & 0x80U) != 0;
    return true;
}

std::optional<CodestreamHeader> read_jpeg_2000(Bytes rest) {
    CodestreamHeader header;
    bool high_throughput = false;
    bool sized = false;
    while (const auto segment = take_segment(rest)) {
        if (segment->marker == kSize) {
            sized = take_size(*segment, header);
        } else if (segment->marker == kCapabilities && segment->body.size() >= 4) {
            high_throughput = (segment->u32(0) & 0x0002'0000U) != 0; // Pcap 15
        } else if (segment->marker == kCodingDefault && segment->body.size() >= 10) {
            // Scod(1) progression(1) layers(2) component transform(1) levels, block (4) wavelet(1)
            const bool reversible = segment->byte(9) == 1;
            const bool mixed = segment->byte(4) == 1;
            header.transfer_syntax =
                high_throughput ? (reversible ? "1.2.840.10008.1.2.4.201" : "1.2.840.10008.1.2.4.203")
                                : (reversible ? "1.2.840.10008.1.2.4.90" : "1.2.840.10008.1.2.4.91");
            header.photometric_interpretation = header.samples == 1 ? "MONOCHROME2"
                                                : !mixed            ? "RGB"
                                                : reversible        ? "YBR_RCT"
                                                                    : "YBR_ICT";
        }
        if (segment->marker == kStartOfTile) {
            break;
        }
    }
    return sized && !header.transfer_syntax.empty() ? std::optional<CodestreamHeader>(header) : std::nullopt;
}

} // namespace

std::optional<CodestreamHeader> read_codestream_header(Bytes start) {
    if (start.size() < 4) {
        return std::nullopt;
    }
    const std::uint16_t first = read_u16(start, 0, true);
    return first == kStartOfImage        ? read_jpeg(start.subspan(2))
           : first == kStartOfCodestream ? read_jpeg_2000(start.subspan(2))
                                         : std::nullopt;
}

} // namespace recog::dicom
