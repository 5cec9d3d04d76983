// C-GET (PS3.4 C.4.3): statuses as in retrieve_request.hpp. The instances go over the association that asked,
// one after the other; the next ones are read from disk meanwhile.
#pragma once

#include "plugin/dimse/stored_instance.hpp"
#include "plugin/port/retrieve_request.hpp"

namespace recog::port {

class GetHandler final : public Handler {
public:
    /// Where the bytes of these instances come from, for copies that go to `aet`; null: as they are stored.
    using SourceFor = std::function<std::unique_ptr<dimse::InstanceSource>(
        const std::string& aet, const std::vector<service::RetrievedInstance>& instances)>;

    GetHandler(RetrieveParts parts, SourceFor source_for, dimse::InstanceSource& as_stored)
        : parts_(std::move(parts)), source_for_(std::move(source_for)), as_stored_(as_stored) {}

    void handle(const Request& request, Exchange& exchange) override;

private:
    RetrieveParts parts_;
    SourceFor source_for_;
    dimse::InstanceSource& as_stored_;
};

} // namespace recog::port
