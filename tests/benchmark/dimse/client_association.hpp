// An association as a workstation opens it, for programs that measure: blocking, one thread, TCP_NODELAY, and
// so little of its own that the time is the server's. Failures end the program with a sentence.
#pragma once

#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/pdu.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recog::bench {

struct Peer {
    std::string host; ///< numeric IPv4 address
    std::uint16_t port = 0;
    std::string calling_aet;
    std::string called_aet;
};

/// Seconds of CLOCK_MONOTONIC; Python's time.monotonic() on the same machine.
double monotonic_seconds();

[[noreturn]] void give_up(const std::string& sentence);

/// "H:P" as "127.0.0.1" and its port.
std::uint16_t port_number(const std::string& text);

/// Context 1 for the requests, and context 3 when instances are to be received over the same association
/// (C-GET); both in Explicit VR Little Endian.
class ClientAssociation {
public:
    static constexpr std::uint8_t kRequests = 1;
    static constexpr std::uint8_t kInstances = 3;

    /// `received_sop_class`: empty, or the storage SOP class of context 3.
    ClientAssociation(const Peer& peer, const std::string& abstract_syntax,
                      const std::string& received_sop_class = {});
    ~ClientAssociation();
    ClientAssociation(const ClientAssociation&) = delete;
    ClientAssociation& operator=(const ClientAssociation&) = delete;

    /// `data_set` is sent when it is not empty.
    void send(dimse::CommandSet command, std::span<const std::byte> data_set,
              std::uint8_t context = kRequests);
    /// The next command set; the data set that follows it is read and dropped.
    dimse::CommandSet receive();
    /// A-RELEASE, answered.
    void release();

private:
    std::span<const std::byte> read_pdu(dimse::PduType& type);
    void read_exactly(std::byte* to, std::size_t size);
    void write(std::span<const std::byte> bytes) const;

    int socket_ = -1;
    std::vector<std::byte> buffer_; ///< read ahead
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::vector<std::byte> body_;
};

} // namespace recog::bench
