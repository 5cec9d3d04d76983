// The archive whose content is indexed, as the services need it. plugin/orthanc implements it over Orthanc's
// REST API; tests over memory.
#pragma once

#include "core/base/file_source.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace recog::service {

/// One entry of the archive's log of changes that tells of a new instance.
struct ArchiveChange {
    std::int64_t sequence = 0;
    bool new_instance = false;
    std::string resource; ///< Orthanc id
};

struct ArchiveChanges {
    std::vector<ArchiveChange> changes; ///< sequence ascending, all greater than what was asked
    std::int64_t last = 0;              ///< sequence of the last entry of the page, or of the whole log
    bool done = true;                   ///< no further pages
};

/// A Part 10 file: mapped or in memory.
class InstanceFile {
public:
    virtual ~InstanceFile() = default;
    /// All of the file, or as much of its beginning as was asked for (Reading::Beginning).
    virtual std::span<const std::byte> bytes() const = 0;
    /// Bytes of the whole file.
    virtual std::size_t size() const { return bytes().size(); }
    /// These bytes will not be read again soon: their pages need not stay mapped. Any thread.
    virtual void release(std::size_t /*offset*/, std::size_t /*size*/) const {}
    /// The open file under bytes(); none unless it was opened to be sent.
    virtual FileSource source() const { return {}; }
    /// Under which name it was found; not known when it was not read in place.
    virtual Uuid uuid() const { return {}; }
};

/// What will be read of a file.
enum class Reading {
    Whole,    ///< all of it: its pages are mapped at once
    Sent,     ///< all of it, by the system if that can be: the file stays open, and no page is mapped
    Header,   ///< some places of it: pages are mapped as they are touched
    Beginning ///< its first kBeginning bytes are read, which costs less than mapping; or all of it
};

/// What stands in front of the pixel data of most images is shorter, in bytes.
inline constexpr std::size_t kBeginning = 16'384;

/// All functions may be called from any thread, but never from inside a callback of Orthanc.
class Archive {
public:
    virtual ~Archive() = default;

    virtual Result<ArchiveChanges> changes(std::int64_t since, std::size_t limit) = 0;
    virtual Result<bool> holds(const std::string& orthanc_id) = 0;
    virtual Result<std::int64_t> instance_count() = 0;
    /// Ids in the order of storage. Rows may shift while instances come and go.
    virtual Result<std::vector<std::string>> instance_ids(std::size_t offset, std::size_t limit) = 0;
    /// `uuid` is where the file was last (RetrievedInstance::file), which spares a question; when it is not
    /// known or not true any more the archive is asked. Error NotFound when the archive does not hold the
    /// instance (any more).
    virtual Result<std::unique_ptr<InstanceFile>>
    open(const std::string& orthanc_id, Reading reading = Reading::Whole, const Uuid& uuid = {}) = 0;
    /// Where the file of an instance is; an unknown uuid says that it cannot be read in place. Errors:
    /// NotFound, Unavailable (no file is read in place).
    virtual Result<Uuid> locate(const std::string& orthanc_id) = 0;
    /// Bytes of the file by this name, without opening it; nullopt when it is not there.
    virtual std::optional<std::uint64_t> size_in_place(const Uuid& uuid) = 0;
    /// AE title of the association that brought the instance; empty when it came another way.
    virtual Result<std::string> sending_aet(const std::string& orthanc_id) = 0;
};

} // namespace recog::service
