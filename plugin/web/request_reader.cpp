#include "plugin/web/request_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace recog::web {

namespace {

using dicomweb::Method;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

// RFC 9110 5.6.2
bool is_token_char(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

bool is_target(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(),
                                         [](char c) { return is_control(c) || c == ' ' || c == '#'; });
}

// RFC 9110 7.2, loosely: what may become part of a URL in an answer.
bool is_host(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
               std::string_view("-._~:[]%").find(c) != std::string_view::npos;
    });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

Method method_of(std::string_view name) {
    static constexpr std::pair<std::string_view, Method> kMethods[] = {
        {"GET", Method::Get}, {"HEAD", Method::Head},     {"POST", Method::Post},
        {"PUT", Method::Put}, {"DELETE", Method::Delete}, {"OPTIONS", Method::Options},
    };
    for (const auto& [text, method] : kMethods) {
        if (text == name) {
            return method;
        }
    }
    return Method::Other;
}

bool names(std::string_view list, std::string_view token) {
    while (true) {
        const std::size_t comma = list.find(',');
        if (same(trimmed(list.substr(0, comma)), token)) {
            return true;
        }
        if (comma == std::string_view::npos) {
            return false;
        }
        list.remove_prefix(comma + 1);
    }
}

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

std::string_view Head::field(std::string_view name) const {
    const auto at = std::find_if(fields.begin(), fields.end(),
                                 [name](const dicomweb::Field& one) { return same(one.name, name); });
    return at != fields.end() ? std::string_view(at->value) : std::string_view();
}

RequestReader::Step RequestReader::read(Bytes input) {
    switch (state_) {
    case State::Head:
        return read_head(text_of(input));
    case State::Body:
    case State::Chunk:
        return read_body(input);
    case State::ChunkLine:
        return read_chunk_line(text_of(input));
    case State::ChunkEnd:
        return read_chunk_end(text_of(input));
    case State::Trailer:
        return read_trailer(text_of(input));
    case State::Complete:
        return {Event::End, 0, {}};
    case State::Refused:
        break;
    }
    return {Event::Refused, 0, {}};
}

RequestReader::Step RequestReader::refuse(int status, const char* sentence) {
    state_ = State::Refused;
    refusal_ = {status, sentence};
    return {Event::Refused, 0, {}};
}

// Line by line, so that each byte is looked at once however the head is cut.
RequestReader::Step RequestReader::read_head(std::string_view input) {
    if (scanned_ == 0 && !input.empty() && input.front() != '\r' && !is_token_char(input.front())) {
        return refuse(400, "This is not an HTTP request");
    }
    while (true) {
        const std::size_t end = input.find('\n', scanned_);
        if (line_begin_ == 0 && std::min(end, input.size()) > kMaxTargetBytes + 64) {
            return refuse(414, "The URL is too long");
        }
        if (std::min(end, input.size()) >= kMaxHeadBytes) {
            return refuse(431, "The head of the request is too large");
        }
        if (end == std::string_view::npos) {
            scanned_ = input.size();
            return {};
        }
        if (end == 0 || input[end - 1] != '\r') {
            return refuse(400, "A line of the head does not end by CRLF");
        }
        scanned_ = end + 1;
        if (end - 1 == line_begin_ && line_begin_ == 0) { // RFC 9112 2.2: an empty line before the request
            scanned_ = 0;
            return {Event::More, 2, {}};
        }
        if (end - 1 == line_begin_) {
            return parse_head(input.substr(0, line_begin_), scanned_);
        }
        line_begin_ = scanned_;
    }
}

RequestReader::Step RequestReader::parse_head(std::string_view text, std::size_t used) {
    bool first = true;
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        const std::string_view line = text.substr(0, end);
        if (!(first ? parse_request_line(line) : parse_field(line))) {
            return {Event::Refused, 0, {}};
        }
        first = false;
        text.remove_prefix(end + 2);
    }
    if (!check_fields()) {
        return {Event::Refused, 0, {}};
    }
    left_ = head_.content_length;
    state_ = head_.chunked ? State::ChunkLine : left_ > 0 ? State::Body : State::Complete;
    return {Event::Head, used, {}};
}

bool RequestReader::parse_request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    const bool three = first != std::string_view::npos && first != last;
    const std::string_view method = line.substr(0, first);
    const std::string_view target = three ? line.substr(first + 1, last - first - 1) : std::string_view();
    const std::string_view version = three ? line.substr(last + 1) : std::string_view();
    if (!is_token(method) || !is_target(target) || version.size() != 8 || !version.starts_with("HTTP/") ||
        !is_digit(version[5]) || version[6] != '.' || !is_digit(version[7])) {
        refuse(400, "The request line is malformed");
        return false;
    }
    if (version[5] != '1') {
        refuse(505, "This server speaks HTTP/1.1");
        return false;
    }
    if (target.size() > kMaxTargetBytes) {
        refuse(414, "The URL is too long");
        return false;
    }
    head_.method = method_of(method);
    head_.target = target;
    head_.http11 = version[7] != '0';
    head_.keep_alive = head_.http11;
    if (head_.method == Method::Other) {
        refuse(501, "This server does not know the method");
        return false;
    }
    return true;
}

