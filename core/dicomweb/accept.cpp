#include "core/dicomweb/accept.hpp"

#include "core/dicomweb/field_syntax.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::size_t kMaxParameters = 16;
constexpr int kFullQuality = 1000;

// A token or a quoted string. Clients in the field leave the quotes off `type=application/dicom`, and put
// single ones round it; both read as meant.
std::optional<std::string> parameter_value(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        return unquoted(text);
    }
    if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') {
        text = text.substr(1, text.size() - 2);
    }
    if (text.empty() || text.find_first_of("\" \t") != std::string_view::npos) {
        return std::nullopt;
    }
    return std::string(text);
}

// RFC 9110 12.4.2: "0" to "1" with up to three decimals.
std::optional<int> parse_quality(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    int thousandths = text[0] == '1' ? kFullQuality : 0;
    int place = 100;
    for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        thousandths += (c - '0') * place;
        place /= 10;
    }
    return thousandths <= kFullQuality ? std::optional<int>(thousandths) : std::nullopt;
}

bool is_syntax(std::string_view text) {
    return text == "*" ||
           (text.size() <= 64 && text.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool take_parameter(MediaRange& range, std::string_view name, std::string value) {
    if (name == "q") {
        const auto quality = parse_quality(value);
        range.quality = quality.value_or(0);
        return quality.has_value();
    }
    if (name == "type") {
        range.inner_type = lower_case(value);
        return is_media_type(range.inner_type);
    }
    if (name == "transfer-syntax") {
        range.transfer_syntax = std::move(value);
        return is_syntax(range.transfer_syntax);
    }
    return true;
}

std::optional<MediaRange> parse_range(std::string_view text) {
    MediaRange range;
    range.type = lower_case(take_until(text, ';'));
    range.inner_type = "*/*";
    if (!is_media_type(range.type)) {
        return std::nullopt;
    }
    for (std::size_t count = 0; !text.empty(); ++count) {
        const std::string_view parameter = take_until(text, ';');
        if (parameter.empty()) {
            continue;
        }
        const std::size_t equals = parameter.find('=');
        if (equals == std::string_view::npos || count == kMaxParameters) {
            return std::nullopt;
        }
        auto value = parameter_value(trimmed(parameter.substr(equals + 1)));
        if (!value ||
            !take_parameter(range, lower_case(trimmed(parameter.substr(0, equals))), *std::move(value))) {
            return std::nullopt;
        }
    }
    return range;
}

} // namespace

std::vector<MediaRange> parse_accept(std::string_view value) {
    std::vector<MediaRange> ranges;
    value = value.substr(0, kMaxAcceptBytes);
    while (!value.empty() && ranges.size() < kMaxMediaRanges) {
        const std::string_view entry = take_until(value, ',');
        if (auto range = entry.empty() ? std::nullopt : parse_range(entry)) {
            ranges.push_back(*std::move(range));
        }
    }
    return ranges;
}

std::optional<std::size_t>
most_wanted(const std::vector<MediaRange>& accepted, std::size_t count,
            const std::function<std::optional<int>(const MediaRange&, std::size_t)>& exactness) {
    std::optional<std::size_t> chosen;
    int best_quality = 0;
    std::size_t best_place = 0;
    for (std::size_t thing = 0; thing < count; ++thing) {
        int exact = -1;
        int quality = 0;
        std::size_t place = 0;
        for (std::size_t i = 0; i < accepted.size(); ++i) {
            const int how = exactness(accepted[i], thing).value_or(-1);
            if (how > exact || (how == exact && how >= 0 && accepted[i].quality > quality)) {
                exact = how;
                quality = accepted[i].quality;
                place = i;
            }
        }
        if (quality > best_quality || (chosen && quality == best_quality && place < best_place)) {
            chosen = thing;
            best_quality = quality;
            best_place = place;
        }
    }
    return chosen;
}

std::string with_literal_plus(std::string text) {
    const auto in_token = [](char c) { return is_token({&c, 1}); };
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == ' ' && in_token(text[i - 1]) && in_token(text[i + 1])) {
            text[i] = '+';
        }
    }
    return text;
}

std::vector<MediaRange> accepted(const Request& request) {
    const std::string* parameter = request.parameter("accept");
    const std::string text = parameter != nullptr && !parameter->empty() ? with_literal_plus(*parameter)
                                                                         : request.header("Accept");
    if (trimmed(text).empty()) {
        return parse_accept("*/*");
    }
    return parse_accept(text);
}

} // namespace recog::dicomweb
