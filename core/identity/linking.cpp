// The rule of linking, and why.
//
// Two records are about one person when they share an identifier that belongs to persons (strong), when both
// stand in one study, or when they share a doubtful identifier (weak) and agree in name and birth date. Each
// is a link: a set of records. Chains of links make one person - until two resident IDs meet in a chain. Then
// at least one link lies (a lent card, a reused number, a card issued again), and nobody here can tell which.
// A wrong prior is worse than a missing one, so nothing is joined that could be wrong:
//
//   1. A record with one resident ID belongs to that ID; all records of the ID are one person. A record
//      with two contradicts itself and stays alone.
//   2. A record without a resident ID reaches those IDs to which a path of links leads through records that
//      carry none themselves. What lies behind a record with an ID is not reached: the ID decides there.
//   3. It reaches one ID: it is that person. This is the same as plain linking wherever no two IDs meet.
//   4. It reaches two or more: it could be either, so it is neither. Such records are joined with each other
//      only by links all of whose records are in the same doubt: a link that a record with an ID holds too
//      may be the one that lies.
//   5. It reaches none: plain linking.
//
// A strong identifier whose records end in several persons is in conflict; a question by it matches nobody.
// An identifier of more than kMaxRecordsPerIdentifier records joins nothing and is in conflict. If that
// identifier is a resident ID, its records stay alone and whoever reaches them is in doubt: a number printed
// on a form by default must neither join the crowd nor let a record of the crowd pass for somebody else.
//
// Records that carry no ID fall into regions (joined by links among themselves). All records of a region
// reach the same IDs, so each rule is one pass over the links; the cost is the sort that groups memberships
// into links.
//
// The decision depends on the whole component and on nothing else, so order does not matter, and a record
// that appears later may set apart what was joined before: the persons of the component are computed anew.
#include "core/identity/linking.hpp"

#include <algorithm>
#include <compare>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace recog::identity {

namespace {

/// Place of a record in the input.
using Place = std::size_t;

constexpr std::size_t kNoAnchor = std::numeric_limits<std::size_t>::max();
/// Two resident IDs or more, or one that is overused: no person can be told.
constexpr std::size_t kSeveralAnchors = kNoAnchor - 1;

enum class LinkKind { Strong, Weak, Study, ResidentId };

struct Membership {
    LinkKind kind;
    std::int64_t key;
    std::size_t demographics; ///< numbered from 1; 0 for none, and for every kind but Weak
    Place place;

    auto operator<=>(const Membership&) const = default;
};

/// Disjoint sets with path halving and union by size.
class Sets {
public:
    explicit Sets(std::size_t count) : parent_(count), size_(count, 1) {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    }

    std::size_t find(std::size_t element) {
        while (parent_[element] != element) {
            parent_[element] = parent_[parent_[element]];
            element = parent_[element];
        }
        return element;
    }

    void join(std::size_t first, std::size_t second) {
        first = find(first);
        second = find(second);
        if (first == second) {
            return;
        }
        if (size_[first] < size_[second]) {
            std::swap(first, second);
        }
        parent_[second] = first;
        size_[first] += size_[second];
    }

private:
    std::vector<std::size_t> parent_;
    std::vector<std::size_t> size_;
};

/// Numbers texts in the order of their first appearance, from 1.
class Numbering {
public:
    std::size_t number(std::string_view text) {
        return numbers_.emplace(text, numbers_.size() + 1).first->second;
    }

private:
    std::unordered_map<std::string_view, std::size_t> numbers_;
};

class Linker {
public:
    explicit Linker(const std::vector<PatientRecord>& records)
        : records_(records), anchors_(records.size(), kNoAnchor), reached_(records.size(), kNoAnchor),
          regions_(records.size()), persons_(records.size()) {}

    Linking run() {
        collect_memberships();
        group_links();
        set_anchors();
        join_regions();
        reach_anchors();
        join_persons();
        return Linking{list_persons(), list_conflicts()};
    }

private:
    /// A run of memberships_ that share kind and key, and demographics where they matter.
    struct Link {
        std::size_t begin;
        std::size_t end;
        bool joins;
    };

    void collect_memberships() {
        Numbering demographics;
        Numbering resident_ids;
        for (Place place = 0; place < records_.size(); ++place) {
            const auto& record = records_[place];
            for (const auto id : record.strong) {
                memberships_.push_back({LinkKind::Strong, id, 0, place});
            }
            const auto known = record.demographics.empty() ? 0 : demographics.number(record.demographics);
            for (const auto id : record.weak) {
                memberships_.push_back({LinkKind::Weak, id, known, place});
            }
            for (const auto id : record.studies) {
                memberships_.push_back({LinkKind::Study, id, 0, place});
            }
            for (const auto& id : record.resident_ids) {
                const auto number = static_cast<std::int64_t>(resident_ids.number(id));
                memberships_.push_back({LinkKind::ResidentId, number, 0, place});
            }
        }
        std::ranges::sort(memberships_);
        // Not std::ranges::unique: clang 14 does not compile libstdc++ 12's subrange.
        memberships_.erase(std::unique(memberships_.begin(), memberships_.end()), memberships_.end());
    }

