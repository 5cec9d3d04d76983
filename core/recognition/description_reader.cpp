#include "core/recognition/description_reader.hpp"

#include "core/base/utf8.hpp"
#include "core/recognition/description_text.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace recog::recognition {

namespace {

/// Blanks do not count: "chest abdomen" as one term says what the two words say.
void cover(Coverage& words, const TermTrie::Hit& hit, std::string_view text) {
    for (std::size_t i = hit.begin; i < hit.end; ++i) {
        words.set(i, words[i] || text[i] != ' ');
    }
}

/// Blanks part a keyword into terms; within a term a hyphen joins words that follow each other.
std::vector<std::string> terms_of(std::string_view keyword) {
    std::vector<std::string> terms;
    while (!keyword.empty()) {
        const std::size_t blank = std::min(keyword.find(' '), keyword.size());
        std::string term = normal_form(keyword.substr(0, blank));
        if (!term.empty() && std::find(terms.begin(), terms.end(), term) == terms.end()) {
            terms.push_back(std::move(term));
        }
        keyword.remove_prefix(std::min(blank + 1, keyword.size()));
    }
    std::sort(terms.begin(), terms.end());
    return terms;
}

bool by_term_and_place(const TermTrie::Hit& one, const TermTrie::Hit& other) {
    return std::tie(one.term, one.begin) < std::tie(other.term, other.begin);
}

/// Overlapping contrast terms: the first to begin decides, then the longest.
class ContrastScan {
public:
    void see(const TermTrie::Hit& hit, ContrastWord word) {
        if (hit.begin < end_ && hit.begin != begin_) {
            return;
        }
        if (hit.begin != begin_ || end_ == 0) {
            settle();
        }
        begin_ = hit.begin;
        end_ = hit.end;
        word_ = word;
    }

    void finish(Reading& reading) {
        settle();
        reading.plain = plain_;
        reading.enhanced = enhanced_;
    }

private:
    void settle() {
        if (end_ != 0) {
            plain_ = plain_ || word_ != ContrastWord::Enhanced;
            enhanced_ = enhanced_ || word_ != ContrastWord::Plain;
        }
    }

    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0; ///< 0: nothing seen
    ContrastWord word_ = ContrastWord::Plain;
    bool plain_ = false;
    bool enhanced_ = false;
};

} // namespace

bool Reading::excludes(ItemIndex item) const {
    return std::find(excluded.begin(), excluded.end(), item) != excluded.end();
}

