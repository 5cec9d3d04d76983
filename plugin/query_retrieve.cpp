#include "plugin/query_retrieve.hpp"

#include "plugin/dimse/send_engine.hpp"

namespace recog {

class QueryRetrieve::Destinations final : public port::MoveDestinations {
public:
    explicit Destinations(const QueryRetrieveParts& parts) : parts_(parts) {}

    Result<dimse::Destination> find(const std::string& aet) override { return parts_.sender.find(aet); }

    std::unique_ptr<dimse::SendOperation> send(const dimse::Destination& destination,
                                               const std::vector<service::RetrievedInstance>& instances,
                                               dimse::SendOptions options) override {
        return parts_.sender.send(destination, instances, std::move(options),
                                  parts_.source_for(destination.aet, instances));
    }

private:
    const QueryRetrieveParts& parts_;
};

Result<std::unique_ptr<QueryRetrieve>> QueryRetrieve::open(QueryRetrieveParts parts) {
    std::unique_ptr<QueryRetrieve> made(new QueryRetrieve(std::move(parts)));
    if (const Status listening = made->listen(); !listening) {
        return listening.failure();
    }
    return made;
}

QueryRetrieve::QueryRetrieve(QueryRetrieveParts parts)
    : parts_(std::move(parts)), access_(parts_.orthanc),
      refresher_([this] { return read_access_table(parts_.sdk); }, access_, parts_.sdk),
      destinations_(std::make_shared<Destinations>(parts_)),
      find_({parts_.priors, parts_.asker_of, parts_.orthanc.dicom_aet, parts_.sdk, parts_.answered}),
      move_({parts_.retrieve, parts_.asker_of, parts_.localise_for, parts_.sdk}, *destinations_),
      get_({parts_.retrieve, parts_.asker_of, parts_.localise_for, parts_.sdk}, parts_.source_for,
           parts_.sender.source()),
      store_(parts_.store_target, parts_.sdk) {}

Status QueryRetrieve::listen() {
    const service::QueryRetrieveSettings& settings = parts_.settings.query_retrieve;
    port::PortOptions options;
    options.port = settings.port;
    options.node_aet = parts_.orthanc.dicom_aet;
    options.maximum_associations = settings.maximum_associations;
    options.maximum_transfers = settings.maximum_operations;
    options.idle = std::chrono::seconds(settings.idle_seconds);
    options.maximum_pdu_length = settings.maximum_pdu_length;
    if (settings.tls) {
        options.tls =
            net::TlsFiles{parts_.orthanc.tls_certificate, parts_.orthanc.tls_private_key,
                          parts_.orthanc.tls_trusted, parts_.orthanc.tls_remote_certificate_required};
    }
    auto opened = port::Port::open(options, access_, {&find_, &move_, &get_, &store_}, parts_.sdk);
    if (!opened) {
        return opened.failure();
    }
    port_ = *std::move(opened);
    return {};
}

void QueryRetrieve::start() {
    refresher_.start();
    port_->start();
}

void QueryRetrieve::stop() {
    port_->stop();
    refresher_.stop();
}

} // namespace recog
