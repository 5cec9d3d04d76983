// Strict reading of configuration in JSON: every key known, every value of its type and within its limit, no
// key twice; the first thing wrong becomes one sentence that names its place, such as items[12].window_days.
// Not thread-safe; internal to this floor.
#pragma once

#include "core/base/date.hpp"
#include "core/base/result.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::recognition {

inline constexpr std::size_t max_json_nesting = 8;

/// `what` begins the sentences: "catalogue", "institutions".
Result<nlohmann::json> parse_strict_json(std::string_view text, std::size_t max_bytes, std::string_view what);

/// Keeps the first problem only: what follows it is often its consequence.
class Problem {
public:
    explicit Problem(std::string_view what) : what_(what) {}

    void note(std::string_view place, std::string_view sentence_end);
    bool any() const { return !text_.empty(); }
    Error to_error() const { return error(ErrorKind::Configuration, text_); }

private:
    std::string what_;
    std::string text_;
};

/// Characters (not bytes) that a text may have at most.
struct TextLimit {
    std::size_t characters = 64;
    bool may_be_empty = false;
};

struct ListLimit {
    std::size_t entries = 64;
    std::size_t characters = 64;
};

/// Reads one object key by key. After a problem every function returns a harmless value.
class ObjectReader {
public:
    ObjectReader(const nlohmann::json& value, std::string place, Problem& problem);

    bool has(std::string_view key) const;
    std::string place_of(std::string_view key) const;

    std::string text(std::string_view key, TextLimit limit = {});
    std::string text_or(std::string_view key, std::string_view fallback, TextLimit limit = {});
    unsigned whole_number(std::string_view key, unsigned most);
    /// YYYY-MM-DD.
    Day day(std::string_view key);
    Day day_or(std::string_view key, Day fallback);
    /// An absent list is empty; entries are distinct and not empty.
    std::vector<std::string> texts(std::string_view key, ListLimit limit = {});

    /// The value's index in `names`, or 0 after noting a problem; an absent key is `fallback`, if there is
    /// one.
    std::size_t choice(std::string_view key, std::span<const std::string_view> names,
                       std::optional<std::size_t> fallback = std::nullopt);

    /// Calls read(ObjectReader&) for each entry, then checks its keys. An absent list is empty unless
    /// `needed`.
    template <typename Read> void objects(std::string_view key, std::size_t most, bool needed, Read read) {
        const nlohmann::json* list = list_at(key, most, needed);
        for (std::size_t i = 0; list != nullptr && i < list->size() && !problem_.any(); ++i) {
            ObjectReader entry((*list)[i], place_of(key) + "[" + std::to_string(i) + "]", problem_);
            read(entry);
            entry.finish();
        }
    }

    template <typename Read> void object_if_any(std::string_view key, Read read) {
        if (const nlohmann::json* value = take(key)) {
            ObjectReader entry(*value, place_of(key), problem_);
            read(entry);
            entry.finish();
        }
    }

    /// Notes a problem when a key was never asked for.
    void finish();

    void note(std::string_view key, std::string_view sentence_end) {
        problem_.note(place_of(key), sentence_end);
    }
    const std::string& place() const { return place_; }
    Problem& problem() { return problem_; }

private:
    const nlohmann::json* take(std::string_view key);
    const nlohmann::json* require(std::string_view key);
    const nlohmann::json* list_at(std::string_view key, std::size_t most, bool needed);
    std::string checked_text(const nlohmann::json& value, const std::string& place, TextLimit limit);

    const nlohmann::json* object_ = nullptr;
    std::string place_;
    Problem& problem_;
    std::vector<std::string_view> known_;
};

} // namespace recog::recognition
