#include "core/dicomweb/request.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

} // namespace

std::string Request::header(std::string_view name) const {
    std::string joined;
    bool found = false;
    for (const Field& field : headers) {
        if (same_name(field.name, name)) {
            joined += found ? ", " : "";
            joined += field.value;
            found = true;
        }
    }
    return joined;
}

const std::string* Request::parameter(std::string_view name) const {
    const auto at = std::find_if(query.begin(), query.end(),
                                 [&](const Field& field) { return same_name(field.name, name); });
    return at != query.end() ? &at->value : nullptr;
}

void Body::append(std::string text) {
    size_ += text.size();
    if (!pieces_.empty() && !pieces_.back().owner) {
        pieces_.back().text += text;
    } else if (!text.empty()) {
        pieces_.push_back(Piece{std::move(text), {}, nullptr});
    }
}

void Body::append(Bytes bytes, std::shared_ptr<const void> owner) {
    if (bytes.empty()) {
        return;
    }
    if (!owner) {
        append(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        return;
    }
    size_ += bytes.size();
    pieces_.push_back(Piece{{}, bytes, std::move(owner)});
}

void Body::append(Body&& other) {
    for (Piece& piece : other.pieces_) {
        if (piece.owner) {
            append(piece.borrowed, std::move(piece.owner));
        } else {
            append(std::move(piece.text));
        }
    }
    other.pieces_.clear();
    other.size_ = 0;
}

std::string Body::to_string() const {
    std::string all;
    all.reserve(static_cast<std::size_t>(size_));
    for (const Piece& piece : pieces_) {
        const Bytes bytes = piece.bytes();
        all.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return all;
}

void Response::set_header(std::string_view name, std::string value) {
    for (Field& field : headers) {
        if (same_name(field.name, name)) {
            field.value = std::move(value);
            return;
        }
    }
    headers.push_back(Field{std::string(name), std::move(value)});
}

const std::string* Response::header(std::string_view name) const {
    const auto at = std::find_if(headers.begin(), headers.end(),
                                 [&](const Field& field) { return same_name(field.name, name); });
    return at != headers.end() ? &at->value : nullptr;
}

std::string warning_299(std::string_view service, std::string_view text) {
    std::string warning = "299 " + std::string(service) + ": " + std::string(text);
    std::replace_if(
        warning.begin(), warning.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return warning;
}

} // namespace recog::dicomweb
