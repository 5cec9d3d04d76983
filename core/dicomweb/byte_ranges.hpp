// Byte ranges of RFC 9110 14: what a Range header asks of a representation of known length.
//
//   Range      = "bytes" "=" range-spec *( "," range-spec )
//   range-spec = first "-" [last] | "-" suffix-length
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dicomweb {

/// More ranges than this are answered as if none had been asked for (RFC 9110 14.2 allows it).
inline constexpr std::size_t kMaxByteRanges = 16;

/// Bytes [begin, end), never empty.
struct ByteRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct RangesAsked {
    enum class Outcome {
        Whole,        ///< 200: no ranges, another unit, not readable, too many, or more bytes than the whole
        Partial,      ///< 206: `ranges` in the order asked for
        Unsatisfiable ///< 416: none of them begins within the representation
    };
    Outcome outcome = Outcome::Whole;
    std::vector<ByteRange> ranges;
};

RangesAsked read_ranges(std::string_view range_header, std::uint64_t size);

/// "bytes 0-99/1000".
std::string content_range(const ByteRange& range, std::uint64_t size);
/// "bytes */1000", of a 416.
std::string unsatisfied_range(std::uint64_t size);

} // namespace recog::dicomweb
