#include "core/identity/linking.hpp"
#include "tests/core/identity/text_table.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <set>

using namespace recog::identity;

namespace {

using Persons = std::vector<std::vector<std::int64_t>>;

/// Turns the marks of linking.tsv into records and identifier ids back into marks.
class Notation {
public:
    std::vector<PatientRecord> records(const std::string& text) {
        std::vector<PatientRecord> records;
        for (const auto& part : text.empty() ? std::vector<std::string>{} : test::split(text, ";")) {
            const auto pieces = test::split(part, ":");
            REQUIRE(pieces.size() == 2);
            PatientRecord record;
            record.id = std::stoll(pieces[0]);
            for (const auto& mark :
                 pieces[1].empty() ? std::vector<std::string>{} : test::split(pieces[1], ",")) {
                add(mark, record);
            }
            records.push_back(std::move(record));
        }
        return records;
    }

    std::string written(const Linking& linking) const {
        std::string persons;
        for (const auto& person : linking.persons) {
            persons += persons.empty() ? "" : ";";
            for (const auto id : person) {
                persons += (id == person.front() ? "" : ",") + std::to_string(id);
            }
        }
        std::set<std::string> names;
        for (const auto id : linking.conflicted_identifiers) {
            names.insert(names_.at(id));
        }
        std::string conflicts;
        for (const auto& name : names) {
            conflicts += (conflicts.empty() ? "" : ",") + name;
        }
        return persons + " ! " + conflicts;
    }

private:
    std::int64_t number(const std::string& name) {
        const auto [entry, added] = numbers_.emplace(name, static_cast<std::int64_t>(numbers_.size()) + 100);
        names_[entry->second] = name;
        return entry->second;
    }

    void add(const std::string& mark, PatientRecord& record) {
        if (mark.front() == '~') {
            record.weak.push_back(number(mark));
        } else if (mark.front() == '=') {
            record.demographics = mark;
        } else if (mark.front() == '@') {
            record.studies.push_back(number(mark));
        } else {
            record.strong.push_back(number(mark));
            if (mark.front() == '#') {
                record.resident_ids.push_back(mark);
            }
        }
    }

    std::map<std::string, std::int64_t> numbers_;
    std::map<std::int64_t, std::string> names_;
};

template <typename T> bool share(const std::vector<T>& first, const std::vector<T>& second) {
    return std::ranges::any_of(
        first, [&](const T& item) { return std::ranges::find(second, item) != second.end(); });
}

/// The definition, word by word, without a thought for cost. Small cases only: nothing is overused in them.
class Reference {
public:
    explicit Reference(const std::vector<PatientRecord>& records) : records_(records) {
        for (std::size_t a = 0; a < records.size(); ++a) {
            reached_.push_back(reached(a));
        }
    }

    Linking link() const {
        const auto count = records_.size();
        std::vector<std::size_t> person(count);
        std::iota(person.begin(), person.end(), std::size_t{0});
        for (std::size_t a = 0; a < count; ++a) {
            for (std::size_t b = 0; b < count; ++b) {
                if (person[a] != person[b] && together(a, b)) {
                    const auto [from, to] = std::pair(person[b], person[a]);
                    std::ranges::replace(person, from, to);
                }
            }
        }
        return {persons(person), conflicts(person)};
    }

private:
    static bool weakly(const PatientRecord& a, const PatientRecord& b) {
        return !a.demographics.empty() && a.demographics == b.demographics && share(a.weak, b.weak);
    }

    bool linked(std::size_t a, std::size_t b) const {
        return share(records_[a].strong, records_[b].strong) ||
               share(records_[a].studies, records_[b].studies) || weakly(records_[a], records_[b]);
    }

    std::set<std::string> own(std::size_t a) const {
        return {records_[a].resident_ids.begin(), records_[a].resident_ids.end()};
    }

    std::set<std::string> reached(std::size_t from) const {
        if (!own(from).empty()) {
            return own(from);
        }
        std::set<std::string> ids;
        std::set<std::size_t> seen = {from};
        std::vector<std::size_t> open = {from};
        while (!open.empty()) {
            const auto at = open.back();
            open.pop_back();
            for (std::size_t next = 0; next < records_.size(); ++next) {
                if (linked(at, next)) {
                    const auto there = own(next);
                    ids.insert(there.begin(), there.end());
                    if (there.empty() && seen.insert(next).second) {
                        open.push_back(next);
                    }
                }
            }
        }
        return ids;
    }

