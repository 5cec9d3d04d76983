// Where received instances go.
#pragma once

#include "core/base/result.hpp"
#include "core/service/archive.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace recog::service {

/// What the archive did with a file that it took.
struct TakenFile {
    bool held_before = false; ///< and then it kept what it had
    std::string orthanc_id;   ///< of what it had; empty when nothing was held
};

/// Any thread, several at once.
class StoreTarget {
public:
    virtual ~StoreTarget() = default;
    /// `file`: a whole Part 10 file. Returns when it is stored durably, or was held already. Errors:
    /// Malformed (cannot be understood, or is refused), Storage (full), Unavailable.
    virtual Result<TakenFile> store(std::span<const std::byte> file) = 0;
    /// What the archive holds under this id. Errors: NotFound (it has been removed), Unavailable, Storage.
    virtual Result<std::unique_ptr<InstanceFile>> open(const std::string& orthanc_id) = 0;
};

} // namespace recog::service
