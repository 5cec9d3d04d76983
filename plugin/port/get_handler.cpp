#include "plugin/port/get_handler.hpp"

#include "plugin/dimse/prepared_instance.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace recog::port {

namespace {

constexpr std::size_t kAheadInstances = 8;
constexpr std::uint64_t kAheadBytes = 32U << 20U;
constexpr std::size_t kPendingResponses = 50;
constexpr std::uint16_t kProcessingFailure = 0x0110; // PS3.7 annex C

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

/// Prepares the instances in their order on a thread of its own, and lets go of them there.
class Ahead {
public:
    Ahead(const std::vector<service::RetrievedInstance>& instances, const dimse::AcceptedContexts& accepted,
          dimse::InstanceSource& source)
        : instances_(instances), accepted_(accepted), source_(source),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

    /// To be called once for each instance.
    dimse::PreparedInstance take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !ready_.empty(); });
        dimse::PreparedInstance prepared = std::move(ready_.front().first);
        bytes_ -= ready_.front().second;
        ready_.pop_front();
        changed_.notify_all();
        return prepared;
    }

    /// It has been sent. To end a mapping takes a while that the requestor would wait.
    void done(dimse::PreparedInstance sent) {
        const std::lock_guard lock(mutex_);
        sent_.push_back(std::move(sent));
    }

private:
    void run(const std::stop_token& stop) {
        for (const service::RetrievedInstance& instance : instances_) {
            std::vector<dimse::PreparedInstance> sent;
            {
                std::unique_lock lock(mutex_);
                sent.swap(sent_);
                const bool room = changed_.wait(lock, stop, [this] {
                    return ready_.empty() || (ready_.size() < kAheadInstances && bytes_ < kAheadBytes);
                });
                if (!room || stop.stop_requested()) {
                    return;
                }
            }
            dimse::PreparedInstance prepared = prepare(instance);
            const std::lock_guard lock(mutex_);
            bytes_ += instance.size;
            ready_.emplace_back(std::move(prepared), instance.size);
            changed_.notify_all();
        }
    }

    dimse::PreparedInstance prepare(const service::RetrievedInstance& instance) {
        try {
            return dimse::prepare_instance(stored(instance), accepted_, true, source_);
        } catch (const std::exception&) {
            dimse::PreparedInstance failed;
            failed.status = kProcessingFailure;
            failed.reason = "There was not enough memory to read or transcode an instance";
            return failed;
        }
    }

    const std::vector<service::RetrievedInstance>& instances_;
    const dimse::AcceptedContexts& accepted_;
    dimse::InstanceSource& source_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::pair<dimse::PreparedInstance, std::uint64_t>> ready_;
    std::uint64_t bytes_ = 0;
    std::vector<dimse::PreparedInstance> sent_;
    std::jthread thread_; // last: runs with all of the above
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
        bool lost = false;
        {
            Ahead ahead(instances_, accepted, source);
            for (std::size_t i = 0; i < instances_.size() && !exchange_.stop().stop_requested(); ++i) {
                dimse::PreparedInstance prepared = ahead.take();
                lost = !send(instances_[i], prepared);
                ahead.done(std::move(prepared));
                if (lost) {
                    break;
                }
                if (i % step == 0 && i + 1 < instances_.size()) {
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
