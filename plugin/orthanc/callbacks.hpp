// Orthanc's C callbacks as calls of one C++ interface. The SDK hands most callbacks no user data, so this is
// the one place with a pointer of static life.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/service/prior_query.hpp"
#include "plugin/orthanc/sdk.hpp"

#include <functional>
#include <memory>
#include <span>

namespace recog::orthanc {

/// A running C-MOVE, as Orthanc drives it: once for each sub-operation.
class Move {
public:
    virtual ~Move() = default;
    virtual std::uint32_t size() const = 0;
    /// False tells Orthanc that a sub-operation failed, and ends the move.
    virtual bool step() = 0;
};

struct MoveRequest {
    dicom::Level level = dicom::Level::Study;
    std::string patient_id;
    std::string accession;
    std::string study_uids; ///< lists split by '\', as received
    std::string series_uids;
    std::string sop_uids;
    std::string originator_aet;
    std::string destination_aet;
    std::uint16_t originator_message_id = 0;
};

/// What Orthanc tells and asks. Every function may be called from several threads at once and must not throw.
class Events {
public:
    virtual ~Events() = default;
    /// `file` is valid during the call only; the caller holds one of Orthanc's mutexes.
    virtual void on_stored(const std::string& orthanc_id, std::span<const std::byte> file,
                           const std::string& sending_aet) = 0;
    virtual void on_instance_deleted(const std::string& orthanc_id) = 0;
    virtual void on_started() = 0;
    virtual void on_stopped() = 0;
    virtual void on_modalities_changed() = 0;
    /// `give` takes one answer as a Part 10 file.
    virtual Result<service::PriorSummary> on_find(const dicom::AttributeSet& keys,
                                                  const std::string& calling_aet,
                                                  const std::function<void(const std::string&)>& give) = 0;
    virtual Result<std::unique_ptr<Move>> on_move(const MoveRequest& request) = 0;
    virtual dicomweb::Response on_http(const dicomweb::Request& request) = 0;
    /// Of a request whose body is read: what takes it. Null when on_http() is to answer it.
    virtual Result<std::unique_ptr<dicomweb::RequestBody>> begin_body(const dicomweb::Request& request) = 0;
    virtual dicomweb::Response refusal(const Error& failure) = 0;
};

/// Registers everything. `roots` are path prefixes without a slash at the end, such as "/recognition".
/// To be called once, from OrthancPluginInitialize.
void register_callbacks(Sdk& sdk, Events& events, const std::vector<std::string>& roots);

/// After this no callback reaches `events` any more.
void forget_callbacks();

} // namespace recog::orthanc
