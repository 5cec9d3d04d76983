#include "core/dicomweb/request.hpp"

#include <algorithm>
#include <numeric>

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

std::size_t OpenedPiece::size() const {
    return std::accumulate(bytes.begin(), bytes.end(), std::size_t{0},
                           [](std::size_t sum, Bytes run) { return sum + run.size(); });
}

void Body::append(std::string text) {
    if (text.empty()) {
        return;
    }
    if (!pieces_.empty() && !pieces_.back().owner && !pieces_.back().open) {
        pieces_.back().text += text;
        *pieces_.back().size += text.size();
        return;
    }
    const std::size_t size = text.size();
    pieces_.push_back(Piece{std::move(text), {}, nullptr, nullptr, size});
}

void Body::append(Bytes bytes, std::shared_ptr<const void> owner) {
    if (bytes.empty()) {
        return;
    }
    if (!owner) {
        append(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        return;
    }
    pieces_.push_back(Piece{{}, bytes, std::move(owner), nullptr, bytes.size()});
}

void Body::append_later(std::optional<std::uint64_t> size, OpenPiece open) {
    pieces_.push_back(Piece{{}, {}, nullptr, std::move(open), size});
}

void Body::append(Body&& other) {
    for (Piece& piece : other.pieces_) {
        if (piece.owner || piece.open) {
            pieces_.push_back(std::move(piece));
        } else {
            append(std::move(piece.text));
        }
    }
    other.pieces_.clear();
}

std::optional<std::uint64_t> Body::size() const {
    std::uint64_t sum = 0;
    for (const Piece& piece : pieces_) {
        if (!piece.size) {
            return std::nullopt;
        }
        sum += *piece.size;
    }
    return sum;
}

Result<OpenedPiece> Body::Piece::opened() const {
    if (!open) {
        return OpenedPiece{{owner ? borrowed : std::as_bytes(std::span(text))}, owner};
    }
    auto made = open();
    if (made && size && made->size() != *size) {
        return error(ErrorKind::Storage, "a stored object is not as long as the index says");
    }
    return made;
}

Result<OpenedPiece> Body::take_piece(std::size_t index) {
    Piece& piece = pieces_[index];
    if (piece.owner || piece.open) {
        auto opened = piece.opened();
        piece.owner.reset();
        piece.open = nullptr;
        return opened;
    }
    const auto text = std::make_shared<const std::string>(std::move(piece.text));
    return OpenedPiece{{std::as_bytes(std::span(*text))}, text};
}

Result<std::string> Body::to_string() const {
    std::string all;
    if (const auto known = size()) {
        all.reserve(static_cast<std::size_t>(*known));
    }
    for (const Piece& piece : pieces_) {
        const auto opened = piece.opened();
        if (!opened) {
            return opened.failure();
        }
        for (const Bytes run : opened->bytes) {
            all.append(reinterpret_cast<const char*>(run.data()), run.size());
        }
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
