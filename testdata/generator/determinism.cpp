#include "testdata/generator/determinism.hpp"

namespace recog::generator {
namespace {

// FNV-1a with an offset of its own for each half; spread afterwards by SplitMix64.
std::uint64_t fnv1a(std::string_view text, std::uint64_t offset) {
    std::uint64_t hash = offset;
    for (const char byte : text) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 0x100000001B3ULL;
    }
    return hash;
}

std::string decimal(std::uint64_t high, std::uint64_t low) {
    __extension__ using Wide = unsigned __int128;
    Wide number = (static_cast<Wide>(high) << 64) | low;
    std::string digits;
    do {
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
        number /= 10;
    } while (number != 0);
    return digits;
}

} // namespace

Random::Random(std::string_view seed) : state_(fnv1a(seed, 0xCBF29CE484222325ULL)) {}

std::uint64_t Random::next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31);
}

double Random::between(double low, double high) {
    const double unit = static_cast<double>(next() >> 11) * 0x1.0p-53;
    return low + (high - low) * unit;
}

std::string stable_uid(std::string_view seed) {
    Random random(seed);
    std::uint64_t high = random.next() ^ fnv1a(seed, 0x6C62272E07BB0142ULL);
    std::uint64_t low = random.next();
    high = (high & ~0xF000ULL) | 0x8000ULL;                      // RFC 9562 5.8: version 8
    low = (low & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL; // RFC 9562 4.1: variant
    return "2.25." + decimal(high, low);
}

} // namespace recog::generator
