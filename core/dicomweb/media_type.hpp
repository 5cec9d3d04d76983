// The value of Content-Type (RFC 9110 8.3.1): of a request, or of a part of a multipart body (RFC 2045 5.1).
#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::dicomweb {

inline constexpr std::size_t kMaxMediaTypeBytes = 4096;
inline constexpr std::size_t kMaxMediaTypeParameters = 16;

struct MediaType {
    std::string type; ///< "multipart/related", in lower case; empty when none was stated
    /// Names in lower case; values as meant, without quotes.
    std::vector<std::pair<std::string, std::string>> parameters;

    /// The first of this name; empty when absent.
    std::string_view parameter(std::string_view name) const;
    bool multipart() const { return type == "multipart/related"; }
};

/// Empty text is a MediaType without a type. Errors: BadRequest.
Result<MediaType> parse_media_type(std::string_view text);

} // namespace recog::dicomweb
