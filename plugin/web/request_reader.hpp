// Reads HTTP/1.1 requests from the bytes of a connection.
//
//   request      = *1CRLF request-line *( field CRLF ) CRLF [ body ]                            (RFC
//   9112 2.1) request-line = method SP target SP "HTTP/1." DIGIT CRLF (3) field        = token ":" OWS value
//   OWS                                                              (5) body         = Content-Length bytes
//   / *chunk "0" [ extension ] CRLF *( field CRLF ) CRLF        (6, 7.1) chunk        = 1*HEXDIG [ extension
//   ] CRLF bytes CRLF
//
// Stricter than it could be, since what two readers of one stream read differently is how requests are
// smuggled past a proxy: lines end by CRLF only, a field is one line, Content-Length stands once and never
// beside Transfer-Encoding, and no coding but "chunked" is known.
#pragma once

#include "core/dicomweb/request.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace recog::web {

using dicomweb::Bytes;

inline constexpr std::size_t kMaxTargetBytes = 73'728; ///< of the path and the query that uri.hpp reads
inline constexpr std::size_t kMaxHeadBytes = 98'304;   ///< request line and fields
inline constexpr std::size_t kMaxFields = 100;
inline constexpr std::size_t kMaxChunkLine = 1024;
inline constexpr std::size_t kMaxTrailerBytes = 8192; ///< trailers are read and dropped

struct Head {
    dicomweb::Method method = dicomweb::Method::Other;
    std::string target; ///< as it was sent
    std::vector<dicomweb::Field> fields;
    bool http11 = false;
    bool keep_alive = false;
    bool expects_continue = false;
    bool chunked = false;
    std::uint64_t content_length = 0; ///< when not chunked

    bool has_body() const { return chunked || content_length > 0; }
    /// The first field of this name (insensitive to case); empty when there is none.
    std::string_view field(std::string_view name) const;
};

/// Why a request cannot be read; nothing behind it can be either.
struct Refusal {
    int status = 400;
    const char* sentence = "";
};

/// One thread at a time.
class RequestReader {
public:
    enum class Event {
        More,   ///< nothing can be told before more bytes come
        Head,   ///< head() may be called
        Body,   ///< `body` holds bytes of the body
        End,    ///< the request is complete; next() comes before the next one
        Refused ///< refusal() tells why; nothing more can be read
    };
    struct Step {
        Event event = Event::More;
        std::size_t used = 0; ///< bytes of the input that are done with
        Bytes body;           ///< of the input
    };

    /// `input` begins with what the last step left unused, which is never more than a head.
    Step read(Bytes input);
    /// Begins the next request.
    void next() { *this = RequestReader(); }

    Head& head() { return head_; }
    const Refusal& refusal() const { return refusal_; }
    /// Whether not one byte of a request has been seen.
    bool at_start() const { return state_ == State::Head && scanned_ == 0; }

private:
    enum class State { Head, Body, ChunkLine, Chunk, ChunkEnd, Trailer, Complete, Refused };

    Step refuse(int status, const char* sentence);
    Step read_head(std::string_view input);
    Step parse_head(std::string_view text, std::size_t used);
    bool parse_request_line(std::string_view line);
    bool parse_field(std::string_view line);
    bool check_fields();
    bool check_length(const std::vector<std::string_view>& lengths);
    Step read_body(Bytes input);
    Step read_chunk_line(std::string_view input);
    Step read_chunk_end(std::string_view input);
    Step read_trailer(std::string_view input);

    State state_ = State::Head;
    Head head_;
    Refusal refusal_;
    std::size_t scanned_ = 0;    ///< bytes of the input known to hold no end of the head
    std::size_t line_begin_ = 0; ///< of the line that is not yet complete
    std::uint64_t left_ = 0;     ///< of the body, or of the chunk
    std::size_t trailer_ = 0;    ///< bytes of trailers seen
};

} // namespace recog::web
