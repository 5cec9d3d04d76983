// Command sets, PS3.7 9.3, 10.3 and annex E: always Implicit VR Little Endian,
//   element = group(2)=0000 element(2) length(4) value
// Pure functions; no sockets.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace recog::dimse {

/// A command set of more bytes than this is malformed.
constexpr std::size_t MAX_COMMAND_SET = 65536;

/// Command Field (0000,0100). A response has the high bit.
enum class Command : std::uint16_t {
    StoreRequest = 0x0001,
    StoreResponse = 0x8001,
    GetRequest = 0x0010,
    GetResponse = 0x8010,
    FindRequest = 0x0020,
    FindResponse = 0x8020,
    MoveRequest = 0x0021,
    MoveResponse = 0x8021,
    EchoRequest = 0x0030,
    EchoResponse = 0x8030,
    CancelRequest = 0x0FFF,
};

/// The fields that the services of this node use; what a message does not have is empty.
struct CommandSet {
    Command command = Command::EchoRequest;
    std::uint16_t message_id = 0;                  ///< (0000,0110), of requests
    std::uint16_t message_id_responded_to = 0;     ///< (0000,0120), of responses and C-CANCEL
    std::string sop_class_uid;                     ///< (0000,0002) Affected SOP Class UID
    std::string sop_instance_uid;                  ///< (0000,1000) Affected SOP Instance UID
    std::string move_destination;                  ///< (0000,0600)
    std::string originator_aet;                    ///< (0000,1030) Move Originator
    std::uint16_t originator_message_id = 0;       ///< (0000,1031)
    std::uint16_t priority = 0;                    ///< (0000,0700)
    bool has_data_set = false;                     ///< (0000,0800) is not 0101
    std::uint16_t status = 0;                      ///< (0000,0900), of responses
    std::string error_comment;                     ///< (0000,0902), cut to 64 characters
    std::vector<std::uint32_t> offending_elements; ///< (0000,0901): group in the high half
    std::optional<std::uint16_t> remaining;        ///< (0000,1020)
    std::optional<std::uint16_t> completed;        ///< (0000,1021)
    std::optional<std::uint16_t> failed;           ///< (0000,1022)
    std::optional<std::uint16_t> warning;          ///< (0000,1023)
};

/// With the Command Group Length in front; elements with empty values are left out.
std::vector<std::byte> encode_command_set(const CommandSet& command);

/// Malformed: not whole, an element of another group, no known Command Field, a response without a status, a
/// request without a Message ID. Unknown elements are passed over.
Result<CommandSet> parse_command_set(std::span<const std::byte> bytes);

/// PS3.4 table B.2-1 and PS3.7 annex C, for people; empty for 0000. Never quotes the other side.
std::string describe_store_status(std::uint16_t status);

} // namespace recog::dimse
