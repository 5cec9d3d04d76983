// HTTP as the DICOMweb floor sees it: no sockets, no server. plugin/rest fills requests and sends responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dicomweb {

using Bytes = std::span<const std::byte>;

enum class Method { Get, Head, Post, Put, Delete, Options, Other };

/// A header field or a query parameter.
struct Field {
    std::string name;
    std::string value;
    friend bool operator==(const Field&, const Field&) = default;
};

struct Request {
    Method method = Method::Get;
    /// The path below the root of the services ("studies", "1.2.3", ...), split at '/' and then decoded
    /// (uri.hpp).
    std::vector<std::string> segments;
    std::vector<Field> headers;
    /// In the order of the URL, decoded exactly once.
    std::vector<Field> query;

    /// The fields of this name joined by ", " (RFC 9110 5.3); names are insensitive to case.
    std::string header(std::string_view name) const;
    /// The first parameter of this name (insensitive to case); nullptr when there is none.
    const std::string* parameter(std::string_view name) const;
};

/// Bytes to be sent, in pieces: text made here, and spans of mapped files that nobody copies.
class Body {
public:
    void append(std::string text);
    /// `owner` keeps `bytes` alive, and is released with the body.
    void append(Bytes bytes, std::shared_ptr<const void> owner);
    void append(Body&& other);

    std::uint64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::size_t piece_count() const { return pieces_.size(); }
    Bytes piece(std::size_t index) const { return pieces_[index].bytes(); }
    /// All in one string: for tests and for small bodies.
    std::string to_string() const;

private:
    struct Piece {
        std::string text;
        Bytes borrowed;
        std::shared_ptr<const void> owner;
        Bytes bytes() const { return owner ? borrowed : std::as_bytes(std::span(text)); }
    };
    std::vector<Piece> pieces_;
    std::uint64_t size_ = 0;
};

struct Response {
    int status = 200;
    std::vector<Field> headers; ///< Content-Type included, Content-Length not: it is body.size()
    Body body;
    /// Sentences for 299 Warning headers; who knows the base URI of the services makes them (warning_299).
    std::vector<std::string> warnings;

    void set_header(std::string_view name, std::string value);
    /// nullptr when absent.
    const std::string* header(std::string_view name) const;
};

/// `299 <service>: <text>` as PS3.18 8.3.4 spells it; `service` is the base URI of the services. Control
/// characters become spaces.
std::string warning_299(std::string_view service, std::string_view text);

} // namespace recog::dicomweb
