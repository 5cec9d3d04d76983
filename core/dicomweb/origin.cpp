#include "core/dicomweb/origin.hpp"

#include "core/dicomweb/field_syntax.hpp"
#include "core/dicomweb/media_type.hpp"
#include "core/dicomweb/service.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::size_t kMaxHost = 261; // RFC 1035 2.3.4 and a port

/// Letters, digits and what names, addresses and ports consist of (RFC 3986 3.2.2), without escapes.
bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= kMaxHost && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~:[]").find(c) != std::string_view::npos;
    });
}

/// Of a list that proxies have written one behind the other, what the first one said.
std::string first_of(const std::string& list) {
    return std::string(trimmed(std::string_view(list).substr(0, list.find(','))));
}

struct Origin {
    std::string scheme;
    std::string host;
};

/// RFC 7239 4: Forwarded = #( [ pair ] *( ";" [ pair ] ) ). Hosts and schemes hold none of its separators.
Origin read_forwarded(const std::string& field) {
    Origin origin;
    const std::string element = first_of(field);
    for (std::string_view rest = element; !rest.empty();) {
        const std::size_t semicolon = rest.find(';');
        const std::string_view pair = trimmed(rest.substr(0, semicolon));
        rest.remove_prefix(semicolon == std::string_view::npos ? rest.size() : semicolon + 1);
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string name = lower_case(pair.substr(0, equals));
        std::string_view value = pair.substr(std::min(pair.size(), equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        if (name == "host") {
            origin.host = value;
        } else if (name == "proto") {
            origin.scheme = lower_case(value);
        }
    }
    return origin;
}

Origin forwarded(const Request& request) {
    if (const std::string field = request.header("Forwarded"); !field.empty()) {
        return read_forwarded(field);
    }
    return {lower_case(first_of(request.header("X-Forwarded-Proto"))),
            first_of(request.header("X-Forwarded-Host"))};
}

} // namespace

std::string origin_of(const Request& request, bool through_proxy) {
    const Origin stated = through_proxy ? forwarded(request) : Origin();
    const std::string host = is_host(stated.host) ? stated.host : request.header("Host");
    const bool known = stated.scheme == "https" || stated.scheme == "http";
    const std::string scheme = known                                     ? stated.scheme
                               : request.header(kSchemeField) == "https" ? "https"
                                                                         : "http";
    return is_host(host) ? scheme + "://" + host : std::string();
}

} // namespace recog::dicomweb
