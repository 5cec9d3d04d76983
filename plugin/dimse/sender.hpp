// What a sender thread does with one grant: gets an association, sends until its request is done, it has to
// make way, or nothing more can be done.
#pragma once

#include "plugin/dimse/lane_scheduler.hpp"
#include "plugin/dimse/read_ahead.hpp"
#include "plugin/dimse/send_request.hpp"

namespace recog::dimse {

/// Lives for one grant, on one thread.
class Sender {
public:
    Sender(LaneScheduler& scheduler, ReadAheadBudget& budget, LaneScheduler::Grant grant);

    /// Returns when the grant has been ended. Does not throw.
    void run() noexcept;

private:
    using Ending = LaneScheduler::Ending;
    enum class Course { ListDone, Yield, Lost };

    Ending send_all();
    /// Null when there is none; `ending_` says why.
    std::unique_ptr<Connection> obtain(std::size_t plan);
    std::unique_ptr<Connection> open(const AssociationPlan& plan);
    Status open_once(Connection& connection, const AssociationPlan& plan);
    Course try_to_send_over(Connection& connection, std::size_t plan);
    Course send_over(Connection& connection, std::size_t plan);
    Result<std::uint16_t> try_to_store(Connection& connection, const ReadAhead::Item& item) const;
    bool store(Connection& connection, std::size_t plan, const ReadAhead::Item& item);

    LaneScheduler& scheduler_;
    ReadAheadBudget& budget_;
    LaneScheduler::Grant grant_;
    SendRequest& request_;
    Ending ending_ = Ending::Done;
    bool asked_for_further_ = false;
    std::unique_ptr<Connection> to_release_;
};

/// Ends an association in peace; nothing is at stake any more.
void release(Connection& connection);

} // namespace recog::dimse
