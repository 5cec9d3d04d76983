// What the index is told: an instance that the archive holds now, one that it holds no longer, and how far
// the archive's own log of changes has been read.
#pragma once

#include "core/base/uuid.hpp"
#include "core/dicom/instance_header.hpp"
#include "core/identity/identifier.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace recog::index {

/// An instance with the numbers of its patient already placed in their domains.
struct StoredInstance {
    std::string orthanc_id; ///< public id of Orthanc: five groups of eight hexadecimal digits
    dicom::InstanceHeader header;
    std::vector<identity::Identifier> identifiers; ///< that of Patient ID first when `patient_id_resolved`
    std::string institution;                       ///< code of the institution that made the exam, or empty
    std::uint64_t file_size = 0;                   ///< bytes of the Part 10 file
    Uuid file;                                     ///< when it is known already
};

/// An instance that the archive holds and whose header could not be read: it is listed, never answered.
struct UnreadableInstance {
    std::string orthanc_id;
    std::string reason;
};

struct DeletedInstance {
    std::string orthanc_id;
};

/// The archive's log has been read up to and including `sequence`; `resource` is what that entry spoke of.
struct LogPosition {
    std::int64_t sequence = 0;
    std::string resource;
};

/// Where the archive keeps the file of an instance now; unknown: not where it can be read in place.
struct LocatedFile {
    std::string orthanc_id;
    Uuid file;
};

using IndexEvent =
    std::variant<StoredInstance, UnreadableInstance, DeletedInstance, LogPosition, LocatedFile>;

/// 20 bytes for the 44 characters of an Orthanc id; empty when it is not one.
std::string pack_orthanc_id(std::string_view text);
std::string unpack_orthanc_id(std::string_view bytes);

} // namespace recog::index
