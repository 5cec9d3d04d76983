// What the fetch engine needs to know of a destination and of the instances to be sent. The engine itself
// knows neither Orthanc nor the index: whoever wires it implements InstanceSource.
#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace recog::dimse {

/// A C-STORE SCP, as configured.
struct Destination {
    std::string aet;  ///< called AE title, at most 16 characters
    std::string host; ///< name, IPv4 or IPv6 address
    std::uint16_t port = 104;
    std::string local_aet; ///< calling AE title
    /// Seconds for connecting, for negotiation, for one C-STORE response, and for a write without progress.
    int timeout_seconds = 10;
    bool tls = false;
    std::string tls_certificate; ///< PEM file of our own certificate; may be empty
    std::string tls_private_key; ///< PEM file of its key
    std::string tls_trusted;     ///< PEM file of the authorities that may sign the receiver's certificate
    bool allow_transcoding = true;
};

/// An instance as the index knows it; UIDs without padding.
struct StoredInstance {
    std::string orthanc_id;
    std::string sop_class_uid;
    std::string sop_instance_uid;
    std::string transfer_syntax_uid; ///< may be empty when not known
    std::uint64_t size = 0;          ///< bytes of the whole file
    std::string series_uid = {};     ///< may be empty; needed to find the middle of a series
    Uuid file = {};                  ///< where the file was last; may be unknown
};

/// A whole DICOM file (PS3.10: preamble, file meta, data set), mapped or in memory, while this object lives.
/// bytes() is the whole file or, when parts() are several, the first of them: preamble, file meta and head.
class InstanceBytes {
public:
    virtual ~InstanceBytes() = default;
    virtual std::span<const std::byte> bytes() const = 0;
    virtual std::vector<std::span<const std::byte>> parts() const { return {bytes()}; }
};

/// Called from the read-ahead threads, one for each association in use; implementations are safe from any
/// thread.
class InstanceSource {
public:
    virtual ~InstanceSource() = default;
    virtual Result<std::unique_ptr<InstanceBytes>> open(const StoredInstance& instance) = 0;
    /// The same instance in another transfer syntax, again as a whole file.
    virtual Result<std::unique_ptr<InstanceBytes>> transcode(const StoredInstance& instance,
                                                             const std::string& transfer_syntax_uid) = 0;
};

/// What became of one instance.
struct SubOperationResult {
    /// PS3.4 C.4.2.1.5: nothing became of it, since the operation was cancelled.
    static constexpr std::uint16_t CANCELLED = 0xFE00;

    std::string sop_instance_uid;
    std::uint16_t status = 0; ///< PS3.4 B.2.3: 0000 stored, Bxxx stored with a warning, else not stored
    std::string reason;       ///< empty for 0000; a sentence without patient data

    bool stored() const { return status == 0 || (status & 0xF000U) == 0xB000U; }
};

} // namespace recog::dimse
