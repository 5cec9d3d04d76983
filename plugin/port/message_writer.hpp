// From DIMSE messages to P-DATA-TF PDUs, one fragment each (PS3.8 9.3.5 and annex E). No sockets.
#pragma once

#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/pdu.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace recog::port {

using Bytes = std::span<const std::byte>;

/// Bytes of one fragment for a receiver that takes PDUs with `max_pdu` bytes of body; 0 is unlimited. Even
/// (PS3.8 E.2). `max_pdu` is at least 8.
std::size_t fragment_size(std::uint32_t max_pdu);

/// A message whose data set stays where it is, as C-STORE requests have it.
class MessageParts {
public:
    /// All parts of the data set but the last are of even length; all stay valid while this is used. A
    /// command that says so has a data set even if it is empty.
    MessageParts(std::uint8_t context, const dimse::CommandSet& command, std::span<const Bytes> data_set,
                 std::size_t max_fragment);
    MessageParts(const MessageParts&) = delete;
    MessageParts& operator=(const MessageParts&) = delete;

    /// What goes over the wire, in order. Parts point into this object and into the data set.
    const std::vector<Bytes>& parts() const { return parts_; }

private:
    using Header = std::array<std::byte, dimse::PDU_HEADER + dimse::PDV_HEADER>;
    void split(std::uint8_t context, bool command, Bytes data, bool ends, std::size_t max_fragment);

    std::vector<std::byte> command_;
    std::deque<Header> headers_;
    std::vector<Bytes> parts_;
};

/// The same in one piece.
std::vector<std::byte> encode_message(std::uint8_t context, const dimse::CommandSet& command, Bytes data_set,
                                      std::size_t max_fragment);

} // namespace recog::port
