// Whether the index may be asked: it must have caught up with the archive, and hold everything told before
// the question.
#pragma once

#include "core/base/result.hpp"

namespace recog::service {

class Readiness {
public:
    virtual ~Readiness() = default;
    /// Waits a short while. Unavailable, with a sentence, when answers would not be complete.
    virtual Status wait() = 0;
};

} // namespace recog::service
