#include "core/base/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <new>

namespace recog {

struct Digest::Context {
    EVP_MD_CTX* handle = EVP_MD_CTX_new();
    Context() {
        if (handle == nullptr || EVP_DigestInit_ex(handle, EVP_sha256(), nullptr) != 1) {
            EVP_MD_CTX_free(handle);
            throw std::bad_alloc();
        }
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(handle); }
};

Digest::Digest() : context_(std::make_unique<Context>()) {}
Digest::~Digest() = default;

Digest& Digest::add(std::string_view field) {
    const std::uint64_t size = field.size();
    EVP_DigestUpdate(context_->handle, &size, sizeof size);
    EVP_DigestUpdate(context_->handle, field.data(), field.size());
    return *this;
}

std::string Digest::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_->handle, bytes.data(), &size);
    return std::string(reinterpret_cast<const char*>(bytes.data()), 16);
}

} // namespace recog