    /// Overuse is counted over the whole identifier, links of a weak one are made within equal demographics.
    void group_links() {
        const auto end_of = [this](std::size_t begin, auto&& same) {
            std::size_t end = begin + 1;
            while (end < memberships_.size() && same(memberships_[begin], memberships_[end])) {
                ++end;
            }
            return end;
        };
        const auto same_key = [](const Membership& a, const Membership& b) {
            return a.kind == b.kind && a.key == b.key;
        };
        const auto same_demographics = [&](const Membership& a, const Membership& b) {
            return same_key(a, b) && a.demographics == b.demographics;
        };
        for (std::size_t begin = 0; begin < memberships_.size();) {
            const auto key_end = end_of(begin, same_key);
            const auto kind = memberships_[begin].kind;
            const bool overused = kind != LinkKind::Study && key_end - begin > kMaxRecordsPerIdentifier;
            while (begin < key_end) {
                const auto end = end_of(begin, same_demographics);
                const bool joins =
                    !overused && (kind != LinkKind::Weak || memberships_[begin].demographics != 0);
                links_.push_back({begin, end, joins});
                begin = end;
            }
        }
    }

    template <typename Visitor> void each_member(const Link& link, Visitor&& visit) const {
        for (std::size_t at = link.begin; at < link.end; ++at) {
            visit(memberships_[at].place);
        }
    }

    LinkKind kind_of(const Link& link) const { return memberships_[link.begin].kind; }

    /// A link between records, as opposed to the mark of a resident ID.
    bool is_path(const Link& link) const { return link.joins && kind_of(link) != LinkKind::ResidentId; }

    bool is_free(Place place) const { return anchors_[place] == kNoAnchor; }

    void set_anchors() {
        for (const auto& link : links_) {
            if (kind_of(link) != LinkKind::ResidentId) {
                continue;
            }
            const auto anchor = static_cast<std::size_t>(memberships_[link.begin].key);
            each_member(link, [&](Place place) {
                anchors_[place] = is_free(place) && link.joins ? anchor : kSeveralAnchors;
            });
        }
    }

    void join_regions() {
        for (const auto& link : links_) {
            if (is_path(link)) {
                std::size_t first = kNoAnchor;
                each_member(link, [&](Place place) {
                    if (is_free(place)) {
                        first = first == kNoAnchor ? place : first;
                        regions_.join(first, place);
                    }
                });
            }
        }
    }

    /// The free records of one link are of one region, so a link touches at most one.
    void reach_anchors() {
        for (const auto& link : links_) {
            if (!is_path(link)) {
                continue;
            }
            auto region = kNoAnchor;
            auto anchor = kNoAnchor;
            each_member(link, [&](Place place) {
                if (is_free(place)) {
                    region = regions_.find(place);
                } else {
                    anchor = merged(anchor, anchors_[place]);
                }
            });
            if (region != kNoAnchor) {
                reached_[region] = merged(reached_[region], anchor);
            }
        }
    }

    static std::size_t merged(std::size_t first, std::size_t second) {
        if (first == kNoAnchor || first == second) {
            return second;
        }
        return second == kNoAnchor ? first : kSeveralAnchors;
    }

    void join_persons() {
        std::unordered_map<std::size_t, Place> first_of_anchor;
        for (Place place = 0; place < records_.size(); ++place) {
            const auto anchor = is_free(place) ? reached_[regions_.find(place)] : anchors_[place];
            if (anchor != kNoAnchor && anchor != kSeveralAnchors) {
                persons_.join(first_of_anchor.emplace(anchor, place).first->second, place);
            }
        }
        for (const auto& link : links_) {
            if (is_path(link) && only_free(link)) {
                each_member(link, [&](Place place) { persons_.join(memberships_[link.begin].place, place); });
            }
        }
    }

    bool only_free(const Link& link) const {
        bool free = true;
        each_member(link, [&](Place place) { free = free && is_free(place); });
        return free;
    }

    std::vector<std::vector<std::int64_t>> list_persons() {
        std::vector<std::vector<std::int64_t>> by_set(records_.size());
        for (Place place = 0; place < records_.size(); ++place) {
            by_set[persons_.find(place)].push_back(records_[place].id);
        }
        std::erase_if(by_set, [](const auto& person) { return person.empty(); });
        for (auto& person : by_set) {
            std::ranges::sort(person);
        }
        std::ranges::sort(by_set);
        return by_set;
    }

    std::vector<std::int64_t> list_conflicts() {
        std::vector<std::int64_t> conflicts;
        for (const auto& link : links_) {
            if (kind_of(link) != LinkKind::Strong) {
                continue;
            }
            bool conflict = !link.joins;
            const auto person = persons_.find(memberships_[link.begin].place);
            each_member(link, [&](Place place) { conflict = conflict || persons_.find(place) != person; });
            if (conflict) {
                conflicts.push_back(memberships_[link.begin].key);
            }
        }
        return conflicts; // links_ are sorted by kind and key
    }

    const std::vector<PatientRecord>& records_;
    std::vector<Membership> memberships_;
    std::vector<Link> links_;
    std::vector<std::size_t> anchors_; ///< by place: number of the resident ID, kNoAnchor or kSeveralAnchors
    std::vector<std::size_t> reached_; ///< the same, by region
    Sets regions_;
    Sets persons_;
};

} // namespace

Linking link_records(const std::vector<PatientRecord>& records) {
    return Linker(records).run();
}

} // namespace recog::identity
