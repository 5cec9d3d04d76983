// One SendOperation with an engine of its own, for the tests that are about a single operation.
#pragma once

#include "plugin/dimse/send_engine.hpp"

namespace recog::dimse::test {

class OneOperation {
public:
    /// Unreachable or Unavailable when there is no association.
    static Result<std::unique_ptr<OneOperation>> start(const Destination& destination,
                                                       const std::vector<StoredInstance>& instances,
                                                       InstanceSource& source, Logger& logger,
                                                       std::size_t associations = 1) {
        SendLimits limits;
        limits.associations_per_request = associations;
        limits.keep = std::chrono::milliseconds(0);
        std::unique_ptr<OneOperation> one(new OneOperation(limits, logger));
        SendOptions options;
        options.originator_aet = "ASKER";
        options.originator_message_id = 77;
        one->operation_ = one->engine_.start(destination, instances, source, options);
        if (const Status opened = one->operation_->opened(); !opened) {
            return opened.failure();
        }
        return one;
    }

    std::size_t size() const { return operation_->size(); }
    MoveCounters::Step step() { return operation_->step(); }
    std::vector<SubOperationResult> results() const { return operation_->results(); }
    SendOperation& operation() { return *operation_; }

private:
    OneOperation(SendLimits limits, Logger& logger) : engine_(limits, logger) {}

    SendEngine engine_;
    std::unique_ptr<SendOperation> operation_; // first to go
};

} // namespace recog::dimse::test
