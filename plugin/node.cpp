#include "plugin/node.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicom/person_name.hpp"
#include "core/dicomweb/origin.hpp"
#include "core/dicomweb/routes.hpp"
#include "core/dicomweb/service.hpp"
#include "core/index/schema.hpp"
#include "core/index/sqlite/sqlite_database.hpp"
#include "core/service/find_answer.hpp"
#include "core/service/find_identifier.hpp"
#include "plugin/localised_source.hpp"
#include "plugin/rest/http_status.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/oflog/oflog.h>

#include <filesystem>

#ifndef RECOGNITION_VERSION
#error "RECOGNITION_VERSION must be defined by the build"
#endif

namespace recog {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReaders = 16;
constexpr auto kReadyPatience = 10s;
constexpr auto kWritePatience = 5s;
constexpr const char* kRecognitionRoot = "/recognition";
constexpr const char* kWadoUriRoot = "/wado";

std::string data_directory(const NodeConfiguration& configuration) {
    return configuration.settings.data_directory.empty()
               ? configuration.orthanc.index_directory + "/recognition"
               : configuration.settings.data_directory;
}

/// What arrives over HTTP is put aside beside the index: the usual temporary folder may be memory.
service::StoreSettings store_settings(const NodeConfiguration& configuration) {
    service::StoreSettings settings;
    settings.directory = data_directory(configuration);
    return settings;
}

Result<std::unique_ptr<index::Database>> open_index(const NodeConfiguration& configuration) {
    const std::string directory = data_directory(configuration);
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed) {
        return error(ErrorKind::Configuration,
                     "the data directory " + directory + " cannot be made: " + failed.message());
    }
    return index::open_sqlite({directory + "/index.db"});
}

/// Whether the last stop was clean. Empties an index that was written under another interpretation.
Result<bool> prepare_index(index::Connection& connection, const std::string& interpretation, Logger& logger) {
    const auto prepared = index::prepare_schema(connection);
    if (!prepared) {
        return error(ErrorKind::Configuration, "the index cannot be used: " + prepared.failure().text);
    }
    if (*prepared == index::SchemaState::MadeAnew) {
        logger.warning("The index was written by an older version: it is built again from the archive");
    }
    const std::string before = index::read_meta(connection, "interpretation");
    if (!before.empty() && before != interpretation) {
        logger.warning(
            "Cards, issuers, AE titles or character sets have been configured anew: the index is built"
            " again from the archive");
        if (const Status cleared = index::clear_index(connection); !cleared) {
            return cleared.failure();
        }
    }
    const bool clean = index::read_meta(connection, "clean_stop") == "1";
    index::write_meta(connection, "interpretation", interpretation);
    index::write_meta(connection, "clean_stop", "0");
    if (const Status written = connection.take_failure(); !written) {
        return error(ErrorKind::Configuration, "the index cannot be written: " + written.failure().text);
    }
    return clean;
}

/// Tables that are built on first use (DCMTK's dictionary, pinyin) would make the first C-STORE wait for
/// them.
void warm_up() {
    static_cast<void>(dicom::vr_of(dicom::tags::PatientName));
    static_cast<void>(dicom::name_keys("\xE7\x8E\x8B"));
}

std::vector<std::string> segments_of(std::string_view root) {
    std::vector<std::string> segments;
    while (!root.empty()) {
        const std::size_t end = root.find('/');
        if (end != 0) {
            segments.emplace_back(root.substr(0, end));
        }
        root.remove_prefix(end == std::string_view::npos ? root.size() : end + 1);
    }
    return segments;
}

bool strip_root(dicomweb::Request& request, std::string_view root) {
    const auto prefix = segments_of(root);
    if (request.segments.size() < prefix.size() ||
        !std::equal(prefix.begin(), prefix.end(), request.segments.begin())) {
        return false;
    }
    request.segments.erase(request.segments.begin(),
                           request.segments.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
    return true;
}

std::vector<std::string> uid_list(const std::string& text) {
    std::vector<std::string> uids;
    for (const std::string_view uid : dicom::split_values(text)) {
        if (!uid.empty()) {
            uids.emplace_back(uid);
        }
    }
    return uids;
}

} // namespace

