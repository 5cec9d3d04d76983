// TCP without the 40 ms trap: TCP_NODELAY for our writes, TCP_QUICKACK round each read for those of the
// other side.
#pragma once

#include "plugin/dimse/byte_stream.hpp"

namespace recog::dimse {

class SocketStream final : public ByteStream {
public:
    /// Tries each address of the host in turn, all within `limit`. Name resolution is the system's and is
    /// not covered by the limit.
    static Result<std::unique_ptr<SocketStream>> connect(const std::string& host, std::uint16_t port,
                                                         std::chrono::milliseconds limit,
                                                         const CancelSignal& cancel);

    /// Takes over a connected socket.
    SocketStream(int socket, const CancelSignal& cancel);
    ~SocketStream() override;
    SocketStream(const SocketStream&) = delete;
    SocketStream& operator=(const SocketStream&) = delete;

    Status write(std::span<const Bytes> parts, std::chrono::milliseconds idle_limit) override;
    Result<std::size_t> read_some(std::span<std::byte> into, SteadyTime deadline) override;
    bool quiet() override;
    void write_if_possible(Bytes bytes) override;

    /// The other side has not closed, and there is or is not something to be read.
    enum class Arrival { Nothing, Data, End };
    Arrival arrival() const;

private:
    Status wait_for(short events, SteadyTime deadline);
    void acknowledge_now();

    int socket_;
    const CancelSignal& cancel_;
};

} // namespace recog::dimse
