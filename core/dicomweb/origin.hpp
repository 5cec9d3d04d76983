// Under which scheme and host an asker sees this server: the URLs in answers begin so.
#pragma once

#include "core/dicomweb/request.hpp"

namespace recog::dicomweb {

/// "https://node.example.org:8443", from Host and the scheme of the connection; empty when no host that could
/// stand in a URL is stated. `through_proxy`: the request comes from a proxy that is trusted, and what it
/// says of the asker's own request counts: Forwarded (RFC 7239 4), else X-Forwarded-Host and
/// X-Forwarded-Proto. From anybody else these fields could put a foreign host into the answer.
std::string origin_of(const Request& request, bool through_proxy);

} // namespace recog::dicomweb
