// An association with what is needed to use it again for another request.
#pragma once

#include "plugin/dimse/association.hpp"
#include "plugin/dimse/prepared_instance.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

namespace recog::dimse {

/// Belongs to the sender that uses it, or to the lane that keeps it.
struct Connection {
    CancelSignal cancel; ///< before the association, which refers to it
    std::unique_ptr<Association> association;
    std::vector<ProposedContext> proposed;
    AcceptedContexts accepted{{}, {}};
    bool kept = false; ///< was idle, and the receiver has not answered since

    /// Why its opening was given up by us.
    enum class GivenUp {
        No,
        NoUse,       ///< nothing is left to be sent over it
        NotAccepted, ///< the receiver serves others of ours and leaves this one unanswered
        Offered      ///< another one of ours is free
    };
    std::atomic<GivenUp> given_up{GivenUp::No};
    /// The first reason stays.
    void give_up(GivenUp why) {
        GivenUp none = GivenUp::No;
        given_up.compare_exchange_strong(none, why);
        cancel.raise();
    }

    // While it is being opened beside others of its request; guarded by the request.
    bool opening = false;
    std::chrono::steady_clock::time_point since;
    std::size_t finished_before = 0; ///< sub-operations of the request

    /// Whether every context of `contexts` has been negotiated, with whatever outcome.
    bool carries(const std::vector<ProposedContext>& contexts) const {
        return std::all_of(contexts.begin(), contexts.end(), [this](const ProposedContext& wanted) {
            return std::any_of(proposed.begin(), proposed.end(), [&wanted](const ProposedContext& had) {
                return had.abstract_syntax == wanted.abstract_syntax &&
                       had.transfer_syntaxes == wanted.transfer_syntaxes;
            });
        });
    }
};

} // namespace recog::dimse
