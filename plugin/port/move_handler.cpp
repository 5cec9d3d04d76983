#include "plugin/port/move_handler.hpp"

#include <algorithm>

namespace recog::port {

namespace {

// A workstation shows progress; some give up when they hear nothing for a while.
constexpr std::size_t kPendingResponses = 50;

Counters counters_of(const dimse::SendProgress& progress) {
    return {progress.remaining, progress.completed, progress.failed, progress.warning};
}

} // namespace

/// The sub-operations run in the send engine; here is told what becomes of them.
class MoveHandler::Following final : public Waiting {
public:
    Following(const Request& request, Exchange& exchange, std::unique_ptr<dimse::SendOperation> operation)
        : request_(request), exchange_(exchange), operation_(std::move(operation)),
          step_(std::max<std::size_t>(1, operation_->size() / kPendingResponses)) {}

    bool go_on() override {
        const dimse::SendProgress progress = operation_->progress();
        if (!progress.over && !exchange_.stop().stop_requested()) {
            // The first result is told at once, the others in steps.
            known_ = progress.finished() + step_ - 1;
            if (respond_pending(exchange_, counters_of(progress))) {
                return false;
            }
        }
        finish();
        return true;
    }

    void wake_once(std::function<void()> wake) override { operation_->wake_once(known_, std::move(wake)); }

    void wait() const { static_cast<void>(operation_->wait_for_progress(known_, kSign, exchange_.stop())); }

private:
    void finish() const {
        operation_->cancel(); // nothing, when all is over
        // Waits for what is under way, so that the counters stay as they are told.
        const auto results = operation_->results();
        std::vector<std::string> failed;
        std::string comment;
        for (const dimse::SubOperationResult& result : results) {
            if (!result.stored() && result.status != dimse::SubOperationResult::CANCELLED) {
                failed.push_back(result.sop_instance_uid);
                comment = comment.empty() ? result.reason : comment;
            }
        }
        // A cancellation that came too late for anything is none.
        const Counters counters = counters_of(operation_->progress());
        respond_final(request_, exchange_, counters, counters.remaining > 0, failed, comment);
    }

    const Request& request_;
    Exchange& exchange_;
    const std::unique_ptr<dimse::SendOperation> operation_;
    const std::size_t step_;
    std::size_t known_ = 0;
};

void MoveHandler::handle(const Request& request, Exchange& exchange) {
    if (const auto following = start(request, exchange)) {
        do {
            following->wait();
        } while (!following->go_on());
    }
}

std::unique_ptr<Waiting> MoveHandler::begin(const Request& request, Exchange& exchange) {
    return start(request, exchange);
}

std::unique_ptr<MoveHandler::Following> MoveHandler::start(const Request& request, Exchange& exchange) {
    const std::string& aet = request.command.move_destination;
    const auto destination = destinations_.find(aet);
    if (!destination) {
        const bool unknown = destination.failure().kind == ErrorKind::NotFound;
        refuse(parts_, exchange, unknown ? kDestinationUnknown : kCannotPerform, destination.failure().text);
        return nullptr;
    }
    const auto instances = select_instances(parts_, request, exchange, aet);
    if (!instances) {
        return nullptr;
    }
    dimse::SendOptions options;
    options.originator_aet = exchange.caller().calling_aet;
    options.originator_message_id = request.command.message_id;
    return std::make_unique<Following>(request, exchange,
                                       destinations_.send(*destination, *instances, std::move(options)));
}

} // namespace recog::port
