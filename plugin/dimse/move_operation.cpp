#include "plugin/dimse/move_operation.hpp"

#include "plugin/dimse/association.hpp"
#include "plugin/dimse/context_plan.hpp"
#include "plugin/dimse/prepared_instance.hpp"
#include "plugin/dimse/read_ahead.hpp"

#include <exception>
#include <future>
#include <map>
#include <thread>

namespace recog::dimse {

namespace {

constexpr std::uint16_t PROCESSING_FAILURE = 0x0110; // PS3.7 annex C
constexpr int TRIES = 2;
// Two instances, each tried twice.
constexpr int LOSSES_UNTIL_GONE = 4;
// Nothing is at stake any more when the association is released.
constexpr std::chrono::milliseconds RELEASE_LIMIT{1000};

} // namespace

class MoveOperation::Worker {
public:
    Worker(Destination destination, std::vector<StoredInstance> instances, InstanceSource& source,
           std::string originator_aet, std::uint16_t originator_message_id, Logger& logger)
        : destination_(std::move(destination)), instances_(std::move(instances)), source_(source),
          originator_aet_(std::move(originator_aet)), originator_message_id_(originator_message_id),
          logger_(logger), counters_(instances_.size()), finished_(instances_.size()),
          results_(instances_.size()), plans_(plan_associations(instances_)) {}

