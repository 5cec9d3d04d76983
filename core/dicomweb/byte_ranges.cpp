#include "core/dicomweb/byte_ranges.hpp"

#include "core/dicomweb/field_syntax.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace recog::dicomweb {

namespace {

// A number beyond 64 bits lies behind every end.
std::optional<std::uint64_t> parse_position(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc() ? number : UINT64_MAX;
}

/// nullopt for what is no range at all; an empty one (begin == end) cannot be satisfied.
std::optional<ByteRange> parse_range(std::string_view text, std::uint64_t size) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view left = text.substr(0, dash);
    const std::string_view right = text.substr(dash + 1);
    if (left.empty()) {
        const auto suffix = parse_position(right);
        return suffix ? std::optional(ByteRange{size - std::min(*suffix, size), size}) : std::nullopt;
    }
    const auto first = parse_position(left);
    const auto last = right.empty() ? std::optional(UINT64_MAX) : parse_position(right);
    if (!first || !last || *last < *first) {
        return std::nullopt;
    }
    if (*first >= size) {
        return ByteRange{};
    }
    return ByteRange{*first, *last >= size ? size : *last + 1};
}

} // namespace

RangesAsked read_ranges(std::string_view header, std::uint64_t size) {
    RangesAsked asked;
    const std::size_t equals = header.find('=');
    if (equals == std::string_view::npos || lower_case(trimmed(header.substr(0, equals))) != "bytes") {
        return asked;
    }
    std::string_view rest = header.substr(equals + 1);
    std::uint64_t sum = 0;
    std::size_t count = 0;
    for (bool more = true; more;) {
        const std::size_t comma = rest.find(',');
        more = comma != std::string_view::npos;
        const std::string_view text = trimmed(rest.substr(0, comma));
        rest.remove_prefix(more ? comma + 1 : rest.size());
        if (text.empty()) {
            continue; // RFC 9110 5.6.1.2: empty elements of a list are skipped
        }
        const auto range = parse_range(text, size);
        if (!range || ++count > kMaxByteRanges) {
            return {};
        }
        if (range->begin < range->end) {
            asked.ranges.push_back(*range);
            sum += range->end - range->begin;
        }
    }
    if (count == 0 || (asked.ranges.size() > 1 && sum > size)) {
        return {};
    }
    asked.outcome =
        asked.ranges.empty() ? RangesAsked::Outcome::Unsatisfiable : RangesAsked::Outcome::Partial;
    return asked;
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
    return "bytes " + std::to_string(range.begin) + "-" + std::to_string(range.end - 1) + "/" +
           std::to_string(size);
}

std::string unsatisfied_range(std::uint64_t size) {
    return "bytes */" + std::to_string(size);
}

} // namespace recog::dicomweb
