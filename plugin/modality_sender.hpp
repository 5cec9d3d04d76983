// Joins the askers of retrievals (Orthanc's C-MOVE callback, our own port, pre-fetch), the send engine, the
// archive and Orthanc's table of modalities.
#pragma once

#include "core/dicomweb/transcoder.hpp"
#include "core/service/archive.hpp"
#include "core/service/retrieve_service.hpp"
#include "core/service/settings.hpp"
#include "plugin/dimse/send_engine.hpp"
#include "plugin/orthanc/callbacks.hpp"
#include "plugin/orthanc/orthanc_configuration.hpp"

namespace recog {

/// Sends instances of the archive to modalities that Orthanc knows. Lives as long as the node, and longer
/// than every operation it has started. Any thread may call any method, outside Orthanc's mutexes.
class ModalitySender {
public:
    /// The references outlive this object.
    ModalitySender(orthanc::Sdk& sdk, service::Archive& archive, const dicomweb::Transcoder& transcoder,
                   const orthanc::OrthancConfiguration& configuration, const service::Settings& settings);

    /// The archive as a source: files as they are stored, transcoded by our codecs or else by Orthanc.
    /// Thread-safe.
    dimse::InstanceSource& source() { return *source_; }

    /// The destination as Orthanc knows it now. Errors: NotFound, Unavailable.
    Result<dimse::Destination> find(const std::string& aet) const;

    /// Returns at once; whether the destination can be reached is told by the operation. `source` is what
    /// the bytes come from (attribute coercion); null: source(). The options of the destination's policy
    /// (any order, associations) are filled in here.
    std::unique_ptr<dimse::SendOperation> send(const dimse::Destination& destination,
                                               const std::vector<service::RetrievedInstance>& instances,
                                               dimse::SendOptions options,
                                               std::unique_ptr<dimse::InstanceSource> source = nullptr);

    /// For Orthanc's callback. Errors: NotFound (destination), Unreachable, Unavailable.
    Result<std::unique_ptr<orthanc::Move>> move(const orthanc::MoveRequest& request,
                                                const std::vector<service::RetrievedInstance>& instances,
                                                std::unique_ptr<dimse::InstanceSource> source = nullptr);

    dimse::SendEngine& engine() { return engine_; }

private:
    orthanc::Sdk& sdk_;
    const orthanc::OrthancConfiguration& configuration_;
    const service::Settings& settings_;
    std::unique_ptr<dimse::InstanceSource> source_;
    dimse::SendEngine engine_; // last: its threads use the rest
};

} // namespace recog
