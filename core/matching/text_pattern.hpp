// Wild card matching of text (PS3.4 C.2.2.2.4): '*' stands for any characters, also none, '?' for one
// character.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recog::matching {

/// Compares whole texts, by Unicode characters. Immutable; matches() is safe from any thread, and takes time
/// in proportion to the text, whatever the pattern.
class TextPattern {
public:
    static constexpr std::size_t kMaxWildCards = 64;
    static constexpr std::size_t kMaxBetweenStars = 64; ///< characters between two '*'

    /// BadRequest beyond the limits. Both texts are UTF-8; bytes that are not compare as U+FFFD.
    static Result<TextPattern> compile(std::string_view pattern);

    bool matches(std::string_view text) const;

    bool has_wild_cards() const { return has_wild_cards_; }
    /// Nothing but '*': universal matching.
    bool matches_all() const { return matches_all_; }
    /// Text before the first wild card; the whole when there is none.
    const std::string& literal_prefix() const { return literal_prefix_; }

private:
    struct CharacterMask {
        char32_t character;
        std::uint64_t places;
    };
    /// Text between two '*', with its '?'. Found by shifting bits, one for each character (Baeza-Yates,
    /// Gonnet).
    struct Segment {
        std::u32string characters;
        std::vector<CharacterMask> masks; ///< sorted by character
        std::uint64_t any = 0;            ///< places of '?'
    };

    static Segment make_segment(std::u32string characters);
    static bool equal_at(const Segment& segment, std::u32string_view text, std::size_t at);
    static std::size_t find_end(const Segment& segment, std::u32string_view text, std::size_t from);
    bool matches_segments(std::u32string_view text) const;

    std::string literal_prefix_;
    bool has_wild_cards_ = false;
    bool matches_all_ = false;
    bool prefix_only_ = false;      ///< literal, then one '*'
    std::vector<Segment> segments_; ///< split at '*'; the first and the last are anchored
};

} // namespace recog::matching
