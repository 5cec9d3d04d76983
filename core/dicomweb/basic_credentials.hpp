// HTTP Basic authentication (RFC 7617), as far as a request states it. Whether it is true is for whoever
// knows the passwords.
#pragma once

#include "core/dicomweb/request.hpp"

#include <optional>
#include <string>

namespace recog::dicomweb {

inline constexpr std::size_t kMaxCredentialBytes = 1024; ///< of the header's value

struct BasicCredentials {
    std::string user; ///< not empty
    std::string password;
};

/// nullopt when the request states none, states them twice, or in another form than user ':' password in
/// base64.
std::optional<BasicCredentials> basic_credentials(const Request& request);

/// Strict: padded, and nothing but the alphabet (RFC 4648 4). nullopt otherwise.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace recog::dicomweb
