#include "core/recognition/term_trie.hpp"

#include "core/recognition/description_text.hpp"

#include <map>

namespace recog::recognition {

TermTrie::TermTrie(const std::vector<std::string>& terms) {
    std::vector<std::map<unsigned char, std::uint32_t>> children(1);
    nodes_.resize(1);
    for (std::size_t term = 0; term < terms.size(); ++term) {
        std::uint32_t node = 0;
        for (const char c : terms[term]) {
            const auto [edge, fresh] = children[node].try_emplace(static_cast<unsigned char>(c),
                                                                  static_cast<std::uint32_t>(nodes_.size()));
            node = edge->second;
            if (fresh) {
                nodes_.emplace_back();
                children.emplace_back();
            }
        }
        nodes_[node].term = static_cast<std::uint32_t>(term);
    }
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        nodes_[node].first_edge = static_cast<std::uint32_t>(edges_.size());
        nodes_[node].edges = static_cast<std::uint32_t>(children[node].size());
        for (const auto& [byte, child] : children[node]) {
            edges_.push_back({byte, child});
        }
    }
    roots_.fill(none);
    for (const auto& [byte, child] : children[0]) {
        roots_[byte] = child;
    }
}

std::uint32_t TermTrie::step(std::uint32_t node, unsigned char byte) const {
    const Node& from = nodes_[node];
    for (std::uint32_t i = 0; i < from.edges; ++i) {
        const Edge& edge = edges_[from.first_edge + i];
        if (edge.byte == byte) {
            return edge.node;
        }
    }
    return none;
}

void TermTrie::find(std::string_view text, std::vector<Hit>& hits) const {
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        if (begin > 0 && is_word_byte(text[begin]) && is_word_byte(text[begin - 1])) {
            continue;
        }
        std::uint32_t node = roots_[static_cast<unsigned char>(text[begin])];
        for (std::size_t end = begin + 1; node != none; ++end) {
            const bool cut = end < text.size() && is_word_byte(text[end - 1]) && is_word_byte(text[end]);
            if (nodes_[node].term != none && !cut) {
                hits.push_back(
                    {nodes_[node].term, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
            }
            if (end == text.size()) {
                break;
            }
            node = step(node, static_cast<unsigned char>(text[end]));
        }
    }
}

} // namespace recog::recognition
