#include "plugin/port/move_handler.hpp"

#include <algorithm>

namespace recog::port {

namespace {

using namespace std::chrono_literals;

// A workstation shows progress; some give up when they hear nothing for a while.
constexpr std::size_t kPendingResponses = 50;
constexpr auto kSign = 2s;

Counters counters_of(const dimse::SendProgress& progress) {
    return {progress.remaining, progress.completed, progress.failed, progress.warning};
}

} // namespace

void MoveHandler::handle(const Request& request, Exchange& exchange) {
    const std::string& aet = request.command.move_destination;
    const auto destination = destinations_.find(aet);
    if (!destination) {
        const bool unknown = destination.failure().kind == ErrorKind::NotFound;
        refuse(parts_, exchange, unknown ? kDestinationUnknown : kCannotPerform, destination.failure().text);
        return;
    }
    const auto instances = select_instances(parts_, request, exchange, aet);
    if (!instances) {
        return;
    }
    dimse::SendOptions options;
    options.originator_aet = exchange.caller().calling_aet;
    options.originator_message_id = request.command.message_id;
    const auto operation = destinations_.send(*destination, *instances, std::move(options));
    follow(request, exchange, *operation);
}

void MoveHandler::follow(const Request& request, Exchange& exchange, dimse::SendOperation& operation) const {
    const std::stop_token stop = exchange.stop();
    const std::size_t step = std::max<std::size_t>(1, operation.size() / kPendingResponses);
    dimse::SendProgress progress = operation.progress();
    // The first result is told at once, the others in steps.
    for (std::size_t known = 0; !progress.over && !stop.stop_requested();) {
        progress = operation.wait_for_progress(known, kSign, stop);
        if (progress.over || stop.stop_requested()) {
            break;
        }
        known = progress.finished() + step - 1;
        if (!respond_pending(exchange, counters_of(progress))) {
            break;
        }
    }
    if (!progress.over) {
        operation.cancel();
    }
    // Waits for what is under way, so that the counters stay as they are told.
    const auto results = operation.results();
    std::vector<std::string> failed;
    std::string comment;
    for (const dimse::SubOperationResult& result : results) {
        if (!result.stored() && result.status != dimse::SubOperationResult::CANCELLED) {
            failed.push_back(result.sop_instance_uid);
            comment = comment.empty() ? result.reason : comment;
        }
    }
    // A cancellation that came too late for anything is none.
    const Counters counters = counters_of(operation.progress());
    respond_final(request, exchange, counters, counters.remaining > 0, failed, comment);
}

} // namespace recog::port
