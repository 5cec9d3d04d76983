// Command sets of C-STORE, PS3.7 9.3.1 and annex E: always Implicit VR Little Endian,
//   element = group(2) element(2) length(4) value
// Pure functions; no sockets.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recog::dimse {

/// A response of more bytes than this is malformed.
constexpr std::size_t MAX_COMMAND_SET = 65536;

struct StoreRequest {
    std::uint16_t message_id = 1;
    std::string sop_class_uid;
    std::string sop_instance_uid;
    std::string originator_aet;              ///< who asked for the C-MOVE; empty: no C-MOVE behind it
    std::uint16_t originator_message_id = 0; ///< of that C-MOVE request
};

struct StoreResponse {
    std::uint16_t message_id = 0; ///< being responded to
    std::uint16_t status = 0;
};

std::vector<std::byte> encode_store_request(const StoreRequest& request);

/// Malformed unless it is a C-STORE-RSP that has a status.
Result<StoreResponse> parse_store_response(std::span<const std::byte> command_set);

/// PS3.4 table B.2-1 and PS3.7 annex C, for people; empty for 0000. Never quotes the other side.
std::string describe_store_status(std::uint16_t status);

} // namespace recog::dimse
