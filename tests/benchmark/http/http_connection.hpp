// One connection of a client that measures: HTTP/1.1 over a blocking socket, kept alive where the server
// keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::benchmark {

struct Reply {
    int status = 0;         ///< 0: no reply came, see `failure`
    std::uint64_t body = 0; ///< bytes of the body, without chunk framing
    bool keeps_alive = false;
    std::string failure; ///< one sentence when the reply is not whole
};

/// Used from one thread. Bodies are read and discarded, unless a place for them is given.
class HttpConnection {
public:
    HttpConnection(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}
    ~HttpConnection() { close(); }
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    /// Sends `head` (a whole request head) and `body`, and reads the whole reply. Connects first where that
    /// is needed, also once more when a kept connection turns out to be closed before a byte of the reply
    /// came.
    Reply exchange(std::string_view head, std::span<const char> body, std::string* keep_body);

    std::uint64_t connects() const { return connects_; }
    std::uint64_t received() const {
        return received_;
    } ///< bytes from the socket, heads and framing included

private:
    bool connect();
    void close();
    bool send_all(std::string_view head, std::span<const char> body);
    Reply read_reply();
    bool read_head(std::string& head);
    bool read_sized(std::uint64_t size, Reply& reply);
    bool read_chunks(Reply& reply);
    bool read_to_end(Reply& reply);
    bool read_line(std::string& line);
    bool fill();
    std::size_t unread() const { return end_ - begin_; }
    void take(std::size_t size, Reply& reply);

    static constexpr std::size_t kBuffer = 256 * 1024;
    static constexpr std::size_t kMaxHead = 64 * 1024;

    std::string host_;
    std::uint16_t port_;
    int socket_ = -1;
    std::vector<char> buffer_ = std::vector<char>(kBuffer);
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::string* keep_body_ = nullptr;
    std::uint64_t connects_ = 0;
    std::uint64_t received_ = 0;
};

} // namespace recog::benchmark
