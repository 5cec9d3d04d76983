#include "core/recognition/json_place.hpp"

#include <algorithm>
#include <set>

namespace recog::recognition {

using nlohmann::json;

namespace {

std::string line_and_column(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t last = before.rfind('\n');
    const std::size_t column = last == std::string_view::npos ? before.size() + 1 : before.size() - last;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// nlohmann's reader keeps the last of two equal keys and nests without limit; this listens while it reads.
class Listener {
public:
    bool operator()(int depth, json::parse_event_t event, const json& parsed) {
        if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
            too_deep_ = too_deep_ || static_cast<std::size_t>(depth) >= max_json_nesting;
        }
        if (event == json::parse_event_t::object_start) {
            keys_.emplace_back();
        } else if (event == json::parse_event_t::object_end) {
            keys_.pop_back();
        } else if (event == json::parse_event_t::key &&
                   !keys_.back().insert(parsed.get<std::string>()).second && repeated_.empty()) {
            repeated_ = parsed.get<std::string>();
        }
        return !too_deep_;
    }

    bool too_deep() const { return too_deep_; }
    const std::string& repeated() const { return repeated_; }

private:
    std::vector<std::set<std::string>> keys_;
    std::string repeated_;
    bool too_deep_ = false;
};

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::optional<Day> parse_iso_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    std::string digits(text.substr(0, 4));
    digits.append(text.substr(5, 2)).append(text.substr(8, 2));
    return parse_day(digits);
}

} // namespace

Result<json> parse_strict_json(std::string_view text, std::size_t max_bytes, std::string_view what) {
    const std::string begin(what);
    if (text.size() > max_bytes) {
        return error(ErrorKind::Configuration,
                     begin + ": the file is larger than " + std::to_string(max_bytes) + " bytes");
    }
    Listener listener;
    json value;
    try {
        value = json::parse(text, [&listener](int depth, json::parse_event_t event, json& parsed) {
            return listener(depth, event, parsed);
        });
    } catch (const json::parse_error& failure) {
        return error(ErrorKind::Configuration,
                     begin + ": the file is not valid JSON at " + line_and_column(text, failure.byte));
    } catch (const json::exception&) {
        return error(ErrorKind::Configuration, begin + ": the file holds a number that is out of range");
    }
    if (listener.too_deep()) {
        return error(ErrorKind::Configuration, begin + ": the file is nested deeper than " +
                                                   std::to_string(max_json_nesting) + " levels");
    }
    if (!listener.repeated().empty()) {
        return error(ErrorKind::Configuration,
                     begin + ": the key \"" + listener.repeated() + "\" stands twice in one object");
    }
    return value;
}

void Problem::note(std::string_view place, std::string_view sentence_end) {
    if (any()) {
        return;
    }
    text_ = what_ + ": ";
    text_.append(place).append(" ").append(sentence_end);
}

ObjectReader::ObjectReader(const json& value, std::string place, Problem& problem)
    : place_(std::move(place)), problem_(problem) {
    if (value.is_object()) {
        object_ = &value;
    } else {
        problem_.note(place_.empty() ? "the file" : place_, "must be an object");
    }
}

std::string ObjectReader::place_of(std::string_view key) const {
    std::string place = place_;
    if (!place.empty()) {
        place += '.';
    }
    return place.append(key);
}

bool ObjectReader::has(std::string_view key) const {
    return object_ != nullptr && object_->contains(key);
}

const json* ObjectReader::take(std::string_view key) {
    known_.push_back(key);
    if (!has(key) || problem_.any()) {
        return nullptr;
    }
    return &*object_->find(key);
}

const json* ObjectReader::require(std::string_view key) {
    const json* value = take(key);
    if (value == nullptr) {
        note(key, "is missing");
    }
    return value;
}

