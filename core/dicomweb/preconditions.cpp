#include "core/dicomweb/preconditions.hpp"

namespace recog::dicomweb {

namespace {

constexpr std::string_view kWeak = "W/";
constexpr std::string_view kBlanks = " \t";

bool is_weak(std::string_view tag) {
    return tag.starts_with(kWeak);
}

std::string_view opaque(std::string_view tag) {
    return is_weak(tag) ? tag.substr(kWeak.size()) : tag;
}

/// The next entity tag of a list; `rest` loses it and what stands before it. Empty: no more that can be read.
std::string_view take_tag(std::string_view& rest) {
    const std::size_t begin = rest.find_first_not_of(", \t");
    rest.remove_prefix(begin == std::string_view::npos ? rest.size() : begin);
    const std::size_t open = is_weak(rest) ? kWeak.size() : 0;
    if (open >= rest.size() || rest[open] != '"') {
        return {};
    }
    const std::size_t close = rest.find('"', open + 1);
    if (close == std::string_view::npos) {
        return {};
    }
    const std::string_view tag = rest.substr(0, close + 1);
    rest.remove_prefix(close + 1);
    return tag;
}

bool is_any(std::string_view field) {
    const std::size_t begin = field.find_first_not_of(kBlanks);
    return begin != std::string_view::npos &&
           field.substr(begin, field.find_last_not_of(kBlanks) - begin + 1) == "*";
}

// 8.8.3.2: strongly, two tags match when neither is weak.
bool names(std::string_view field, std::string_view entity_tag, bool strongly) {
    for (std::size_t count = 0; count < kMaxEntityTags; ++count) {
        const std::string_view tag = take_tag(field);
        if (tag.empty()) {
            return false;
        }
        const bool comparable = !strongly || (!is_weak(tag) && !is_weak(entity_tag));
        if (comparable && !entity_tag.empty() && opaque(tag) == opaque(entity_tag)) {
            return true;
        }
    }
    return false;
}

} // namespace

// The order of 13.2.2.
Precondition judge_preconditions(const Request& request, std::string_view entity_tag) {
    const std::string match = request.header("If-Match");
    if (!match.empty() && !is_any(match) && !names(match, entity_tag, true)) {
        return Precondition::Failed;
    }
    const std::string none_match = request.header("If-None-Match");
    if (!none_match.empty() && (is_any(none_match) || names(none_match, entity_tag, false))) {
        return Precondition::NotModified;
    }
    return Precondition::Holds;
}

} // namespace recog::dicomweb
