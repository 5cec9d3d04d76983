// Who asks over HTTP. The institution decides in whose domain a bare number is read first, and whose verdicts
// are given, so only what has been verified may decide it: a forged header changes nothing.
//
//   1. a header of a trusted proxy names the user: the proxy is trusted when the connection comes from one of
//      its addresses and, when a secret is configured, shows it; where the door does not know the address, or
//      no address is configured, by the secret alone;
//   2. else the user whom the door itself has authenticated;
//   3. else, and for users who are not listed, Settings::http_institution.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/service/prior_query.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace recog::service {

/// What the door that took a request knows of its sender from the connection itself.
struct HttpCaller {
    std::string user; ///< authenticated by the door; empty: nobody
    std::string peer; ///< numeric address of the connection's other end; empty: the door does not know it
};

/// The users of Orthanc's configuration, by whom HTTP Basic authentication is checked. Any thread.
class RegisteredUsers {
public:
    /// Name: password. Without `enabled` (Orthanc's AuthenticationEnabled) nobody is anybody.
    RegisteredUsers(bool enabled, std::map<std::string, std::string> passwords)
        : enabled_(enabled), passwords_(std::move(passwords)) {}

    bool enabled() const { return enabled_; }
    /// The user whose password the request holds; empty when there is none.
    std::string user_of(const dicomweb::Request& request) const;

private:
    bool enabled_;
    std::map<std::string, std::string> passwords_;
};

/// Any thread may call any function.
class HttpAskers {
public:
    /// `settings` lives as long.
    explicit HttpAskers(const Settings& settings);

    Asker asker_of(const dicomweb::Request& request, const HttpCaller& caller) const;

    /// Whether a trusted proxy sent it, so that what it says of the asker counts. False when no proxy is
    /// configured.
    bool from_proxy(const dicomweb::Request& request, const HttpCaller& caller) const;

private:
    const Settings& settings_;
    std::set<std::string> proxies_; ///< addresses in binary form
};

/// 16 bytes, IPv4 as mapped into IPv6; nullopt when the text is no numeric address.
std::optional<std::string> binary_address(std::string_view text);

} // namespace recog::service
