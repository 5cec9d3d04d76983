// What a fuzz target holds to be true. A plain assert would vanish from release builds.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace recog::fuzz {

inline void expect(bool truth, const char* sentence) {
    if (!truth) {
        std::fprintf(stderr, "does not hold: %s\n", sentence);
        std::abort();
    }
}

} // namespace recog::fuzz