/// Sends to the PACS of an institution and waits until all is there.
class Node::PacsPush final : public service::PrefetchPush {
public:
    explicit PacsPush(Node& node) : node_(node) {}

    Status push(const std::string& aet, const std::vector<service::RetrievedInstance>& instances,
                std::stop_token stop) override {
        const auto destination = node_.sender_.find(aet);
        if (!destination) {
            return destination.failure();
        }
        const auto operation = node_.sender_.send(*destination, instances, {}, node_.source_for(instances));
        const std::stop_callback cancel(stop, [&operation] { operation->cancel(); });
        const auto results = operation->results();
        for (const dimse::SubOperationResult& result : results) {
            if (!result.stored()) {
                return error(ErrorKind::Unreachable, result.reason);
            }
        }
        return {};
    }

private:
    Node& node_;
};

Result<std::unique_ptr<Node>> Node::make(orthanc::Sdk& sdk, NodeConfiguration configuration) {
    auto database = open_index(configuration);
    if (!database) {
        return database.failure();
    }
    auto writer = (*database)->connect();
    if (!writer) {
        return writer.failure();
    }
    const auto clean = prepare_index(**writer, configuration.interpretation, sdk);
    if (!clean) {
        return clean.failure();
    }
    // Warnings of DCMTK's parser quote values; what cannot be read is told by Orthanc and by us without them.
    OFLog::getLogger("dcmtk.dcmdata").setLogLevel(OFLogger::OFF_LOG_LEVEL);
    warm_up();
    if (configuration.orthanc.default_encoding != "Utf8") {
        sdk.warning(
            "\"DefaultEncoding\" is not \"Utf8\": Orthanc will destroy Chinese names in answers to C-FIND");
    }
    std::unique_ptr<Node> node(
        new Node(sdk, std::move(configuration), *std::move(database), *std::move(writer), *clean));
    if (const Status opened = node->open_query_retrieve(); !opened) {
        return opened.failure();
    }
    if (const Status opened = node->open_web_port(); !opened) {
        return opened.failure();
    }
    return node;
}

Status Node::open_web_port() {
    if (configuration_.settings.http.port == 0) {
        return {};
    }
    auto opened = WebPort::open({sdk_, configuration_.orthanc, configuration_.settings.http, *this});
    if (!opened) {
        return opened.failure();
    }
    web_port_ = *std::move(opened);
    return {};
}

Status Node::open_query_retrieve() {
    if (configuration_.settings.query_retrieve.port == 0) {
        return {};
    }
    QueryRetrieveParts parts{
        sdk_,
        configuration_.orthanc,
        configuration_.settings,
        priors_,
        retrieve_,
        sender_,
        store_target_,
        [this](const std::string& aet) { return asker_of(aet); },
        [this](const std::string& aet) { return localise_for(aet); },
        [this](const std::string&, const std::vector<service::RetrievedInstance>& found) {
            return source_for(found);
        },
        [this](const service::PriorQuery& query, const service::PriorSummary& summary) {
            answered(query, summary);
        }};
    auto opened = QueryRetrieve::open(std::move(parts));
    if (!opened) {
        return opened.failure();
    }
    query_retrieve_ = *std::move(opened);
    return {};
}

std::unique_ptr<dimse::InstanceSource>
Node::source_for(const std::vector<service::RetrievedInstance>& instances) {
    Localisations localisations = localisations_of(instances, configuration_.rules->institutions(),
                                                   configuration_.settings.default_character_set);
    return localisations.empty()
               ? nullptr
               : std::make_unique<LocalisedSource>(sender_.source(), std::move(localisations),
                                                   configuration_.orthanc.dicom_aet, clock_);
}

void Node::answered(const service::PriorQuery& query, const service::PriorSummary& summary) {
    if (!prefetch_) {
        return;
    }
    if (auto announcement = service::announcement_of(query, summary)) {
        prefetch_->announced(*std::move(announcement));
    }
}

std::string Node::localise_for(const std::string& aet) const {
    return configuration_.settings.policy_for(aet).local_patient_id
               ? configuration_.resolver->institution_of(aet).value_or(std::string())
               : std::string();
}