    /// A link between a and b that no record with a resident ID has a part in.
    bool linked_among_free(std::size_t a, std::size_t b) const {
        const auto free_of = [&](auto&& holds) {
            for (std::size_t c = 0; c < records_.size(); ++c) {
                if (!own(c).empty() && holds(records_[c])) {
                    return false;
                }
            }
            return true;
        };
        const auto through = [&](std::vector<std::int64_t> PatientRecord::*list, bool weak) {
            return std::ranges::any_of(records_[a].*list, [&](std::int64_t id) {
                const auto holds = [&](const PatientRecord& record) {
                    return share(record.*list, {id}) &&
                           (!weak || record.demographics == records_[a].demographics);
                };
                return holds(records_[b]) && !(weak && records_[a].demographics.empty()) && free_of(holds);
            });
        };
        return through(&PatientRecord::strong, false) || through(&PatientRecord::studies, false) ||
               through(&PatientRecord::weak, true);
    }

    bool together(std::size_t a, std::size_t b) const {
        if (reached_[a].size() == 1 && reached_[b].size() == 1) {
            return reached_[a] == reached_[b];
        }
        return own(a).empty() && own(b).empty() && linked_among_free(a, b);
    }

    Persons persons(const std::vector<std::size_t>& person) const {
        std::map<std::size_t, std::vector<std::int64_t>> lists;
        for (std::size_t a = 0; a < records_.size(); ++a) {
            lists[person[a]].push_back(records_[a].id);
        }
        Persons result;
        for (auto& [key, list] : lists) {
            std::ranges::sort(list);
            result.push_back(list);
        }
        std::ranges::sort(result);
        return result;
    }

    std::vector<std::int64_t> conflicts(const std::vector<std::size_t>& person) const {
        std::map<std::int64_t, std::set<std::size_t>> holders;
        for (std::size_t a = 0; a < records_.size(); ++a) {
            for (const auto id : records_[a].strong) {
                holders[id].insert(person[a]);
            }
        }
        std::vector<std::int64_t> result;
        for (const auto& [id, persons] : holders) {
            if (persons.size() > 1) {
                result.push_back(id);
            }
        }
        return result;
    }

    const std::vector<PatientRecord>& records_;
    std::vector<std::set<std::string>> reached_;
};

class RandomRecords {
public:
    explicit RandomRecords(std::uint32_t seed) : random_(seed) {}

    std::vector<PatientRecord> make(std::size_t max_records) {
        std::vector<PatientRecord> records(1 + below(max_records));
        const auto pool = 2 + below(2 * records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            auto& record = records[i];
            record.id = static_cast<std::int64_t>(i * 3 + 1);
            fill(record.strong, pool, below(4), 0);
            fill(record.weak, 3, below(2), 1000);
            fill(record.studies, pool, below(6) == 0 ? 1 : 0, 0);
            record.demographics = below(3) == 0 ? "" : "name" + std::to_string(below(3));
            for (std::size_t n = below(4) == 0 ? 1 + below(8) / 7 : 0; n > 0; --n) {
                const auto id = below(4);
                record.resident_ids.push_back("R" + std::to_string(id));
                record.strong.push_back(static_cast<std::int64_t>(2000 + id));
            }
        }
        return records;
    }

    template <typename T> void shuffle(std::vector<T>& items) { std::ranges::shuffle(items, random_); }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void fill(std::vector<std::int64_t>& list, std::size_t pool, std::size_t count, std::int64_t base) {
        for (; count > 0; --count) {
            list.push_back(base + static_cast<std::int64_t>(below(pool)));
        }
    }

    std::mt19937 random_;
};

bool same(const Linking& first, const Linking& second) {
    return first.persons == second.persons && first.conflicted_identifiers == second.conflicted_identifiers;
}

std::string shown(const std::vector<PatientRecord>& records) {
    std::string text;
    for (const auto& record : records) {
        text += std::to_string(record.id) + ":" + record.demographics;
        for (const auto id : record.strong) {
            text += " C" + std::to_string(id);
        }
        for (const auto id : record.weak) {
            text += " ~" + std::to_string(id);
        }
        for (const auto id : record.studies) {
            text += " @" + std::to_string(id);
        }
        text += "\n";
    }
    return text;
}

} // namespace

TEST_CASE("records become persons as the scenarios say") {
    for (const auto& row : test::read_table("linking.tsv", 4)) {
        CAPTURE(row[0]);
        Notation notation;
        const auto records = notation.records(row[1]);
        CHECK(notation.written(link_records(records)) == row[2] + " ! " + row[3]);
        CHECK(same(link_records(records), Reference(records).link()));
    }
}

TEST_CASE("the linker agrees with the definition on random components") {
    RandomRecords random(20240601);
    for (int round = 0; round < 3000; ++round) {
        const auto records = random.make(9);
        const bool agrees = same(link_records(records), Reference(records).link());
        CAPTURE(shown(records));
        REQUIRE(agrees);
    }
}

