// Everything that looks random is drawn from a text: the same arguments give the same bytes and UIDs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace recog::generator {

/// SplitMix64 (Steele, Lea, Flood 2014). Not thread-safe.
class Random {
public:
    explicit Random(std::string_view seed);
    std::uint64_t next();
    /// Evenly spread over [low, high).
    double between(double low, double high);

private:
    std::uint64_t state_;
};

/// A UID under 2.25 (PS3.5 B.2) whose 128 bits are a hash of `seed`, marked as a UUID of version 8.
std::string stable_uid(std::string_view seed);

} // namespace recog::generator
