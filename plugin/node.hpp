// The node: every part made from the configuration and joined. No logic of its own.
#pragma once

#include "core/service/http_askers.hpp"
#include "core/service/ingest.hpp"
#include "core/service/instance_interpreter.hpp"
#include "core/service/log_follower.hpp"
#include "core/service/prefetch.hpp"
#include "core/service/prior_service.hpp"
#include "core/service/retrieve_service.hpp"
#include "plugin/dimse/acknowledgement_watcher.hpp"
#include "plugin/modality_sender.hpp"
#include "plugin/orthanc/callbacks.hpp"
#include "plugin/orthanc/orthanc_archive.hpp"
#include "plugin/orthanc/orthanc_configuration.hpp"
#include "plugin/orthanc_store.hpp"
#include "plugin/query_retrieve.hpp"
#include "plugin/rest/codec_transcoder.hpp"
#include "plugin/rest/dicomweb_routes.hpp"
#include "plugin/rest/recognition_routes.hpp"
#include "plugin/rest/store_routes.hpp"
#include "plugin/rest/wado_uri_answers.hpp"
#include "plugin/web_port.hpp"

namespace recog {

/// What the configuration files say, read and checked.
struct NodeConfiguration {
    orthanc::OrthancConfiguration orthanc;
    service::Settings settings;
    std::unique_ptr<recognition::Rules> rules;
    std::unique_ptr<identity::DomainResolver> resolver;
    std::string interpretation; ///< changes when the same bytes would be indexed otherwise

    /// Configuration errors, one sentence each.
    static Result<NodeConfiguration> read(const std::string& orthanc_json);
};

class Node final : public orthanc::Events, private service::Readiness {
public:
    static Result<std::unique_ptr<Node>> make(orthanc::Sdk& sdk, NodeConfiguration configuration);
    ~Node() override;

    /// Path prefixes to register.
    std::vector<std::string> http_roots() const;

    void on_stored(const std::string& orthanc_id, std::span<const std::byte> file,
                   const std::string& sending_aet) override;
    void on_instance_deleted(const std::string& orthanc_id) override;
    void on_started() override;
    void on_stopped() override;
    void on_modalities_changed() override;
    Result<service::PriorSummary> on_find(const dicom::AttributeSet& keys, const std::string& calling_aet,
                                          const std::function<void(const std::string&)>& give) override;
    Result<std::unique_ptr<orthanc::Move>> on_move(const orthanc::MoveRequest& request) override;
    dicomweb::Response on_http(const dicomweb::Request& request) override;
    Result<std::unique_ptr<dicomweb::RequestBody>> begin_body(const dicomweb::Request& request) override;
    dicomweb::Response refusal(const Error& failure) override;

private:
    class PacsPush;

    Node(orthanc::Sdk& sdk, NodeConfiguration configuration, std::unique_ptr<index::Database> database,
         std::unique_ptr<index::Connection> writer, bool clean_stop);

    Status wait() override;
    service::Asker asker_of(const std::string& aet) const;
    /// Of a request on Orthanc's port: Orthanc has let it in, and does not say where it came from.
    service::HttpCaller caller_of(const dicomweb::Request& request) const;
    /// Absolute URL of the root of the RESTful services without the slash at its end, as the asker sees it.
    std::string dicomweb_url(const dicomweb::Request& request) const;
    rest::NodeState state() const;
    Status open_query_retrieve();
    Status open_web_port();
    std::string localise_for(const std::string& aet) const;
    /// Null: copies for that AE go out as they are stored.
    std::unique_ptr<dimse::InstanceSource>
    source_for(const std::vector<service::RetrievedInstance>& instances);
    void answered(const service::PriorQuery& query, const service::PriorSummary& summary);
    void stop();

    orthanc::Sdk& sdk_;
    NodeConfiguration configuration_;
    SystemClock clock_;
    std::unique_ptr<index::Database> database_;
    index::ReaderPool readers_;
    orthanc::OrthancArchive archive_;
    service::InstanceInterpreter interpreter_;
    service::Ingest ingest_;
    service::LogFollower follower_;
    service::PriorService priors_;
    service::RetrieveService retrieve_;
    rest::CodecTranscoder transcoder_;
    ModalitySender sender_;
    service::RegisteredUsers users_;
    service::HttpAskers http_askers_;
    rest::DicomWebRoutes dicomweb_;
    rest::WadoUriAnswers wado_uri_;
    rest::RecognitionRoutes recognition_;
    OrthancStore store_target_;
    rest::StoreRoutes store_;
    std::unique_ptr<service::PrefetchPush> push_;
    std::unique_ptr<service::PrefetchService> prefetch_; ///< null: switched off
    std::unique_ptr<dimse::AcknowledgementWatcher> watcher_;
    std::unique_ptr<QueryRetrieve> query_retrieve_; ///< null: no port of our own is configured
    std::unique_ptr<WebPort> web_port_;             ///< null: no such port is configured
    bool clean_stop_;
    bool stopped_ = false;
};

} // namespace recog
