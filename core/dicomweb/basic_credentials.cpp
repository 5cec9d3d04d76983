#include "core/dicomweb/basic_credentials.hpp"

#include "core/base/base64.hpp"
#include "core/dicomweb/field_syntax.hpp"

#include <algorithm>

namespace recog::dicomweb {

std::optional<BasicCredentials> basic_credentials(std::string_view authorization) {
    static constexpr std::string_view kScheme = "basic ";
    if (authorization.size() > kMaxCredentialBytes ||
        lower_case(authorization.substr(0, kScheme.size())) != kScheme) {
        return std::nullopt;
    }
    std::string_view encoded = authorization.substr(kScheme.size());
    encoded.remove_prefix(std::min(encoded.find_first_not_of(' '), encoded.size()));
    const auto decoded = decode_base64(encoded);
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

} // namespace recog::dicomweb