Node::Node(orthanc::Sdk& sdk, NodeConfiguration configuration, std::unique_ptr<index::Database> database,
           std::unique_ptr<index::Connection> writer, bool clean_stop)
    : sdk_(sdk), configuration_(std::move(configuration)), database_(std::move(database)),
      readers_(*database_, kReaders),
      archive_(sdk, configuration_.orthanc.storage_directory,
               [this](const auto& id, const auto& file) { ingest_.file_moved(id, file); }),
      interpreter_(*configuration_.resolver, configuration_.rules->institutions(),
                   configuration_.settings.default_character_set, configuration_.orthanc.dicom_aet),
      ingest_(std::move(writer), archive_, interpreter_, clock_, sdk),
      follower_(readers_, ingest_, archive_, interpreter_, sdk),
      priors_({readers_, *this, *configuration_.resolver, *configuration_.rules, clock_,
               configuration_.settings}),
      retrieve_(priors_),
      sender_(sdk, archive_, transcoder_, configuration_.orthanc, configuration_.settings),
      users_(configuration_.orthanc.http_authentication, configuration_.orthanc.registered_users),
      http_askers_(configuration_.settings),
      dicomweb_(priors_, archive_, &transcoder_,
                [this](const auto& query, const auto& summary) { answered(query, summary); }),
      wado_uri_(priors_, archive_), recognition_(priors_, archive_, [this] { return state(); }),
      store_target_(sdk, archive_), store_(store_target_, store_settings(configuration_), sdk),
      clean_stop_(clean_stop) {
    if (configuration_.settings.prefetch.enabled) {
        push_ = std::make_unique<PacsPush>(*this);
        prefetch_ =
            std::make_unique<service::PrefetchService>(priors_, retrieve_, archive_, push_.get(), sdk);
    }
    ingest_.on_overflow([this] { follower_.wake(); });
    ingest_.on_named([this](const service::NamedFile& instance) { dicomweb_.foresee(instance); });
    if (configuration_.orthanc.dicom_server) {
        auto watcher = dimse::AcknowledgementWatcher::start(configuration_.orthanc.dicom_port);
        if (watcher) {
            watcher_ = *std::move(watcher);
        } else {
            sdk.warning("Receiving from senders with Nagle's algorithm will be slow: " +
                        watcher.failure().text);
        }
    }
}

Node::~Node() {
    stop();
}

void Node::stop() {
    if (std::exchange(stopped_, true)) {
        return;
    }
    ingest_.archive_answers(false);
    sender_.engine().stop();
    if (web_port_) {
        web_port_->stop();
    }
    if (query_retrieve_) {
        query_retrieve_->stop();
    }
    if (prefetch_) {
        prefetch_->stop();
    }
    follower_.stop();
    // A comparison that was cut off has to be made at the next start: equal counts would not tell.
    const bool compared = follower_.state() == service::LogFollower::State::Ready;
    const bool complete = ingest_.stop() && compared;
    if (auto connection = complete ? database_->connect() : error(ErrorKind::Internal, "")) {
        index::write_meta(**connection, "clean_stop", "1");
    }
}

std::vector<std::string> Node::http_roots() const {
    std::string root = configuration_.settings.dicomweb_root;
    root.pop_back();
    return {kRecognitionRoot, kWadoUriRoot, root};
}

void Node::on_stored(const std::string& orthanc_id, std::span<const std::byte> file,
                     const std::string& sending_aet) {
    ingest_.push(interpreter_.interpret(orthanc_id, file, sending_aet));
}

void Node::on_instance_deleted(const std::string& orthanc_id) {
    ingest_.push(index::DeletedInstance{orthanc_id});
}

void Node::on_started() {
    archive_.look_at_storage();
    ingest_.locate_files();
    follower_.start(clean_stop_);
    if (query_retrieve_) {
        query_retrieve_->start();
    }
    if (web_port_) {
        web_port_->start();
    }
}

void Node::on_modalities_changed() {
    if (query_retrieve_) {
        query_retrieve_->access_changed();
    }
}

void Node::on_stopped() {
    if (web_port_) {
        web_port_->stop();
    }
    if (query_retrieve_) {
        query_retrieve_->stop();
    }
    ingest_.archive_answers(false);
    follower_.stop();
}

Status Node::wait() {
    if (const Status ready = follower_.wait_until_ready(kReadyPatience); !ready) {
        return ready;
    }
    return ingest_.wait_until_written(kWritePatience);
}

