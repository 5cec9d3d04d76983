#include "plugin/web/authentication.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <new>

namespace recog::web {

namespace {

constexpr std::string_view kBasic = "basic ";
constexpr std::size_t kMaxCredentials = 4096;

/// Nullopt when it is not base64 in its one canonical form.
std::optional<std::string> decoded(std::string_view base64) {
    if (base64.empty() || base64.size() > kMaxCredentials || base64.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string bytes(base64.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size()));
    const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
    if (size < 0 ||
        base64.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") !=
            std::string_view::npos) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

std::optional<std::string> credentials_of(std::string_view authorization) {
    const bool basic = authorization.size() > kBasic.size() &&
                       std::equal(kBasic.begin(), kBasic.end(), authorization.begin(), [](char a, char b) {
                           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
                       });
    return basic ? decoded(authorization.substr(kBasic.size())) : std::nullopt;
}

} // namespace

bool is_loopback(std::string_view address) {
    boost::system::error_code failed;
    const auto read = boost::asio::ip::make_address(std::string(address), failed);
    return !failed && read.is_loopback();
}

std::optional<std::string> basic_user(std::string_view authorization) {
    auto credentials = credentials_of(authorization);
    if (!credentials || credentials->find(':') == std::string::npos) {
        return std::nullopt;
    }
    return credentials->substr(0, credentials->find(':'));
}

Authentication::Authentication(const AccessRules& rules)
    : remote_allowed_(rules.remote_allowed), authenticate_(rules.authenticate) {
    if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) {
        throw std::bad_alloc(); // the one reason is a system that is out of resources
    }
    for (const auto& [name, password] : rules.users) {
        known_.push_back(fingerprint(name + ":" + password));
    }
}

// Under a key of this process, so that how far two of them agree tells nothing about the password.
Authentication::Fingerprint Authentication::fingerprint(std::string_view credentials) const {
    Fingerprint made{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
         reinterpret_cast<const unsigned char*>(credentials.data()), credentials.size(), made.data(), &size);
    return made;
}

Authentication::Outcome Authentication::judge(std::string_view peer, std::string_view authorization) const {
    if (!remote_allowed_ && !is_loopback(peer)) {
        return {Verdict::Remote, {}};
    }
    if (!authenticate_) {
        return {Verdict::Allowed, {}};
    }
    const auto credentials = credentials_of(authorization);
    const Fingerprint shown = fingerprint(credentials.value_or(std::string()));
    bool found = false;
    for (const Fingerprint& one : known_) {
        const bool same = CRYPTO_memcmp(one.data(), shown.data(), one.size()) == 0;
        found = found || same;
    }
    if (!found || !credentials) {
        return {};
    }
    return {Verdict::Allowed, credentials->substr(0, credentials->find(':'))};
}

} // namespace recog::web
