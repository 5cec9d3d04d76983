#include "plugin/dimse/sender.hpp"

#include <exception>
#include <utility>

namespace recog::dimse {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds RELEASE_LIMIT{1000};
// After each of these a receiver that rejects transiently is asked once more.
constexpr milliseconds BUSY_PAUSES[] = {milliseconds(200), milliseconds(600), milliseconds(1200)};

constexpr const char* NO_RESOURCES = "Memory, threads or file descriptors ran out during the retrieval";

CommandSet store_request(const SendRequest& request, std::size_t index) {
    const StoredInstance& instance = request.instances()[index];
    CommandSet command;
    command.command = Command::StoreRequest;
    command.has_data_set = true;
    command.sop_class_uid = instance.sop_class_uid;
    command.sop_instance_uid = instance.sop_instance_uid;
    command.originator_aet = request.options().originator_aet;
    command.originator_message_id = request.options().originator_message_id;
    return command;
}

/// What is left of one plan. `fresh`: its association has carried nothing yet.
class PlanFeed final : public InstanceFeed {
public:
    PlanFeed(SendRequest& request, std::size_t plan, bool fresh, const AcceptedContexts& accepted)
        : request_(request), plan_(plan), fresh_(fresh), accepted_(accepted) {}

    std::optional<std::size_t> next(const std::stop_token& stop) override {
        return request_.next(plan_, std::exchange(fresh_, false), stop);
    }
    std::uint64_t size(std::size_t index) const override { return request_.instances()[index].size; }
    PreparedInstance prepare(std::size_t index) override {
        return prepare_instance(request_.instances()[index], accepted_,
                                request_.destination().allow_transcoding, request_.source());
    }
    void give_back(const std::vector<std::size_t>& indices) override { request_.give_back(plan_, indices); }

private:
    SendRequest& request_;
    const std::size_t plan_;
    bool fresh_;
    const AcceptedContexts& accepted_;
};

} // namespace

void release(Connection& connection) {
    connection.association->release(RELEASE_LIMIT);
}

Sender::Sender(LaneScheduler& scheduler, ReadAheadBudget& budget, LaneScheduler::Grant grant)
    : scheduler_(scheduler), budget_(budget), grant_(grant), request_(LaneScheduler::request_of(grant)) {}

void Sender::run() noexcept {
    Ending ending = Ending::Done;
    if (request_.enter()) {
        try {
            ending = send_all();
        } catch (const std::exception&) {
            request_.give_up(error(ErrorKind::Internal, NO_RESOURCES));
        }
        request_.leave();
    }
    // The last result is out: whoever asked need not wait for the release.
    if (to_release_) {
        release(*to_release_);
        to_release_.reset();
    }
    scheduler_.end(grant_, ending);
}

Sender::Ending Sender::send_all() {
    std::size_t plan = 0;
    while (const auto next = request_.plan_with_work(plan)) {
        plan = *next;
        auto connection = obtain(plan);
        if (!connection) {
            return ending_;
        }
        const Course course = try_to_send_over(*connection, plan);
        const bool usable = request_.detach(*connection) && course != Course::Lost;
        if (!usable) {
            scheduler_.lost(grant_);
            continue;
        }
        if (to_release_) {
            release(*to_release_);
        }
        to_release_ = scheduler_.keep(grant_, std::move(connection));
        if (course == Course::Yield) {
            return Ending::Yielded;
        }
    }
    return Ending::Done;
}

std::unique_ptr<Connection> Sender::obtain(std::size_t plan) {
    const AssociationPlan& wanted = request_.plan(plan);
    auto kept = request_.needs_fresh(plan) ? nullptr : scheduler_.take_kept(grant_, wanted.contexts);
    if (!kept) {
        return open(wanted);
    }
    if (!request_.attach(*kept, false)) {
        to_release_ = scheduler_.keep(grant_, std::move(kept));
        return nullptr;
    }
    request_.open(*kept);
    return kept;
}

