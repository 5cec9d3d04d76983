// Where received instances go.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <span>

namespace recog::service {

/// Any thread, several at once.
class StoreTarget {
public:
    virtual ~StoreTarget() = default;
    /// `file`: a whole Part 10 file. Returns when it is stored durably, or was held already. Errors:
    /// Malformed (cannot be understood, or is refused), Storage (full), Unavailable.
    virtual Status store(std::span<const std::byte> file) = 0;
};

} // namespace recog::service
