// C-MOVE (PS3.4 C.4.2): statuses as in retrieve_request.hpp.
#pragma once

#include "plugin/dimse/send_engine.hpp"
#include "plugin/port/retrieve_request.hpp"

namespace recog::port {

/// The way to the move destinations. Any thread.
class MoveDestinations {
public:
    virtual ~MoveDestinations() = default;
    /// Errors: NotFound when no destination has this AE title, Unavailable.
    virtual Result<dimse::Destination> find(const std::string& aet) = 0;
    virtual std::unique_ptr<dimse::SendOperation>
    send(const dimse::Destination& destination, const std::vector<service::RetrievedInstance>& instances,
         dimse::SendOptions options) = 0;
};

class MoveHandler final : public Handler {
public:
    MoveHandler(RetrieveParts parts, MoveDestinations& destinations)
        : parts_(std::move(parts)), destinations_(destinations) {}

    void handle(const Request& request, Exchange& exchange) override;
    /// However long the receiver takes, no thread waits for it.
    std::unique_ptr<Waiting> begin(const Request& request, Exchange& exchange) override;

private:
    class Following;
    std::unique_ptr<Following> start(const Request& request, Exchange& exchange);

    RetrieveParts parts_;
    MoveDestinations& destinations_;
};

} // namespace recog::port
