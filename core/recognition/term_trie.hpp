// Finds every term of a fixed set at every place of a text in one pass. Internal to this floor.
// Building is for one thread; find() may be called from any.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recog::recognition {

class TermTrie {
public:
    struct Hit {
        std::uint32_t term = 0;
        std::uint32_t begin = 0;
        std::uint32_t end = 0; ///< one past the last byte
    };

    /// `terms` are normal forms, not empty and without repetition; a term is named by its index.
    explicit TermTrie(const std::vector<std::string>& terms);

    /// Appends the hits by ascending begin, then end. A term that begins or ends with an ASCII letter or
    /// digit is found as whole words only.
    void find(std::string_view text, std::vector<Hit>& hits) const;

private:
    static constexpr std::uint32_t none = 0xFFFFFFFFU;

    struct Node {
        std::uint32_t first_edge = 0;
        std::uint32_t edges = 0;
        std::uint32_t term = none;
    };
    struct Edge {
        unsigned char byte = 0;
        std::uint32_t node = 0;
    };

    std::uint32_t step(std::uint32_t node, unsigned char byte) const;

    std::vector<Node> nodes_;
    std::vector<Edge> edges_;
    std::array<std::uint32_t, 256> roots_{};
};

} // namespace recog::recognition
