#include "core/base/json_writer.hpp"

#include "core/base/utf8.hpp"

#include <charconv>

namespace recog {

namespace {
constexpr char kHex[] = "0123456789abcdef";
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
    for (const char c : text) {
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
            if (byte < 0x20) {
                out_ += "\\u00";
                out_ += kHex[byte >> 4U];
                out_ += kHex[byte & 15U];
            } else {
                out_ += c;
            }
        }
    }
    out_ += '"';
}

void JsonWriter::key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    comma_ = false;
}

void JsonWriter::string(std::string_view text) {
    separate();
    // RFC 8259 8.1: JSON is UTF-8. Text that is not would make the whole answer unreadable.
    if (is_utf8(text)) {
        quote(text);
    } else {
        quote(replace_invalid_utf8(text));
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
