#include "core/dicomweb/basic_credentials.hpp"

#include "core/base/base64.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

bool is_basic(std::string_view scheme) {
    static constexpr std::string_view kBasic = "basic ";
    return scheme.size() == kBasic.size() &&
           std::equal(scheme.begin(), scheme.end(), kBasic.begin(), [](char given, char wanted) {
               return given == wanted || (wanted != ' ' && given == wanted - 'a' + 'A');
           });
}

} // namespace

std::optional<BasicCredentials> basic_credentials(std::string_view authorization) {
    if (authorization.size() > kMaxCredentialBytes || !is_basic(authorization.substr(0, 6))) {
        return std::nullopt;
    }
    std::string_view encoded = authorization.substr(6);
    encoded.remove_prefix(std::min(encoded.find_first_not_of(' '), encoded.size()));
    const auto decoded = decode_base64(encoded);
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

} // namespace recog::dicomweb
