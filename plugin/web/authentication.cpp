#include "plugin/web/authentication.hpp"

#include "core/dicomweb/basic_credentials.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <new>

namespace recog::web {

bool is_loopback(std::string_view address) {
    boost::system::error_code failed;
    const auto read = boost::asio::ip::make_address(std::string(address), failed);
    return !failed && read.is_loopback();
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
    auto credentials = dicomweb::basic_credentials(authorization);
    const Fingerprint shown =
        fingerprint(credentials ? credentials->user + ":" + credentials->password : std::string());
    bool found = false;
    for (const Fingerprint& one : known_) {
        const bool same = CRYPTO_memcmp(one.data(), shown.data(), one.size()) == 0;
        found = found || same;
    }
    if (!found || !credentials) {
        return {};
    }
    return {Verdict::Allowed, std::move(credentials->user)};
}

} // namespace recog::web