service::Asker Node::asker_of(const std::string& aet) const {
    service::Asker asker;
    asker.aet = aet;
    asker.policy = configuration_.settings.policy_for(aet);
    asker.institution = configuration_.resolver->institution_of(aet).value_or(std::string());
    return asker;
}

Result<service::PriorSummary> Node::on_find(const dicom::AttributeSet& keys, const std::string& calling_aet,
                                            const std::function<void(const std::string&)>& give) {
    service::PriorQuery query;
    query.asker = asker_of(calling_aet);
    if (const Status read = service::read_find_keys(keys, query); !read) {
        return read.failure();
    }
    auto summary = priors_.find(query, [&](service::PriorAnswer& answer) {
        give(service::find_answer_part10(query, answer, configuration_.orthanc.dicom_aet));
        return true;
    });
    if (summary) {
        answered(query, *summary);
    }
    return summary;
}

Result<std::unique_ptr<orthanc::Move>> Node::on_move(const orthanc::MoveRequest& request) {
    service::RetrieveQuery query;
    query.level = request.level;
    query.asker = asker_of(request.originator_aet);
    query.patient_id = request.patient_id;
    query.accession = request.accession;
    query.study_uids = uid_list(request.study_uids);
    query.series_uids = uid_list(request.series_uids);
    query.sop_uids = uid_list(request.sop_uids);
    query.localise_for = localise_for(request.destination_aet);
    auto instances = retrieve_.select(query);
    if (!instances) {
        return instances.failure();
    }
    return sender_.move(request, *instances, source_for(*instances));
}

service::HttpCaller Node::caller_of(const dicomweb::Request& request) const {
    // The web port has authenticated its user already; Orthanc does not tell whom it has.
    const std::string user = request.header(dicomweb::kUserField);
    return {user.empty() ? users_.user_of(request) : user, request.header(dicomweb::kPeerField)};
}

std::string Node::dicomweb_url(const dicomweb::Request& request) const {
    std::string root = configuration_.settings.dicomweb_root;
    root.pop_back();
    return dicomweb::origin_of(request,
                               http_askers_.from_proxy(request, {{}, request.header(dicomweb::kPeerField)})) +
           root;
}

dicomweb::Response Node::on_http(const dicomweb::Request& original) {
    const service::Asker asker = http_askers_.asker_of(original, caller_of(original));
    dicomweb::Request request = original;
    if (strip_root(request, kRecognitionRoot)) {
        return recognition_.handle(request, asker);
    }
    const std::string& root = configuration_.settings.dicomweb_root;
    if (strip_root(request, kWadoUriRoot)) {
        return wado_uri_.handle(request, dicomweb_url(request), asker);
    }
    if (strip_root(request, root)) {
        return dicomweb_.handle(request, dicomweb_url(request), asker);
    }
    return rest::status_response(404, "There is no such resource");
}

Result<std::unique_ptr<dicomweb::RequestBody>> Node::begin_body(const dicomweb::Request& original) {
    dicomweb::Request request = original;
    const std::string& root = configuration_.settings.dicomweb_root;
    const dicomweb::Routing routing = strip_root(request, root)
                                          ? dicomweb::find_route(request.method, request.segments)
                                          : dicomweb::Routing();
    if (routing.outcome != dicomweb::RouteOutcome::Found ||
        routing.route.resource != dicomweb::Resource::Store) {
        return std::unique_ptr<dicomweb::RequestBody>();
    }
    return store_.begin(request, routing.route, dicomweb_url(request));
}

dicomweb::Response Node::refusal(const Error& failure) {
    return rest::error_response(failure);
}

rest::NodeState Node::state() const {
    rest::NodeState state;
    state.version = RECOGNITION_VERSION;
    switch (follower_.state()) {
    case service::LogFollower::State::Waiting:
        state.state = "waiting";
        break;
    case service::LogFollower::State::Replaying:
        state.state = "catching-up";
        break;
    case service::LogFollower::State::Comparing:
        state.state = "comparing";
        break;
    case service::LogFollower::State::Ready:
        state.state = "ready";
        break;
    }
    state.queue = ingest_.queue_length();
    return state;
}

} // namespace recog
