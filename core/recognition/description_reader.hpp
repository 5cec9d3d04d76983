// Reads a description as words of the catalogue: which items' keywords it holds, which words that set exams
// apart, what it says of contrast and machine. Internal to this floor.
// Immutable after construction: any thread may call read().
#pragma once

#include "core/recognition/exam_words.hpp"
#include "core/recognition/item.hpp"
#include "core/recognition/term_trie.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::recognition {

using ItemIndex = std::uint32_t;

/// Bytes of normal form that are read of one description; what follows them is not read.
inline constexpr std::size_t max_description = 1024;

/// Which bytes of a description are words.
using Coverage = std::bitset<max_description>;

struct Reading {
    /// One keyword that the description satisfies.
    struct Claim {
        const std::vector<ItemIndex>* items = nullptr; ///< that have the keyword, ascending; the reader's
        Coverage words;
    };

    std::vector<Claim> claims;
    std::vector<ItemIndex> excluded;
    Coverage words; ///< of all claims and all distinguishing words
    bool plain = false;
    bool enhanced = false;
    Machines machines = 0;

    bool says_contrast() const { return plain || enhanced; }
    bool excludes(ItemIndex item) const;
    /// Items with a satisfied keyword, ascending.
    std::vector<ItemIndex> items() const;
    /// The item's own keywords cover every word found: nothing else is spoken of.
    bool agrees_with(ItemIndex item) const;
};

class DescriptionReader {
public:
    DescriptionReader(std::span<const Item> items, const std::vector<std::string>& distinguishing_words);

    // Readings point into this.
    DescriptionReader(const DescriptionReader&) = delete;
    DescriptionReader& operator=(const DescriptionReader&) = delete;

    /// `normal_text` comes from append_normal_form; several descriptions stand in it with text_border
    /// between.
    Reading read(std::string_view normal_text) const;

private:
    enum class Role : std::uint8_t { Keyword, Excluded, Distinguishing, Contrast, Machine };

    /// What a term means where it is found.
    struct Use {
        Role role = Role::Keyword;
        std::uint32_t target = 0; ///< a keyword, an item, a ContrastWord or Machines
    };
    struct Keyword {
        std::vector<std::uint32_t> terms; ///< each must be found
        std::vector<ItemIndex> items;
    };
    class Builder;

    void claim(const Keyword& keyword, const std::vector<TermTrie::Hit>& by_term, std::string_view text,
               Reading& reading) const;

    std::vector<Keyword> keywords_;
    std::vector<std::vector<Use>> uses_; ///< by term
    std::optional<TermTrie> trie_;
};

} // namespace recog::recognition
