#include "core/base/json_writer.hpp"

#include "core/base/utf8.hpp"

#include <charconv>
#include <cstring>

namespace recog {

namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x8080808080808080U;

// The high bit of each byte that is zero, and perhaps of bytes behind the first one.
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
    return (word - kOnes) & ~word & kHighBits;
}

// Whether eight bytes stand in JSON as they are: ASCII without control characters, '"' and '\\'.
bool is_plain(std::uint64_t word) {
    const std::uint64_t control = (word - kOnes * 0x20) & ~word;
    const std::uint64_t quotes = zero_bytes(word ^ kOnes * '"') | zero_bytes(word ^ kOnes * '\\');
    return (((control | word) & kHighBits) | quotes) == 0;
}

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// Most text is plain: eight bytes at a time.
bool is_plain(std::string_view text) {
    std::uint64_t word = 0;
    for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
        std::memcpy(&word, text.data(), sizeof word);
        if (!is_plain(word)) {
            return false;
        }
    }
    for (const char c : text) {
        if (!is_plain(c)) {
            return false;
        }
    }
    return true;
}

} // namespace

void JsonWriter::separate() {
    if (comma_) {
        out_ += ',';
    }
    comma_ = true;
}

void JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    comma_ = false;
}

void JsonWriter::close(char bracket) {
    out_ += bracket;
    comma_ = true;
}

void JsonWriter::quote(std::string_view text) {
    out_ += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        out_.append(text, copied, i - copied);
        copied = i + 1;
        escape(text[i]);
    }
    out_.append(text, copied, text.size() - copied);
    out_ += '"';
}

void JsonWriter::escape(char c) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
    case '"':
        out_ += "\\\"";
        break;
    case '\\':
        out_ += "\\\\";
        break;
    case '\n':
        out_ += "\\n";
        break;
    case '\r':
        out_ += "\\r";
        break;
    case '\t':
        out_ += "\\t";
        break;
    default:
        out_ += "\\u00";
        out_ += kHex[byte >> 4U];
        out_ += kHex[byte & 15U];
    }
}

void JsonWriter::key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    comma_ = false;
}

void JsonWriter::string(std::string_view utf8) {
    separate();
    if (is_plain(utf8)) {
        out_ += '"';
        out_ += utf8;
        out_ += '"';
        return;
    }
    // RFC 8259 8.1: JSON is UTF-8. Text that is not would make the whole answer unreadable.
    if (is_utf8(utf8)) {
        quote(utf8);
    } else {
        quote(replace_invalid_utf8(utf8));
    }
}

void JsonWriter::integer(std::int64_t number) {
    separate();
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, number);
    out_.append(text, static_cast<std::size_t>(end.ptr - text));
}

void JsonWriter::raw(std::string_view number) {
    separate();
    out_ += number;
}

} // namespace recog
