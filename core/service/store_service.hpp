// The Store transaction (PS3.18 10.5): instances out of a body that arrives in pieces, each handed to the
// archive as soon as it is complete. A part that cannot be stored fails alone.
//
//   body                                    is
//   application/dicom                       one instance
//   application/dicom+json, +xml            metadata of instances without bulk data
//   multipart/related of these and others   instances, and metadata followed by its bulk data
//
// Memory: a part that arrives and those that are being stored, each at most StoreSettings::part_memory of it;
// the rest lies in temporary files without names, on the disk that `directory` is on.
#pragma once

#include "core/base/logger.hpp"
#include "core/dicom/part10.hpp"
#include "core/dicomweb/media_type.hpp"
#include "core/dicomweb/request.hpp"
#include "core/service/store_batch.hpp"
#include "core/service/store_target.hpp"

#include <memory>
#include <string>

namespace recog::service {

struct StoreSettings {
    std::string directory = "/var/tmp";
    std::size_t part_memory = 4U << 20U;
    /// Orthanc's interface counts an instance's bytes in 32 bits.
    std::uint64_t part_bytes = 0xFFFFFFFFU;
    std::uint64_t metadata_bytes = 256U << 20U; ///< of one metadata part
    std::size_t most_parts = 1'000'000;         ///< instances of one request
    std::size_t nesting = dicom::kMostStoredNesting;
    std::size_t threads = 3; ///< that store, for all requests together
    std::size_t at_once = 4; ///< parts of one request that are complete and not yet stored
};

struct StoreOrder {
    dicomweb::MediaType type; ///< of the body
    std::string study;        ///< the only one that is taken; empty: any
    std::string root_url;     ///< without a slash at its end
    std::string answer_type;  ///< application/dicom+json, application/json or application/dicom+xml
};

/// Any thread. Must outlive the bodies it began, as the target must outlive it.
class StoreService {
public:
    /// What was not stored is told to the logger, in one line a request.
    StoreService(StoreTarget& target, StoreSettings settings, Logger& logger)
        : target_(target), settings_(std::move(settings)), logger_(logger),
          threads_(settings_.threads, "recog-store") {}

    /// Errors: BadRequest (no boundary), UnsupportedMediaType.
    Result<std::unique_ptr<dicomweb::RequestBody>> begin(StoreOrder order);

private:
    StoreTarget& target_;
    const StoreSettings settings_;
    Logger& logger_;
    TaskThreads threads_;
};

} // namespace recog::service
