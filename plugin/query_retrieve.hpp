// The query/retrieve port, made from the node's parts.
#pragma once

#include "plugin/access_refresher.hpp"
#include "plugin/modality_sender.hpp"
#include "plugin/orthanc_store.hpp"
#include "plugin/port/find_handler.hpp"
#include "plugin/port/get_handler.hpp"
#include "plugin/port/move_handler.hpp"
#include "plugin/port/port.hpp"
#include "plugin/port/store_handler.hpp"
#include "plugin/port_access.hpp"

namespace recog {

struct QueryRetrieveParts {
    orthanc::Sdk& sdk;
    const orthanc::OrthancConfiguration& orthanc;
    const service::Settings& settings;
    const service::PriorService& priors;
    const service::RetrieveService& retrieve;
    ModalitySender& sender;
    service::StoreTarget& store_target;
    std::function<service::Asker(const std::string& aet)> asker_of;
    /// As RetrieveParts::localise_for.
    std::function<std::string(const std::string& aet)> localise_for;
    port::GetHandler::SourceFor source_for;
    /// As FindParts::answered.
    std::function<void(const service::PriorQuery&, const service::PriorSummary&)> answered;
};

class QueryRetrieve {
public:
    /// Listens on Recognition.QueryRetrieve.Port; nobody is answered before start(). Configuration errors.
    static Result<std::unique_ptr<QueryRetrieve>> open(QueryRetrieveParts parts);

    /// When REST answers.
    void start();
    void stop();
    /// Who may do what may have changed. Returns at once.
    void access_changed() { refresher_.wake(); }

    std::size_t associations() const { return port_->associations(); }

private:
    class Destinations;
    explicit QueryRetrieve(QueryRetrieveParts parts);
    Status listen();

    QueryRetrieveParts parts_;
    PortAccess access_;
    AccessRefresher refresher_;
    std::shared_ptr<port::MoveDestinations> destinations_;
    port::FindHandler find_;
    port::MoveHandler move_;
    port::GetHandler get_;
    port::StoreHandler store_;
    std::unique_ptr<port::Port> port_; // last: its threads use the rest
};

} // namespace recog