    ~Worker() {
        if (!counters_.over()) {
            cancel_.raise();
        }
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    Status start() {
        auto opened = opened_.get_future();
        thread_ = std::thread([this] { run(); });
        return opened.get();
    }

    MoveCounters& counters() { return counters_; }
    const std::vector<SubOperationResult>& results() const { return results_; }

private:
    void run() {
        try {
            if (open_first()) {
                for (std::size_t plan = 0; plan < plans_.size(); ++plan) {
                    send_plan(plans_[plan]);
                }
            }
        } catch (const std::exception&) {
            logger_.error("A retrieval stopped because memory or threads ran out");
            first_.reset();
            tell_opened(error(ErrorKind::Internal, "There is not enough memory for the retrieval"));
        }
        fail_unfinished();
        report();
        counters_.finish();
    }

    bool open_first() {
        if (!plans_.empty() && !plans_.front().contexts.empty()) {
            auto association = Association::open(destination_, plans_.front().contexts, cancel_);
            if (!association) {
                tell_opened(association.failure());
                return false;
            }
            first_ = std::move(*association);
        }
        tell_opened({});
        return true;
    }

    void tell_opened(Status status) {
        if (!told_) {
            told_ = true;
            opened_.set_value(std::move(status));
        }
    }

    void send_plan(const AssociationPlan& plan) {
        std::span<const std::size_t> left(plan.instances);
        tries_ = 0;
        losses_ = 0;
        while (!left.empty()) {
            auto association = first_ ? Result<std::unique_ptr<Association>>(std::move(first_)) : open(plan);
            if (!association) {
                fail_all(left, association.failure().text);
                return;
            }
            left = send_over(std::move(*association), plan, left);
            if (losses_ >= LOSSES_UNTIL_GONE) {
                fail_all(left, "The receiver broke off too often");
                return;
            }
        }
    }

    Result<std::unique_ptr<Association>> open(const AssociationPlan& plan) {
        if (plan.contexts.empty()) {
            return error(ErrorKind::NotAcceptable,
                         "The instance has no valid SOP Class UID or SOP Instance UID");
        }
        return Association::open(destination_, plan.contexts, cancel_);
    }

    /// Sends until the list is done or the association is lost; gives what is left.
    std::span<const std::size_t> send_over(std::unique_ptr<Association> association,
                                           const AssociationPlan& plan, std::span<const std::size_t> left) {
        const AcceptedContexts accepted(plan.contexts, association->answers());
        ReadAhead ahead(instances_, left, accepted, destination_.allow_transcoding, source_);
        while (!left.empty()) {
            const PreparedInstance prepared = ahead.take();
            const std::size_t index = left.front();
            if (prepared.status != 0) {
                record(index, prepared.status, prepared.reason);
            } else {
                const auto status = association->store(prepared.context, request(index), prepared.data_set);
                if (!status) {
                    return after_loss(left, status.failure());
                }
                losses_ = 0;
                record(index, *status, describe_store_status(*status));
            }
            tries_ = 0;
            left = left.subspan(1);
        }
        // The last result is out: whoever asked need not wait for the release.
        association->release(RELEASE_LIMIT);
        return left;
    }

    std::span<const std::size_t> after_loss(std::span<const std::size_t> left, const Error& why) {
        ++losses_;
        if (++tries_ < TRIES) {
            return left;
        }
        tries_ = 0;
        record(left.front(), PROCESSING_FAILURE, why.text);
        return left.subspan(1);
    }

    CommandSet request(std::size_t index) const {
        CommandSet request;
        request.command = Command::StoreRequest;
        request.has_data_set = true;
        request.sop_class_uid = instances_[index].sop_class_uid;
        request.sop_instance_uid = instances_[index].sop_instance_uid;
        request.originator_aet = originator_aet_;
        request.originator_message_id = originator_message_id_;
        return request;
    }

    void record(std::size_t index, std::uint16_t status, std::string reason) {
        results_[index] = {instances_[index].sop_instance_uid, status, std::move(reason)};
        finished_[index] = true;
        if (++done_ == instances_.size()) {
            report();
        }
        counters_.record(results_[index].stored());
    }

    void fail_all(std::span<const std::size_t> indices, const std::string& reason) {
        for (const std::size_t index : indices) {
            record(index, PROCESSING_FAILURE, reason);
        }
    }

    void fail_unfinished() {
        for (std::size_t i = 0; i < results_.size(); ++i) {
            if (!finished_[i]) {
                results_[i] = {instances_[i].sop_instance_uid, PROCESSING_FAILURE,
                               "The retrieval was broken off"};
            }
        }
    }

    /// One line for the operator: the true numbers, and how often each reason occurred.
    void report() {
        if (reported_) {
            return;
        }
        reported_ = true;
        std::size_t stored = 0;
        std::map<std::string, std::size_t> reasons;
        for (const SubOperationResult& result : results_) {
            stored += result.stored() ? 1U : 0U;
            if (!result.reason.empty()) {
                ++reasons[result.reason];
            }
        }
        std::string line = "Sent " + std::to_string(stored) + " of " + std::to_string(results_.size()) +
                           " instances to " + destination_.aet;
        for (const auto& [reason, count] : reasons) {
            line += "; " + std::to_string(count) + ": " + reason;
        }
        stored == results_.size() && reasons.empty() ? logger_.info(line) : logger_.warning(line);
    }

    const Destination destination_;
    const std::vector<StoredInstance> instances_;
    InstanceSource& source_;
    const std::string originator_aet_;
    const std::uint16_t originator_message_id_;
    Logger& logger_;
    MoveCounters counters_;
    std::vector<bool> finished_;
    std::vector<SubOperationResult> results_; ///< the worker's until counters_ is over, then read only
    const std::vector<AssociationPlan> plans_;
    CancelSignal cancel_;
    std::promise<Status> opened_;
    bool told_ = false;
    bool reported_ = false;
    std::unique_ptr<Association> first_; ///< opened by start(), used by the first plan
    std::size_t done_ = 0;
    int tries_ = 0;  ///< of the instance at hand
    int losses_ = 0; ///< associations lost since the receiver's last answer
    std::thread thread_;
};

Result<std::unique_ptr<MoveOperation>>
MoveOperation::start(Destination destination, std::vector<StoredInstance> instances, InstanceSource& source,
                     std::string originator_aet, std::uint16_t originator_message_id, Logger& logger) {
    auto worker = std::make_unique<Worker>(std::move(destination), std::move(instances), source,
                                           std::move(originator_aet), originator_message_id, logger);
    if (auto opened = worker->start(); !opened) {
        return opened.failure();
    }
    return std::unique_ptr<MoveOperation>(new MoveOperation(std::move(worker)));
}

MoveOperation::MoveOperation(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}

MoveOperation::~MoveOperation() = default;

std::size_t MoveOperation::size() const {
    return worker_->results().size();
}

MoveCounters::Step MoveOperation::step() {
    return worker_->counters().step();
}

std::vector<SubOperationResult> MoveOperation::results() {
    worker_->counters().wait();
    return worker_->results();
}

} // namespace recog::dimse