std::unique_ptr<Connection> Sender::open(const AssociationPlan& plan) {
    if (to_release_) {
        release(*to_release_);
        to_release_.reset();
    }
    auto busy_pause = std::begin(BUSY_PAUSES);
    for (;;) {
        for (const auto& connection : scheduler_.make_room(grant_)) {
            release(*connection);
        }
        auto connection = std::make_unique<Connection>();
        if (!request_.attach(*connection, grant_.further)) {
            return nullptr;
        }
        scheduler_.opening(grant_, *connection);
        const Status opened = open_once(*connection, plan);
        if (opened) {
            scheduler_.opened(grant_, *connection);
            request_.open(*connection);
            return connection;
        }
        const bool others_open =
            scheduler_.not_opened(grant_, *connection, opened.failure().kind == ErrorKind::Unavailable);
        if (!request_.detach(*connection) || !request_.has_work()) {
            return nullptr;
        }
        if (others_open || grant_.further) {
            ending_ = Ending::NotAccepted;
            return nullptr;
        }
        if (opened.failure().kind != ErrorKind::Unavailable || busy_pause == std::end(BUSY_PAUSES)) {
            request_.give_up(opened.failure());
            if (opened.failure().kind == ErrorKind::Unreachable) {
                scheduler_.unreachable(grant_, opened.failure());
            }
            return nullptr;
        }
        if (!request_.rest(*busy_pause++)) {
            return nullptr;
        }
    }
}

Status Sender::open_once(Connection& connection, const AssociationPlan& plan) {
    const Destination& destination = request_.destination();
    try {
        auto association =
            Association::open(destination, plan.contexts, connection.cancel, time_limit(destination));
        if (!association) {
            return association.failure();
        }
        connection.association = *std::move(association);
        connection.proposed = plan.contexts;
        connection.accepted = AcceptedContexts(plan.contexts, connection.association->answers());
    } catch (const std::exception&) {
        return error(ErrorKind::Internal, NO_RESOURCES);
    }
    return {};
}

Sender::Course Sender::try_to_send_over(Connection& connection, std::size_t plan) {
    try {
        return send_over(connection, plan);
    } catch (const std::exception&) { // no thread for reading ahead
        request_.give_up(error(ErrorKind::Internal, NO_RESOURCES));
        return Course::Lost;
    }
}

Sender::Course Sender::send_over(Connection& connection, std::size_t plan) {
    PlanFeed feed(request_, plan, !connection.kept, connection.accepted);
    ReadAhead ahead(feed, budget_);
    while (auto item = ahead.take()) {
        const bool stored = store(connection, plan, *item);
        ahead.done(*std::move(item));
        if (!stored) {
            return Course::Lost;
        }
        if (scheduler_.must_yield(grant_)) {
            return Course::Yield;
        }
    }
    return Course::ListDone;
}

Result<std::uint16_t> Sender::try_to_store(Connection& connection, const ReadAhead::Item& item) const {
    try {
        return connection.association->store(item.prepared.context, store_request(request_, item.index),
                                             item.prepared.data_set);
    } catch (const std::exception&) {
        return error(ErrorKind::Internal, NO_RESOURCES);
    }
}

bool Sender::store(Connection& connection, std::size_t plan, const ReadAhead::Item& item) {
    if (item.prepared.status != 0) {
        request_.unsendable(item.index, item.prepared.status, item.prepared.reason);
        return true;
    }
    const auto status = try_to_store(connection, item);
    ++grant_.sent;
    if (!status) {
        request_.lost(plan, item.index, status.failure().text, !connection.kept);
        return false;
    }
    connection.kept = false;
    LaneScheduler::heard(grant_);
    request_.answered(plan, item.index, *status);
    // Not before the first image is there: it shall not share the way.
    if (!std::exchange(asked_for_further_, true)) {
        scheduler_.want_further(grant_);
    }
    return true;
}

} // namespace recog::dimse
