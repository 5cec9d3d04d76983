// A connected stream of bytes whose every wait ends: by data, by a time-out, or by a CancelSignal.
#pragma once

#include "core/base/result.hpp"
#include "plugin/dimse/cancel_signal.hpp"
#include "plugin/dimse/stored_instance.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace recog::dimse {

using SteadyTime = std::chrono::steady_clock::time_point;
using Bytes = std::span<const std::byte>;

/// The limit of every wait for this destination. "No limit" (0 in Orthanc's configuration) is an hour here.
inline std::chrono::milliseconds time_limit(const Destination& destination) {
    return std::chrono::seconds(destination.timeout_seconds > 0 ? destination.timeout_seconds : 3600);
}

/// Belongs to one thread at a time. Errors are ErrorKind::Unreachable; after one the stream is of no more
/// use.
class ByteStream {
public:
    virtual ~ByteStream() = default;

    /// Writes all parts, in order and in as few system calls as may be; fails when nothing moves for
    /// `idle_limit`.
    virtual Status write(std::span<const Bytes> parts, std::chrono::milliseconds idle_limit) = 0;

    /// Reads at least one byte.
    virtual Result<std::size_t> read_some(std::span<std::byte> into, SteadyTime deadline) = 0;

    /// Whether the other side has neither sent anything nor closed: asks without waiting. A connection that
    /// is not quiet while nobody expects an answer is of no more use.
    virtual bool quiet() = 0;

    /// Sends what the socket takes without waiting: for the A-ABORT of a connection that is given up.
    virtual void write_if_possible(Bytes bytes) = 0;
};

/// Connects to host and port, over TLS if the destination says so; `limit` is for connecting and for the TLS
/// handshake each. Nagle's algorithm is off, and acknowledgements are not delayed: see socket_stream.cpp.
Result<std::unique_ptr<ByteStream>> connect_stream(const Destination& destination, const CancelSignal& cancel,
                                                   std::chrono::milliseconds limit);

} // namespace recog::dimse
