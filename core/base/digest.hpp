// A collision of two fingerprints would join two patients, so they are cryptographic: SHA-256 (FIPS 180-4),
// cut to 128 bits. Fields are length-prefixed: ("ab","c") and ("a","bc") differ.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace recog {

/// Not thread-safe; make one for each fingerprint.
class Digest {
public:
    Digest();
    ~Digest();
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;

    Digest& add(std::string_view field);
    /// 16 bytes. To be called once, last.
    std::string finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

} // namespace recog
