#include "core/matching/text_pattern.hpp"

#include "core/base/utf8.hpp"

#include <algorithm>

namespace recog::matching {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

char32_t first_character(std::string_view text, std::size_t length) {
    const auto byte = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
    };
    switch (length) {
    case 1:
        return byte(0);
    case 2:
        return ((byte(0) & 0x1FU) << 6U) | (byte(1) & 0x3FU);
    case 3:
        return ((byte(0) & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
    case 4:
        return ((byte(0) & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) | ((byte(2) & 0x3FU) << 6U) |
               (byte(3) & 0x3FU);
    default:
        return kReplacement;
    }
}

std::u32string to_characters(std::string_view text) {
    std::u32string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_sequence_length(text);
        out += first_character(text, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

} // namespace

Result<TextPattern> TextPattern::compile(std::string_view pattern) {
    const auto wild = static_cast<std::size_t>(
        std::count_if(pattern.begin(), pattern.end(), [](char c) { return c == '*' || c == '?'; }));
    if (wild > kMaxWildCards) {
        return error(ErrorKind::BadRequest, "a matching key has more than 64 wild cards");
    }
    TextPattern compiled;
    const std::size_t first = std::min(pattern.find_first_of("*?"), pattern.size());
    compiled.literal_prefix_ = pattern.substr(0, first);
    compiled.has_wild_cards_ = wild > 0;
    compiled.matches_all_ = !pattern.empty() && pattern.find_first_not_of('*') == std::string_view::npos;
    compiled.prefix_only_ =
        wild == 1 && first + 1 == pattern.size() && pattern.back() == '*' && is_utf8(pattern);
    while (true) {
        const std::size_t end = std::min(pattern.find('*'), pattern.size());
        const bool anchored = compiled.segments_.empty() || end == pattern.size();
        std::u32string characters = to_characters(pattern.substr(0, end));
        if (!anchored && characters.size() > kMaxBetweenStars) {
            return error(ErrorKind::BadRequest,
                         "a matching key has more than 64 characters between wild cards");
        }
        compiled.segments_.push_back(make_segment(std::move(characters)));
        if (end == pattern.size()) {
            return compiled;
        }
        pattern.remove_prefix(end + 1);
    }
}

TextPattern::Segment TextPattern::make_segment(std::u32string characters) {
    Segment segment;
    segment.characters = std::move(characters);
    for (std::size_t i = 0; i < std::min(segment.characters.size(), kMaxBetweenStars); ++i) {
        const char32_t c = segment.characters[i];
        const std::uint64_t place = std::uint64_t{1} << i;
        if (c == U'?') {
            segment.any |= place;
            continue;
        }
        const auto at =
            std::lower_bound(segment.masks.begin(), segment.masks.end(), c,
                             [](const CharacterMask& mask, char32_t x) { return mask.character < x; });
        if (at != segment.masks.end() && at->character == c) {
            at->places |= place;
        } else {
            segment.masks.insert(at, CharacterMask{c, place});
        }
    }
    return segment;
}

bool TextPattern::equal_at(const Segment& segment, std::u32string_view text, std::size_t at) {
    for (std::size_t i = 0; i < segment.characters.size(); ++i) {
        if (segment.characters[i] != U'?' && segment.characters[i] != text[at + i]) {
            return false;
        }
    }
    return true;
}

/// The end of the first occurrence from `from` on; npos when there is none.
std::size_t TextPattern::find_end(const Segment& segment, std::u32string_view text, std::size_t from) {
    if (segment.characters.empty()) {
        return from;
    }
    const std::uint64_t last = std::uint64_t{1} << (segment.characters.size() - 1);
    std::uint64_t reached = 0; // bit i: the i + 1 characters before here are the segment's first
    for (std::size_t i = from; i < text.size(); ++i) {
        const auto at =
            std::lower_bound(segment.masks.begin(), segment.masks.end(), text[i],
                             [](const CharacterMask& mask, char32_t x) { return mask.character < x; });
        const bool known = at != segment.masks.end() && at->character == text[i];
        reached = ((reached << 1U) | 1U) & (segment.any | (known ? at->places : 0U));
        if ((reached & last) != 0) {
            return i + 1;
        }
    }
    return std::u32string_view::npos;
}

// The first occurrence of each segment leaves the most room for the next: no way back is ever needed.
bool TextPattern::matches_segments(std::u32string_view text) const {
    const Segment& head = segments_.front();
    const Segment& tail = segments_.back();
    if (segments_.size() == 1) {
        return text.size() == head.characters.size() && equal_at(head, text, 0);
    }
    if (text.size() < head.characters.size() + tail.characters.size() || !equal_at(head, text, 0) ||
        !equal_at(tail, text, text.size() - tail.characters.size())) {
        return false;
    }
    const std::u32string_view middle = text.substr(0, text.size() - tail.characters.size());
    std::size_t at = head.characters.size();
    for (std::size_t i = 1; i + 1 < segments_.size(); ++i) {
        at = find_end(segments_[i], middle, at);
        if (at == std::u32string_view::npos) {
            return false;
        }
    }
    return true;
}

bool TextPattern::matches(std::string_view text) const {
    if (matches_all_) {
        return true;
    }
    if (!has_wild_cards_) {
        return text == literal_prefix_;
    }
    if (prefix_only_) {
        return text.starts_with(literal_prefix_);
    }
    return matches_segments(to_characters(text));
}

} // namespace recog::matching