bool RequestReader::parse_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_token(name)) {
        refuse(400, "A field of the head is malformed");
        return false;
    }
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_value(value)) {
        refuse(400, "A field of the head holds a control character");
        return false;
    }
    if (head_.fields.size() == kMaxFields) {
        refuse(431, "The head of the request holds too many fields");
        return false;
    }
    head_.fields.push_back({std::string(name), std::string(value)});
    return true;
}

bool RequestReader::check_fields() {
    std::vector<std::string_view> hosts;
    std::vector<std::string_view> lengths;
    std::vector<std::string_view> codings;
    for (const dicomweb::Field& field : head_.fields) {
        if (same(field.name, "host")) {
            hosts.push_back(field.value);
        } else if (same(field.name, "content-length")) {
            lengths.push_back(field.value);
        } else if (same(field.name, "transfer-encoding")) {
            codings.push_back(field.value);
        } else if (same(field.name, "connection")) {
            head_.keep_alive =
                !names(field.value, "close") && (head_.keep_alive || names(field.value, "keep-alive"));
        } else if (same(field.name, "expect")) {
            if (!same(field.value, "100-continue")) {
                refuse(417, "This server does not know what is expected of it");
                return false;
            }
            head_.expects_continue = head_.http11;
        }
    }
    // RFC 9112 3.2
    if (hosts.size() > 1 || (hosts.empty() && head_.http11) || (!hosts.empty() && !is_host(hosts.front()))) {
        refuse(400, "There must be one Host field");
        return false;
    }
    // RFC 9112 6.1 and 6.3
    if (!codings.empty() && (!lengths.empty() || !head_.http11 || codings.size() > 1)) {
        refuse(400, "The length of the body is not clear");
        return false;
    }
    if (!codings.empty() && !same(codings.front(), "chunked")) {
        refuse(501, "This server knows no transfer coding but chunked");
        return false;
    }
    head_.chunked = !codings.empty();
    return check_length(lengths);
}

bool RequestReader::check_length(const std::vector<std::string_view>& lengths) {
    if (lengths.empty()) {
        return true;
    }
    const std::string_view text = lengths.front();
    if (lengths.size() > 1 || text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
        refuse(400, "The length of the body is not clear");
        return false;
    }
    const auto read = std::from_chars(text.data(), text.data() + text.size(), head_.content_length);
    if (read.ec != std::errc()) {
        refuse(413, "The body is too large");
        return false;
    }
    return true;
}

RequestReader::Step RequestReader::read_body(Bytes input) {
    if (input.empty()) {
        return {};
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    left_ -= size;
    if (left_ == 0) {
        state_ = state_ == State::Chunk ? State::ChunkEnd : State::Complete;
    }
    return {Event::Body, size, input.first(size)};
}

RequestReader::Step RequestReader::read_chunk_line(std::string_view input) {
    const std::size_t end = input.find('\n');
    if (std::min(end, input.size()) > kMaxChunkLine) {
        return refuse(400, "The size of a chunk is malformed");
    }
    if (end == std::string_view::npos) {
        return {};
    }
    std::string_view line = input.substr(0, end);
    if (!line.ends_with('\r')) {
        return refuse(400, "The size of a chunk does not end by CRLF");
    }
    line.remove_suffix(1);
    const auto* const last = line.data() + line.size();
    const auto read = std::from_chars(line.data(), last, left_, 16);
    const std::string_view extension(read.ptr, static_cast<std::size_t>(last - read.ptr));
    const std::string_view rest = trimmed(extension);
    if (read.ec != std::errc() || read.ptr - line.data() > 15 || !(rest.empty() || rest.starts_with(';')) ||
        !is_value(rest)) {
        return refuse(400, "The size of a chunk is malformed");
    }
    state_ = left_ > 0 ? State::Chunk : State::Trailer;
    return {Event::More, end + 1, {}};
}

RequestReader::Step RequestReader::read_chunk_end(std::string_view input) {
    if (!input.empty() && (input[0] != '\r' || (input.size() > 1 && input[1] != '\n'))) {
        return refuse(400, "A chunk is not as long as its size says");
    }
    if (input.size() < 2) {
        return {};
    }
    state_ = State::ChunkLine;
    return {Event::More, 2, {}};
}

RequestReader::Step RequestReader::read_trailer(std::string_view input) {
    const std::size_t end = input.find('\n');
    if (trailer_ + std::min(end, input.size()) > kMaxTrailerBytes) {
        return refuse(431, "The fields behind the body are too large");
    }
    if (end == std::string_view::npos) {
        return {};
    }
    const std::string_view line = input.substr(0, end);
    if (!line.ends_with('\r')) {
        return refuse(400, "A field behind the body does not end by CRLF");
    }
    if (line.size() == 1) {
        state_ = State::Complete;
        return {Event::More, 2, {}};
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
        !is_value(line.substr(colon + 1, line.size() - colon - 2))) {
        return refuse(400, "A field behind the body is malformed");
    }
    trailer_ += end + 1;
    return {Event::More, end + 1, {}};
}

} // namespace recog::web
