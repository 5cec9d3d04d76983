#include "plugin/port/get_handler.hpp"

#include "plugin/dimse/read_ahead.hpp"

#include <algorithm>

namespace recog::port {

namespace {

constexpr std::uint64_t kAheadBytes = 32U << 20U;
constexpr std::size_t kPendingResponses = 50;

dimse::AcceptedContexts accepted_contexts(const Caller& caller) {
    std::vector<dimse::ProposedContext> proposed;
    std::vector<dimse::ContextAnswer> answers;
    for (const Context& context : caller.contexts) {
        if (context.requestor_is_scp) {
            proposed.push_back({context.id, context.abstract_syntax, {context.transfer_syntax}});
            answers.push_back({context.id, 0, context.transfer_syntax});
        }
    }
    return {proposed, answers};
}

dimse::StoredInstance stored(const service::RetrievedInstance& instance) {
    dimse::StoredInstance stored;
    stored.orthanc_id = instance.orthanc_id;
    stored.sop_class_uid = instance.sop_class_uid;
    stored.sop_instance_uid = instance.sop_instance_uid;
    stored.transfer_syntax_uid = instance.transfer_syntax;
    stored.size = instance.size;
    stored.file = instance.file;
    return stored;
}

/// All of a request's instances, in their order.
class Selected final : public dimse::InstanceFeed {
public:
    Selected(const std::vector<service::RetrievedInstance>& instances,
             const dimse::AcceptedContexts& accepted, dimse::InstanceSource& source)
        : instances_(instances), accepted_(accepted), source_(source) {}

    std::optional<std::size_t> next(const std::stop_token& stop) override {
        return next_ < instances_.size() && !stop.stop_requested() ? std::optional(next_++) : std::nullopt;
    }
    std::uint64_t size(std::size_t index) const override { return instances_[index].size; }
    dimse::PreparedInstance prepare(std::size_t index) override {
        return dimse::prepare_instance(stored(instances_[index]), accepted_, true, source_);
    }
    void give_back(const std::vector<std::size_t>& /*indices*/) override {}

private:
    const std::vector<service::RetrievedInstance>& instances_;
    const dimse::AcceptedContexts& accepted_;
    dimse::InstanceSource& source_;
    std::size_t next_ = 0;
};

/// The sub-operations of one request.
class Transfer {
public:
    Transfer(const Request& request, Exchange& exchange,
             const std::vector<service::RetrievedInstance>& instances)
        : request_(request), exchange_(exchange), instances_(instances) {
        counters_.remaining = instances.size();
    }

    void run(dimse::InstanceSource& source) {
        const dimse::AcceptedContexts accepted = accepted_contexts(exchange_.caller());
        const std::size_t step = std::max<std::size_t>(1, instances_.size() / kPendingResponses);
        dimse::ReadAheadBudget budget(kAheadBytes);
        {
            Selected selected(instances_, accepted, source);
            dimse::ReadAhead ahead(selected, budget);
            while (!exchange_.stop().stop_requested()) {
                auto item = ahead.take();
                if (!item) {
                    break;
                }
                const bool sent = send(instances_[item->index], item->prepared);
                ahead.done(*std::move(item));
                if (!sent) {
                    break;
                }
                if (item->index % step == 0 && item->index + 1 < instances_.size()) {
                    static_cast<void>(respond_pending(exchange_, counters_));
                }
            }
        }
        respond_final(request_, exchange_, counters_, counters_.remaining > 0, failed_, comment_);
    }

private:
    /// False when the association is lost.
    bool send(const service::RetrievedInstance& instance, const dimse::PreparedInstance& prepared) {
        if (prepared.status != 0) {
            fail(instance, prepared.reason);
            return true;
        }
        dimse::CommandSet command;
        command.sop_class_uid = instance.sop_class_uid;
        command.sop_instance_uid = instance.sop_instance_uid;
        const auto status = exchange_.store(prepared.context, command, prepared.data_set);
        if (!status) {
            return false;
        }
        if (*status == 0) {
            --counters_.remaining;
            ++counters_.completed;
        } else if ((*status & 0xF000U) == 0xB000U) {
            --counters_.remaining;
            ++counters_.warning;
        } else {
            fail(instance, dimse::describe_store_status(*status));
        }
        return true;
    }

    void fail(const service::RetrievedInstance& instance, const std::string& reason) {
        --counters_.remaining;
        ++counters_.failed;
        failed_.push_back(instance.sop_instance_uid);
        comment_ = comment_.empty() ? reason : comment_;
    }

    const Request& request_;
    Exchange& exchange_;
    const std::vector<service::RetrievedInstance>& instances_;
    Counters counters_;
    std::vector<std::string> failed_;
    std::string comment_;
};

} // namespace

void GetHandler::handle(const Request& request, Exchange& exchange) {
    const std::string& aet = exchange.caller().calling_aet;
    const auto instances = select_instances(parts_, request, exchange, aet);
    if (!instances) {
        return;
    }
    const auto source = source_for_(aet, *instances);
    Transfer(request, exchange, *instances).run(source ? *source : as_stored_);
}

} // namespace recog::port
