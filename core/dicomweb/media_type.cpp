#include "core/dicomweb/media_type.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// RFC 9110 5.6.2
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool is_type(std::string_view text) {
    const std::size_t slash = text.find('/');
    return slash != std::string_view::npos && is_token(text.substr(0, slash)) &&
           is_token(text.substr(slash + 1));
}

/// Up to the next ';' outside of quotes; `rest` loses it and the semicolon.
std::string_view take_parameter(std::string_view& rest) {
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest.size() && (quoted || rest[i] != ';'); ++i) {
        if (quoted && rest[i] == '\\') {
            ++i;
        } else if (rest[i] == '"') {
            quoted = !quoted;
        }
    }
    i = std::min(i, rest.size());
    const std::string_view part = rest.substr(0, i);
    rest.remove_prefix(std::min(rest.size(), i + 1));
    return trimmed(part);
}

// Clients in the field leave the quotes off values that need them: `type=application/dicom`.
std::string unquoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return std::string(text);
    }
    std::string out;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        i += text[i] == '\\' && i + 2 < text.size() ? 1 : 0;
        out += text[i];
    }
    return out;
}

} // namespace

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::string_view MediaType::parameter(std::string_view name) const {
    const auto at = std::find_if(parameters.begin(), parameters.end(),
                                 [name](const auto& parameter) { return parameter.first == name; });
    return at != parameters.end() ? std::string_view(at->second) : std::string_view();
}

Result<MediaType> parse_media_type(std::string_view text) {
    const auto refused = [] { return error(ErrorKind::BadRequest, "the Content-Type cannot be read"); };
    if (text.size() > kMaxMediaTypeBytes) {
        return refused();
    }
    MediaType media;
    text = trimmed(text);
    if (text.empty()) {
        return media;
    }
    media.type = lower_case(take_parameter(text));
    if (!is_type(media.type)) {
        return refused();
    }
    while (!text.empty()) {
        const std::string_view parameter = take_parameter(text);
        if (parameter.empty()) {
            continue;
        }
        const std::size_t equals = parameter.find('=');
        if (equals == std::string_view::npos || media.parameters.size() == kMaxMediaTypeParameters) {
            return refused();
        }
        const std::string_view name = trimmed(parameter.substr(0, equals));
        if (!is_token(name)) {
            return refused();
        }
        media.parameters.emplace_back(lower_case(name), unquoted(trimmed(parameter.substr(equals + 1))));
    }
    return media;
}

} // namespace recog::dicomweb
