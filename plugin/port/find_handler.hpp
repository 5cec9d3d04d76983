// C-FIND of the patient root, study root and patient/study only models (PS3.4 C.4.1).
//
//   status  when
//   FF00    each match, as it is found
//   FF01    the same, when the request has keys that the node neither matches nor returns
//   0000    all matches have been given
//   FE00    cancelled; what was given stays given
//   A700    the limit on answers was reached, the index is catching up, or the disk failed
//   0122    the context is of another service
//   A900    no Identifier, its level is missing, unknown or not in the model
//   C000    the Identifier's bytes are malformed
//   C001    the Identifier is beyond a limit
//   C002    a key's value cannot be understood
//   C003    a fault of ours
//
// The limit is A700 (refused: out of resources), since it is the only failure of PS3.4 table C.4-1 that
// speaks of the SCP's limits: 0000 would tell a list cut short as the whole, FE00 a cancellation that nobody
// asked for, A900 and Cxxx a fault of the request.
#pragma once

#include "core/base/logger.hpp"
#include "core/service/find_identifier.hpp"
#include "core/service/prior_service.hpp"
#include "plugin/port/exchange.hpp"

#include <functional>

namespace recog::port {

/// What a C-FIND is answered from; all outlive the handler and may be used from any thread.
struct FindParts {
    const service::PriorService& priors;
    std::function<service::Asker(const std::string& aet)> asker_of;
    std::string retrieve_aet; ///< Retrieve AE Title (0008,0054) of the answers
    Logger& logger;
    /// Told of each question that was answered; may be empty. Must not wait.
    std::function<void(const service::PriorQuery&, const service::PriorSummary&)> answered = {};
};

/// Any thread, several requests at once.
class FindHandler final : public Handler {
public:
    explicit FindHandler(FindParts parts) : parts_(std::move(parts)) {}

    void handle(const Request& request, Exchange& exchange) override;

private:
    struct Refusal {
        Error failure;
        std::optional<dicom::Tag> offending;
        bool in_model = false; ///< level and model were right
    };
    void answer(const Request& request, Exchange& exchange) const;
    Result<service::PriorSummary> find(const service::FindRequest& asked, const Request& request,
                                       Exchange& exchange) const;
    void conclude(const Request& request, Exchange& exchange, const service::PriorSummary& summary) const;
    void refuse(const Request& request, Exchange& exchange, const Refusal& refusal) const;
    std::string character_set_of(const service::Asker& asker) const;

    FindParts parts_;
};

} // namespace recog::port
