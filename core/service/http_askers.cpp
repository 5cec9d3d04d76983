#include "core/service/http_askers.hpp"

#include "core/base/digest.hpp"
#include "core/dicomweb/basic_credentials.hpp"

#include <arpa/inet.h>

namespace recog::service {

namespace {

/// How long it takes says nothing of where two texts begin to differ: their fingerprints are compared.
bool same_secret(std::string_view given, std::string_view expected) {
    return Digest().add(given).finish() == Digest().add(expected).finish();
}

} // namespace

std::optional<std::string> binary_address(std::string_view text) {
    const std::string address(text.substr(0, text.find('%'))); // the zone of a link-local address
    in_addr four{};
    if (inet_pton(AF_INET, address.c_str(), &four) == 1) {
        std::string bytes(10, '\0');
        bytes += "\xFF\xFF";
        return bytes.append(reinterpret_cast<const char*>(&four), sizeof four);
    }
    in6_addr six{};
    if (inet_pton(AF_INET6, address.c_str(), &six) == 1) {
        return std::string(reinterpret_cast<const char*>(&six), sizeof six);
    }
    return std::nullopt;
}

std::string RegisteredUsers::user_of(const dicomweb::Request& request) const {
    const auto stated =
        enabled_ ? dicomweb::basic_credentials(request.header("Authorization")) : std::nullopt;
    if (!stated) {
        return {};
    }
    const auto known = passwords_.find(stated->user);
    return known != passwords_.end() && same_secret(stated->password, known->second) ? known->first
                                                                                     : std::string();
}

HttpAskers::HttpAskers(const Settings& settings) : settings_(settings) {
    for (const std::string& address : settings.http_askers.proxy_addresses) {
        if (auto bytes = binary_address(address)) { // Settings::parse takes no other
            proxies_.insert(*std::move(bytes));
        }
    }
}

// Where the address is known and some are named it has to be the proxy's, whatever secret comes: secrets leak
// more easily.
bool HttpAskers::from_proxy(const dicomweb::Request& request, const HttpCaller& caller) const {
    const HttpAskerSettings& set = settings_.http_askers;
    const bool secret_shown =
        !set.proxy_secret.empty() && same_secret(request.header(set.proxy_secret_header), set.proxy_secret);
    if (caller.peer.empty() || proxies_.empty()) {
        return secret_shown;
    }
    const auto peer = binary_address(caller.peer);
    return peer && proxies_.contains(*peer) && (set.proxy_secret.empty() || secret_shown);
}

Asker HttpAskers::asker_of(const dicomweb::Request& request, const HttpCaller& caller) const {
    const HttpAskerSettings& set = settings_.http_askers;
    Asker asker;
    asker.policy = settings_.default_policy;
    asker.institution = settings_.http_institution;
    asker.user = caller.user;
    if (!set.proxy_header.empty() && from_proxy(request, caller)) {
        if (std::string named = request.header(set.proxy_header); !named.empty()) {
            asker.user = std::move(named);
        }
    }
    if (const auto known = set.users.find(asker.user); known != set.users.end()) {
        asker.institution = known->second;
    }
    return asker;
}

} // namespace recog::service
