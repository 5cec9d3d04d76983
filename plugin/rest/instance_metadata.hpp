// The metadata of one instance as JSON (PS3.18 annex F), with holes where its own URL goes: what is written
// once serves under every name that the server is asked by.
#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/service/archive.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace recog::rest {

struct InstanceMetadata {
    std::string text;               ///< one object `{...}`
    std::vector<std::size_t> holes; ///< where in the text the instance's URL is to be put, ascending

    /// Bytes in memory.
    std::size_t size() const { return text.size() + holes.size() * sizeof(std::size_t); }
};

/// `file` as opened with Reading::Beginning or with all of its bytes. Errors: those of dicom::tell_dataset();
/// Unavailable: the whole file is needed.
Result<InstanceMetadata> write_metadata(const service::InstanceFile& file,
                                        const std::string& default_character_set);

/// The instance as the archive keeps it, by as little reading as will do.
struct OpenedMetadata {
    Uuid file; ///< which file it was; unknown when it was not read in place
    Result<InstanceMetadata> metadata;
};

/// Errors: those of Archive::open(). What is wrong with the file itself is told inside.
Result<OpenedMetadata> open_metadata(service::Archive& archive, const std::string& orthanc_id,
                                     const Uuid& place, const std::string& default_character_set);

/// `url`: ".../studies/{study}/series/{series}/instances/{instance}", which must need no escapes in JSON.
void append_metadata(std::string& out, const InstanceMetadata& metadata, std::string_view url);

} // namespace recog::rest