std::string ObjectReader::checked_text(const json& value, const std::string& place, TextLimit limit) {
    if (!value.is_string()) {
        problem_.note(place, "must be a text");
        return {};
    }
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty() && !limit.may_be_empty) {
        problem_.note(place, "must not be empty");
    } else if (characters(text) > limit.characters) {
        problem_.note(place, "is longer than " + std::to_string(limit.characters) + " characters");
    } else if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) {
        problem_.note(place, "begins or ends with a blank");
    } else if (std::any_of(text.begin(), text.end(), [](char c) {
                   // The backslash separates values in DICOM (PS3.5 6.1.3), where most of these texts end.
                   return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
               })) {
        problem_.note(place, "holds a control character or a backslash");
    }
    return text;
}

std::string ObjectReader::text(std::string_view key, TextLimit limit) {
    const json* value = require(key);
    return value == nullptr ? std::string() : checked_text(*value, place_of(key), limit);
}

std::string ObjectReader::text_or(std::string_view key, std::string_view fallback, TextLimit limit) {
    limit.may_be_empty = true;
    const json* value = take(key);
    return value == nullptr ? std::string(fallback) : checked_text(*value, place_of(key), limit);
}

unsigned ObjectReader::whole_number(std::string_view key, unsigned most) {
    const json* value = require(key);
    if (value == nullptr) {
        return 0;
    }
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > most) {
        note(key, "must be a whole number from 0 to " + std::to_string(most));
        return 0;
    }
    return value->get<unsigned>();
}

Day ObjectReader::day(std::string_view key) {
    const json* value = require(key);
    const std::optional<Day> read = value != nullptr && value->is_string()
                                        ? parse_iso_day(value->get_ref<const std::string&>())
                                        : std::nullopt;
    if (!read) {
        note(key, "must be a day of the calendar, YYYY-MM-DD");
        return Day{};
    }
    return *read;
}

Day ObjectReader::day_or(std::string_view key, Day fallback) {
    if (!has(key)) {
        known_.push_back(key);
        return fallback;
    }
    return day(key);
}

const json* ObjectReader::list_at(std::string_view key, std::size_t most, bool needed) {
    const json* list = needed ? require(key) : take(key);
    if (list == nullptr) {
        return nullptr;
    }
    if (!list->is_array()) {
        note(key, "must be a list");
        return nullptr;
    }
    if (list->size() > most) {
        note(key, "has more than " + std::to_string(most) + " entries");
        return nullptr;
    }
    return list;
}

std::vector<std::string> ObjectReader::texts(std::string_view key, ListLimit limit) {
    std::vector<std::string> read;
    const json* list = list_at(key, limit.entries, false);
    std::set<std::string_view> seen;
    for (std::size_t i = 0; list != nullptr && i < list->size() && !problem_.any(); ++i) {
        const std::string place = place_of(key) + "[" + std::to_string(i) + "]";
        read.push_back(checked_text((*list)[i], place, {limit.characters, false}));
        if (!problem_.any() && !seen.insert((*list)[i].get_ref<const std::string&>()).second) {
            problem_.note(place, "stands in the list twice");
        }
    }
    return read;
}

std::size_t ObjectReader::choice(std::string_view key, std::span<const std::string_view> names,
                                 std::optional<std::size_t> fallback) {
    if (fallback && !has(key)) {
        known_.push_back(key);
        return *fallback;
    }
    const json* value = require(key);
    if (value != nullptr && value->is_string()) {
        const auto found = std::find(names.begin(), names.end(), value->get_ref<const std::string&>());
        if (found != names.end()) {
            return static_cast<std::size_t>(found - names.begin());
        }
    }
    std::string all;
    for (const std::string_view name : names) {
        all.append(all.empty() ? "" : ", ").append(name);
    }
    note(key, "must be one of " + all);
    return 0;
}

void ObjectReader::finish() {
    if (object_ == nullptr || problem_.any()) {
        return;
    }
    for (const auto& entry : object_->items()) {
        if (std::find(known_.begin(), known_.end(), entry.key()) == known_.end()) {
            note(entry.key(), "is not a known key");
            return;
        }
    }
}

} // namespace recog::recognition