TEST_CASE("order changes nothing, and no person holds two resident IDs") {
    RandomRecords random(7);
    for (int round = 0; round < 2000; ++round) {
        auto records = random.make(60);
        const auto linking = link_records(records);
        std::map<std::int64_t, std::set<std::string>> resident_ids;
        std::size_t count = 0;
        for (const auto& record : records) {
            resident_ids[record.id] = {record.resident_ids.begin(), record.resident_ids.end()};
        }
        for (const auto& person : linking.persons) {
            std::set<std::string> held;
            for (const auto id : person) {
                held.insert(resident_ids[id].begin(), resident_ids[id].end());
            }
            count += person.size();
            const bool alone_or_one = held.size() < 2 || person.size() == 1;
            REQUIRE(alone_or_one);
        }
        REQUIRE(count == records.size());
        random.shuffle(records);
        for (auto& record : records) {
            random.shuffle(record.strong);
            random.shuffle(record.weak);
            random.shuffle(record.resident_ids);
        }
        REQUIRE(same(link_records(records), linking));
    }
}

TEST_CASE("a record that shares nothing changes nothing for the others") {
    RandomRecords random(11);
    for (int round = 0; round < 1000; ++round) {
        auto records = random.make(20);
        auto expected = link_records(records);
        PatientRecord stranger{1000000, {999999}, {999998}, "somebody", {"R99"}, {999997}};
        records.insert(records.begin(), stranger);
        expected.persons.push_back({stranger.id});
        REQUIRE(same(link_records(records), expected));
    }
}

TEST_CASE("components may be linked one by one or together") {
    RandomRecords random(13);
    for (int round = 0; round < 1000; ++round) {
        auto first = random.make(12);
        auto second = random.make(12);
        for (auto& record : second) {
            record.id += 500000;
            for (auto* list : {&record.strong, &record.weak, &record.studies}) {
                for (auto& id : *list) {
                    id += 500000;
                }
            }
            for (auto& id : record.resident_ids) {
                id += "'";
            }
        }
        auto expected = link_records(first);
        const auto other = link_records(second);
        expected.persons.insert(expected.persons.end(), other.persons.begin(), other.persons.end());
        expected.conflicted_identifiers.insert(expected.conflicted_identifiers.end(),
                                               other.conflicted_identifiers.begin(),
                                               other.conflicted_identifiers.end());
        first.insert(first.end(), second.begin(), second.end());
        REQUIRE(same(link_records(first), expected));
    }
}

namespace {

std::vector<PatientRecord> holders_of_one(std::size_t count) {
    std::vector<PatientRecord> records(count);
    for (std::size_t i = 0; i < count; ++i) {
        records[i].id = static_cast<std::int64_t>(i);
        records[i].strong = {7, 7};
    }
    return records;
}

} // namespace

TEST_CASE("an identifier of more than a thousand records joins nothing and is in conflict") {
    CHECK(link_records(holders_of_one(kMaxRecordsPerIdentifier)).persons.size() == 1);
    auto records = holders_of_one(kMaxRecordsPerIdentifier + 1);
    records[0].strong.push_back(8);
    records[1].strong.push_back(8);
    const auto linking = link_records(records);
    CHECK(linking.persons.size() == records.size() - 1);
    CHECK(linking.persons.front() == std::vector<std::int64_t>{0, 1});
    CHECK(linking.conflicted_identifiers == std::vector<std::int64_t>{7});
}

TEST_CASE("an overused weak identifier joins nothing even with equal demographics") {
    auto records = holders_of_one(kMaxRecordsPerIdentifier + 1);
    for (auto& record : records) {
        std::swap(record.weak, record.strong);
        record.demographics = record.id < 2 ? "zhang" : "";
    }
    CHECK(link_records(records).persons.size() == records.size());
    CHECK(link_records(records).conflicted_identifiers.empty());
    records.pop_back();
    CHECK(link_records(records).persons.size() == records.size() - 1);
}

TEST_CASE("records with an overused resident ID stay alone and put in doubt whom they touch") {
    auto records = holders_of_one(kMaxRecordsPerIdentifier + 1);
    for (auto& record : records) {
        record.resident_ids = {"R"};
    }
    records[0].strong.push_back(8);
    records[1].strong.push_back(8);
    records.push_back({5000, {8, 9}, {}, "", {}, {}});
    records.push_back({5001, {9}, {}, "", {}, {}});
    const auto linking = link_records(records);
    CHECK(linking.persons.size() == records.size() - 1);
    CHECK(linking.persons.back() == std::vector<std::int64_t>{5000, 5001});
    CHECK(linking.conflicted_identifiers == std::vector<std::int64_t>{7, 8});
}

TEST_CASE("a chain of two hundred thousand records is linked in one go") {
    std::vector<PatientRecord> records(200000);
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].id = static_cast<std::int64_t>(i);
        records[i].strong = {static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1};
    }
    CHECK(link_records(records).persons.size() == 1);
    records.front().resident_ids = {"A"};
    records.back().resident_ids = {"B"};
    const auto linking = link_records(records);
    CHECK(linking.persons.size() == 3);
    CHECK(linking.conflicted_identifiers == std::vector<std::int64_t>{1, 199999});
}
