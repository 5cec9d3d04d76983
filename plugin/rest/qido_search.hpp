// QIDO-RS (PS3.18 10.6): a search from its request to its response.
#pragma once

#include "core/dicomweb/routes.hpp"
#include "core/service/archive.hpp"
#include "core/service/prior_service.hpp"
#include "plugin/rest/page_memory.hpp"

#include <functional>

namespace recog::rest {

/// Headers of files that one search reads at most, for attributes that the index does not hold.
inline constexpr std::size_t kMostFilesRead = 500;
/// Rows that one search looks at before it is refused as too broad (413).
inline constexpr std::uint64_t kMostRowsLookedAt = 2'000'000;

/// Any thread may call any function.
class QidoSearch {
public:
    /// Told of each search that was answered; may be empty. Must not wait.
    using Answered = std::function<void(const service::PriorQuery&, const service::PriorSummary&)>;

    QidoSearch(const service::PriorService& priors, service::Archive& archive, Answered answered)
        : priors_(priors), archive_(archive), answered_(std::move(answered)), pages_(priors.context().clock) {
    }

    /// `route` is one of the searches. Errors: BadRequest, NotAcceptable, TooLarge, Unavailable, Storage.
    Result<dicomweb::Response> respond(const dicomweb::Request& request, const dicomweb::Route& route,
                                       const std::string& root_url, const service::Asker& asker) const;

private:
    const service::PriorService& priors_;
    service::Archive& archive_;
    Answered answered_;
    mutable PageMemory pages_;
};

} // namespace recog::rest
