#include "core/dicomweb/uri.hpp"

#include "core/base/utf8.hpp"

namespace recog::dicomweb {

namespace {

constexpr std::size_t kMaxUid = 64;

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

Error bad(const char* text) {
    return error(ErrorKind::BadRequest, text);
}

Result<Field> parse_parameter(std::string_view pair) {
    const std::size_t equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), Plus::Space);
    if (!name) {
        return name.failure();
    }
    Field field{*std::move(name), {}};
    if (equals != std::string_view::npos) {
        auto value = percent_decode(pair.substr(equals + 1), Plus::Space);
        if (!value) {
            return value.failure();
        }
        field.value = *std::move(value);
    }
    return field;
}

} // namespace

Result<std::string> percent_decode(std::string_view text, Plus plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus == Plus::Space) {
            c = ' ';
        } else if (c == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return bad("the URL holds a '%' that two hexadecimal digits do not follow");
            }
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') {
            return bad("the URL holds a null character");
        }
        out += c;
    }
    if (!is_utf8(out)) {
        return bad("the URL is not UTF-8 when decoded");
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
    return out;
}

Result<std::vector<std::string>> parse_path(std::string_view path) {
    if (path.size() > kMaxPathBytes) {
        return error(ErrorKind::TooLarge, "the path of the URL is too long");
    }
    if (path.starts_with('/')) {
        path.remove_prefix(1);
    }
    if (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    std::vector<std::string> segments;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        auto segment = percent_decode(path.substr(0, slash));
        if (!segment) {
            return segment.failure();
        }
        if (segment->empty() || *segment == "." || *segment == ".." || segments.size() == kMaxPathSegments) {
            return bad("the path of the URL holds an empty or relative segment, or too many");
        }
        segments.push_back(*std::move(segment));
        if (slash == std::string_view::npos) {
            break;
        }
        path.remove_prefix(slash + 1);
        if (path.empty()) {
            return bad("the path of the URL holds an empty segment");
        }
    }
    return segments;
}

Result<std::vector<Field>> parse_query(std::string_view query) {
    if (query.size() > kMaxQueryBytes) {
        return error(ErrorKind::TooLarge, "the query of the URL is too long");
    }
    std::vector<Field> fields;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (pair.empty()) {
            continue;
        }
        if (fields.size() == kMaxQueryParameters) {
            return error(ErrorKind::TooLarge, "the query of the URL holds too many parameters");
        }
        auto field = parse_parameter(pair);
        if (!field) {
            return field.failure();
        }
        fields.push_back(*std::move(field));
    }
    return fields;
}

bool is_valid_uid(std::string_view uid) {
    if (uid.empty() || uid.size() > kMaxUid) {
        return false;
    }
    std::size_t digits = 0;
    bool zero_first = false;
    for (const char c : uid) {
        if (c == '.') {
            if (digits == 0) {
                return false;
            }
            digits = 0;
        } else if (c < '0' || c > '9' || (digits > 0 && zero_first)) {
            return false;
        } else {
            zero_first = digits == 0 ? c == '0' : zero_first;
            ++digits;
        }
    }
    return digits > 0;
}

bool is_lookup_uid(std::string_view uid) {
    return !uid.empty() && uid.size() <= kMaxUid &&
           uid.find_first_not_of("0123456789.") == std::string_view::npos;
}

} // namespace recog::dicomweb
