// One C-MOVE to one destination: all its C-STORE sub-operations, on a thread of their own.
//
//   start ─▶ worker: for each AssociationPlan: Association ◀─ ReadAhead ◀─ InstanceSource
//                      │ result of each sub-operation
//                      ▼
//   Orthanc's thread ◀─ MoveCounters::step()
//
// A sub-operation whose association is lost is tried once more on a fresh one; a status that the receiver
// answered is final. After two instances in a row have lost both their associations the receiver counts as
// gone, and what is left fails at once rather than after a time-out each.
#pragma once

#include "core/base/logger.hpp"
#include "core/base/result.hpp"
#include "plugin/dimse/move_counters.hpp"
#include "plugin/dimse/stored_instance.hpp"

#include <memory>
#include <string>
#include <vector>

namespace recog::dimse {

/// The methods belong to one thread at a time. The destructor ends the association (with A-ABORT if the list
/// is not done) and joins; it waits for a running call into the source and for nothing else that is slow.
class MoveOperation {
public:
    /// Opens the first association before it returns: Unreachable when that fails. An empty list needs no
    /// association. `source` and `logger` outlive the operation.
    static Result<std::unique_ptr<MoveOperation>> start(Destination destination,
                                                        std::vector<StoredInstance> instances,
                                                        InstanceSource& source, std::string originator_aet,
                                                        std::uint16_t originator_message_id, Logger& logger);
    ~MoveOperation();
    MoveOperation(const MoveOperation&) = delete;
    MoveOperation& operator=(const MoveOperation&) = delete;

    /// The number of sub-operations.
    std::size_t size() const;

    /// What Orthanc's next call is to be answered: see MoveCounters. Blocks until that is certain.
    MoveCounters::Step step();

    /// Blocks until all is over and gives the result of each instance, in the order of the list.
    std::vector<SubOperationResult> results();

private:
    class Worker;
    explicit MoveOperation(std::unique_ptr<Worker> worker);
    std::unique_ptr<Worker> worker_;
};

} // namespace recog::dimse