std::vector<ItemIndex> Reading::items() const {
    std::vector<ItemIndex> all;
    for (const Claim& claim : claims) {
        all.insert(all.end(), claim.items->begin(), claim.items->end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

bool Reading::agrees_with(ItemIndex item) const {
    Coverage own;
    for (const Claim& claim : claims) {
        if (std::binary_search(claim.items->begin(), claim.items->end(), item)) {
            own |= claim.words;
        }
    }
    return own == words;
}

/// Collects all words first: only then is it known which term of a keyword is the rarest.
class DescriptionReader::Builder {
public:
    void add_item(ItemIndex item, const Keywords& keywords) {
        add_keywords(keywords.chinese, item);
        add_keywords(keywords.english, item);
        for (const std::string& word : keywords.excluded) {
            add_word(normal_form(word), Role::Excluded, item);
        }
    }

    void add_word(const std::string& normal_word, Role role, std::uint32_t target) {
        terms_[normal_word].uses.push_back({role, target});
    }

    void finish(DescriptionReader& reader) {
        reader.keywords_.reserve(keywords_.size());
        for (auto& [parts, items] : keywords_) {
            // The rarest term speaks for the keyword: 胸部 need not ask for each keyword it stands in.
            const auto rarest = std::min_element(
                parts.begin(), parts.end(), [this](const std::string& one, const std::string& other) {
                    return terms_.at(one).keywords < terms_.at(other).keywords;
                });
            terms_.at(*rarest).uses.push_back(
                {Role::Keyword, static_cast<std::uint32_t>(reader.keywords_.size())});
            items.erase(std::unique(items.begin(), items.end()), items.end());
            reader.keywords_.push_back({{}, std::move(items)});
        }
        std::vector<std::string> texts;
        std::map<std::string_view, std::uint32_t> ids;
        for (auto& [text, term] : terms_) {
            ids.emplace(text, static_cast<std::uint32_t>(texts.size()));
            texts.push_back(text);
            reader.uses_.push_back(std::move(term.uses));
        }
        std::size_t keyword = 0;
        for (const auto& [parts, items] : keywords_) {
            for (const std::string& part : parts) {
                reader.keywords_[keyword].terms.push_back(ids.at(part));
            }
            ++keyword;
        }
        reader.trie_.emplace(texts);
    }

private:
    struct Term {
        std::size_t keywords = 0;
        std::vector<Use> uses;
    };

    /// Items come in ascending order, so the lists of items ascend.
    void add_keywords(const std::vector<std::string>& keywords, ItemIndex item) {
        for (const std::string& keyword : keywords) {
            std::vector<std::string> parts = terms_of(keyword);
            const auto [entry, fresh] = keywords_.try_emplace(parts);
            entry->second.push_back(item);
            for (const std::string& part : parts) {
                terms_[part].keywords += fresh ? 1 : 0;
            }
        }
    }

    std::map<std::vector<std::string>, std::vector<ItemIndex>> keywords_;
    std::map<std::string, Term> terms_;
};

DescriptionReader::DescriptionReader(std::span<const Item> items,
                                     const std::vector<std::string>& distinguishing_words) {
    Builder builder;
    for (ItemIndex item = 0; item < items.size(); ++item) {
        builder.add_item(item, items[item].keywords);
    }
    for (const std::string& word : distinguishing_words) {
        builder.add_word(normal_form(word), Role::Distinguishing, 0);
    }
    for (const ContrastTerm& term : contrast_terms()) {
        builder.add_word(std::string(term.normal_form), Role::Contrast,
                         static_cast<std::uint32_t>(term.word));
    }
    for (const MachineTerm& term : machine_terms()) {
        builder.add_word(std::string(term.normal_form), Role::Machine, term.machines);
    }
    builder.finish(*this);
}

Reading DescriptionReader::read(std::string_view normal_text) const {
    Reading reading;
    const std::string_view text = utf8_prefix(normal_text, max_description);
    std::vector<TermTrie::Hit> hits;
    trie_->find(text, hits);
    ContrastScan contrast;
    for (const TermTrie::Hit& hit : hits) {
        for (const Use& use : uses_[hit.term]) {
            if (use.role == Role::Contrast) {
                contrast.see(hit, static_cast<ContrastWord>(use.target));
            } else if (use.role == Role::Distinguishing) {
                cover(reading.words, hit, text);
            }
        }
    }
    contrast.finish(reading);
    std::sort(hits.begin(), hits.end(), by_term_and_place);
    for (std::size_t i = 0; i < hits.size(); ++i) {
        if (i > 0 && hits[i].term == hits[i - 1].term) {
            continue;
        }
        for (const Use& use : uses_[hits[i].term]) {
            if (use.role == Role::Keyword) {
                claim(keywords_[use.target], hits, text, reading);
            } else if (use.role == Role::Excluded) {
                reading.excluded.push_back(use.target);
            } else if (use.role == Role::Machine) {
                reading.machines |= use.target;
            }
        }
    }
    return reading;
}

/// A keyword counts when each of its terms was found; then all their places count.
void DescriptionReader::claim(const Keyword& keyword, const std::vector<TermTrie::Hit>& by_term,
                              std::string_view text, Reading& reading) const {
    Reading::Claim claim{&keyword.items, {}};
    for (const std::uint32_t term : keyword.terms) {
        auto hit =
            std::lower_bound(by_term.begin(), by_term.end(), TermTrie::Hit{term, 0, 0}, by_term_and_place);
        if (hit == by_term.end() || hit->term != term) {
            return;
        }
        for (; hit != by_term.end() && hit->term == term; ++hit) {
            cover(claim.words, *hit, text);
        }
    }
    reading.words |= claim.words;
    reading.claims.push_back(claim);
}

} // namespace recog::recognition
