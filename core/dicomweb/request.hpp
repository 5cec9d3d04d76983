// HTTP as the DICOMweb floor sees it: no sockets, no server. plugin/rest fills requests and sends responses.
#pragma once

#include "core/base/file_source.hpp"
#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

/// A run of bytes of a body, ready to be sent: as many views as it takes, and what keeps them alive.
struct OpenedPiece {
    std::vector<Bytes> bytes;
    std::shared_ptr<const void> owner;
    FileSource source = {}; ///< of which some of the bytes may be; as long as `owner`
    std::size_t size() const;
};

/// Makes a piece when the answer has got that far: opens a file, transcodes a frame. Called once, on any
/// thread that may wait. A failure ends the answer in its middle: the connection is cut, since the status has
/// been sent.
using OpenPiece = std::function<Result<OpenedPiece>()>;

/// Bytes to be sent, in pieces: text made here, spans of mapped files that nobody copies, and pieces that are
/// made when it is their turn, so that a large answer never lies in memory as a whole.
class Body {
public:
    void append(std::string text);
    /// `owner` keeps `bytes` alive, and is released with the body.
    void append(Bytes bytes, std::shared_ptr<const void> owner);
    /// `size` in bytes when it is known before; what `open` gives must be as long then.
    void append_later(std::optional<std::uint64_t> size, OpenPiece open);
    void append(Body&& other);

    /// Bytes of all pieces; nullopt when one of them does not know its own yet.
    std::optional<std::uint64_t> size() const;
    bool empty() const { return pieces_.empty(); }
    std::size_t piece_count() const { return pieces_.size(); }
    /// Hands out a piece. Errors: those of its OpenPiece; Storage when it is not as long as was said.
    Result<OpenedPiece> take_piece(std::size_t index);
    /// All in one string: for tests and for small bodies. Errors: those of the pieces.
    Result<std::string> to_string() const;

private:
    struct Piece {
        std::string text;
        Bytes borrowed;
        std::shared_ptr<const void> owner;
        OpenPiece open; ///< when set, neither of the above
        std::optional<std::uint64_t> size;
        Result<OpenedPiece> opened() const;
    };
    std::vector<Piece> pieces_;
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

/// Takes the body of one request as it arrives, piece by piece, on one thread at a time.
class RequestBody {
public:
    virtual ~RequestBody() = default;
    /// May wait (for the disk, for the archive), which holds up the sender. After a failure nothing more is
    /// added: the failure is the answer.
    virtual Status add(Bytes chunk) = 0;
    /// The body is complete. Not called when the sender went away in its middle.
    virtual Response finish() = 0;
};

/// `299 <service>: <text>` as PS3.18 8.3.4 spells it; `service` is the base URI of the services. Control
/// characters become spaces.
std::string warning_299(std::string_view service, std::string_view text);

} // namespace recog::dicomweb
