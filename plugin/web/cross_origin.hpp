// Cross-origin requests of browsers (https://fetch.spec.whatwg.org/#http-cors-protocol).
#pragma once

#include "core/dicomweb/request.hpp"
#include "plugin/web/request_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace recog::web {

/// Immutable: any thread may call any function.
class CrossOrigin {
public:
    /// Origins such as "https://viewer.example.org", as a browser writes them; "*" for all, which then send
    /// no credentials.
    explicit CrossOrigin(std::vector<std::string> allowed);

    /// The answer to a preflight; nullopt when this is none.
    std::optional<dicomweb::Response> preflight(const Head& request) const;
    /// Says in an answer who may read it. Does nothing when no origin is configured.
    void mark(const Head& request, dicomweb::Response& response) const;

private:
    bool allows(std::string_view origin) const;

    std::vector<std::string> allowed_;
    bool all_ = false;
};

} // namespace recog::web
