// An answer as the bytes of a connection, window by window: the head, then the body with its length told
// before when it is known, else in chunks (RFC 9112 7.1), else up to the end of the connection (HTTP/1.0).
//
// Never more than a window and one piece of the body is held, whatever the body's size. Bytes of mapped files
// are neither copied nor left for the network threads to fetch from the disk.
#pragma once

#include "core/dicomweb/request.hpp"
#include "plugin/net/transport.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recog::web {

using dicomweb::Bytes;

/// Bytes of a body that are taken at a time, about.
inline constexpr std::size_t kWindowBytes = std::size_t{1} << 20U;

struct AnswerOptions {
    bool head_only = false; ///< the request is HEAD
    bool http11 = true;
    bool keep_alive = true;
    bool gzip = false;  ///< the asker takes it, and it pays on this connection
    bool files = false; ///< the connection takes bytes from files (net::Transport::takes_files())
};

/// Part of an answer, ready to be written.
struct Window {
    std::vector<net::Part> parts;
    std::vector<std::shared_ptr<const void>> owners; ///< keep the parts alive
    std::size_t size = 0;
    bool last = false;
    bool keep_alive = false; ///< when last: the connection can go on
};

/// Whether an Accept-Encoding field takes gzip.
bool takes_gzip(std::string_view accept_encoding);

/// One thread at a time.
class AnswerStream {
public:
    AnswerStream(dicomweb::Response response, AnswerOptions options);
    ~AnswerStream();
    AnswerStream(const AnswerStream&) = delete;
    AnswerStream& operator=(const AnswerStream&) = delete;

    /// Not after the last. May wait for the disk, or for a piece to be made. A failure of the first window
    /// has sent nothing yet; after that the connection must be cut.
    Result<Window> next();

private:
    enum class Framing { None, Length, Chunks, Close };
    class Compressor;

    Status fill(Window& window);
    net::Part fetched(Bytes run) const;
    Status compress(Window& window);
    void choose_framing(const Window& first);
    std::string head(std::optional<std::uint64_t> length) const;
    void frame(Window& window);

    dicomweb::Response response_;
    AnswerOptions options_;
    bool begun_ = false;
    Framing framing_ = Framing::None;
    std::optional<std::uint64_t> length_; ///< of the body as it is sent
    std::uint64_t sent_ = 0;
    std::size_t next_piece_ = 0;
    dicomweb::OpenedPiece current_;
    std::size_t run_ = 0;    ///< of current_.bytes
    std::size_t offset_ = 0; ///< in that run
    std::unique_ptr<Compressor> compressor_;
};

} // namespace recog::web
