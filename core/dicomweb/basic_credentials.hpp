// HTTP Basic authentication (RFC 7617), as far as a request states it. Whether it is true is for whoever
// knows the passwords.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace recog::dicomweb {

inline constexpr std::size_t kMaxCredentialBytes = 4096; ///< of the header's value

struct BasicCredentials {
    std::string user; ///< without ':'; may be empty
    std::string password;
};

/// What an Authorization field's value states (Request::header()); empty when there is none. nullopt when it
/// states nothing, states it twice (the values come joined by a comma, which base64 does not have), or in
/// another form than user ':' password in canonical base64.
std::optional<BasicCredentials> basic_credentials(std::string_view authorization);

} // namespace recog::dicomweb
