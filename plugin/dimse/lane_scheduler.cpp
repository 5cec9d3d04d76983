#include "plugin/dimse/lane_scheduler.hpp"

#include <algorithm>
#include <atomic>

namespace recog::dimse {

struct LaneScheduler::Job {
    std::shared_ptr<SendRequest> request;
    Lane* lane = nullptr;
    Clock::time_point since; ///< when it came
    std::size_t running = 0; ///< grants given and not ended
    std::size_t queued = 0;  ///< places in the lane's queues
};

struct LaneScheduler::Lane {
    struct Kept {
        std::unique_ptr<Connection> connection;
        Clock::time_point until;
    };

    Key key;
    std::size_t bound = 1;
    std::size_t learned = 0; ///< associations the receiver took at once, when it took no more
    Clock::time_point learned_until;
    struct Opening {
        Connection* connection = nullptr;
        Clock::time_point since;
    };

    std::size_t in_use = 0;   ///< grants
    std::size_t open = 0;     ///< associations among them
    std::deque<Job*> firsts;  ///< requests without an association
    std::deque<Job*> further; ///< requests that could use one more
    std::deque<Kept> kept;    ///< the oldest in front
    std::vector<Opening> openings;
    Clock::time_point last_open; ///< when one of ours was open there
    /// Until the receiver has said anything, and after it has not: one finds out for all.
    bool in_doubt = true;
    std::atomic<Clock::rep> last_heard{}; ///< or since when anything could be heard

    bool silent(Clock::time_point now) const {
        return now.time_since_epoch().count() - last_heard.load(std::memory_order_relaxed) >
               Clock::duration(SILENCE).count();
    }
    bool limited(Clock::time_point now) const { return learned > 0 && now < learned_until; }
    std::size_t limit(Clock::time_point now) const {
        return in_doubt ? 1 : limited(now) ? std::min(learned, bound) : bound;
    }
};

LaneScheduler::LaneScheduler(SendLimits limits, std::function<void()> spawn)
    : limits_(limits), spawn_(std::move(spawn)) {}

LaneScheduler::~LaneScheduler() = default;

LaneScheduler::Key LaneScheduler::key_of(const Destination& destination) {
    return {destination.host,      destination.port, destination.aet,
            destination.local_aet, destination.tls,  destination.tls_certificate};
}

SendRequest& LaneScheduler::request_of(const Grant& grant) {
    return *grant.job->request;
}

bool LaneScheduler::add(std::shared_ptr<SendRequest> request) {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
        return false;
    }
    auto& lane = lanes_[key_of(request->destination())];
    if (!lane) {
        lane = std::make_unique<Lane>();
        lane->key = key_of(request->destination());
    }
    lane->bound = std::max<std::size_t>(
        1, request->options().associations.value_or(limits_.associations_per_destination));
    auto& job = jobs_.emplace_back(std::make_unique<Job>());
    job->request = std::move(request);
    job->lane = lane.get();
    job->since = Clock::now();
    job->queued = 1;
    lane->firsts.push_back(job.get());
    dispatch();
    return true;
}

bool LaneScheduler::grant_from(Lane& lane, bool further, Clock::time_point now) {
    auto& queue = further ? lane.further : lane.firsts;
    if (queue.empty() || lane.in_use >= lane.limit(now)) {
        return false;
    }
    Job* const job = queue.front();
    queue.pop_front();
    --job->queued;
    ++job->running;
    if (lane.in_use++ == 0) {
        lane.last_heard.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    }
    ++busy_;
    granted_.push_back({job, &lane, further, now, 0});
    last_served_ = lane.key;
    return true;
}

std::size_t LaneScheduler::not_silent(Clock::time_point now) const {
    std::size_t count = 0;
    for (const auto& [key, lane] : lanes_) {
        count += lane->silent(now) ? 0 : lane->in_use;
    }
    return count;
}

bool LaneScheduler::is_full(Clock::time_point now) const {
    return busy_ >= limits_.associations &&
           (busy_ >= WITH_SILENT * limits_.associations || not_silent(now) >= limits_.associations);
}

// Round and round the lanes, beginning behind the one served last; whoever has no association comes before
// whoever has one.
void LaneScheduler::dispatch() {
    if (stopping_) {
        return;
    }
    const auto now = Clock::now();
    for (const bool further : {false, true}) {
        for (bool progress = true; progress && !is_full(now);) {
            progress = false;
            auto lane = lanes_.upper_bound(last_served_);
            for (std::size_t left = lanes_.size(); left > 0 && !is_full(now); --left) {
                lane = lane == lanes_.end() ? lanes_.begin() : lane;
                progress = grant_from(*lane->second, further, now) || progress;
                ++lane;
            }
        }
    }
    granted_changed_.notify_all();
    if (granted_.size() > waiting_threads_) {
        spawn_();
    }
    if (busy_ >= limits_.associations) {
        time_changed_.notify_all(); // some of them may fall silent
    }
}

std::optional<LaneScheduler::Grant> LaneScheduler::next_grant() {
    std::unique_lock lock(mutex_);
    ++waiting_threads_;
    granted_changed_.wait(lock, [this] { return stopping_ || !granted_.empty(); });
    --waiting_threads_;
    if (granted_.empty()) {
        return std::nullopt;
    }
    Grant grant = granted_.front();
    granted_.pop_front();
    if (granted_.size() > waiting_threads_) {
        spawn_();
    }
    return grant;
}

void LaneScheduler::end(const Grant& grant, Ending ending) {
    const std::lock_guard lock(mutex_);
    Job& job = *grant.job;
    Lane& lane = *grant.lane;
    --busy_;
    --lane.in_use;
    --job.running;
    if (!stopping_ && job.request->has_work()) {
        if (job.running + job.queued == 0) {
            ++job.queued;
            ending == Ending::NotAccepted ? lane.firsts.push_front(&job) : lane.firsts.push_back(&job);
        } else if (ending == Ending::Yielded) {
            ++job.queued;
            lane.further.push_back(&job);
        }
    } else if (job.queued > 0 && job.running == 0) {
        std::erase(lane.firsts, &job);
        std::erase(lane.further, &job);
        job.queued = 0;
    }
    if (job.running + job.queued == 0) {
        std::erase_if(jobs_, [&job](const auto& other) { return other.get() == &job; });
    }
    forget_if_unused(lane);
    dispatch();
}

void LaneScheduler::forget_if_unused(Lane& lane) {
    if (lane.in_use == 0 && lane.firsts.empty() && lane.further.empty() && lane.kept.empty() &&
        !lane.limited(Clock::now())) {
        lanes_.erase(Key(lane.key));
    }
}

bool LaneScheduler::somebody_waits_for(const Lane& lane, Clock::time_point now) const {
    if (!lane.firsts.empty() && lane.in_use >= lane.limit(now)) {
        return true;
    }
    return is_full(now) && somebody_is_left_out(now);
}

bool LaneScheduler::somebody_is_left_out(Clock::time_point now) const {
    return std::any_of(lanes_.begin(), lanes_.end(), [now](const auto& other) {
        return !other.second->firsts.empty() && other.second->in_use < other.second->limit(now);
    });
}

bool LaneScheduler::must_yield(const Grant& grant) const {
    const auto now = Clock::now();
    if (grant.sent < limits_.quantum_instances && now - grant.since < limits_.quantum_time) {
        return false;
    }
    const std::lock_guard lock(mutex_);
    return somebody_waits_for(*grant.lane, now);
}

void LaneScheduler::want_further(const Grant& grant) {
    const std::lock_guard lock(mutex_);
    Job& job = *grant.job;
    if (stopping_ || !job.request->worth_further()) {
        return;
    }
    while (job.running + job.queued < limits_.associations_per_request) {
        ++job.queued;
        grant.lane->further.push_back(&job);
    }
    dispatch();
}

std::unique_ptr<Connection> LaneScheduler::take_kept(const Grant& grant,
                                                     const std::vector<ProposedContext>& contexts) {
    Connections dead; // closed outside the lock
    const std::lock_guard lock(mutex_);
    Lane& lane = *grant.lane;
    for (std::size_t i = lane.kept.size(); i-- > 0;) {
        auto& kept = lane.kept[i].connection;
        if (!kept->carries(contexts)) {
            continue;
        }
        auto connection = std::move(kept);
        lane.kept.erase(lane.kept.begin() + static_cast<std::ptrdiff_t>(i));
        if (connection->association->quiet()) {
            connection->kept = true;
            ++lane.open;
            return connection;
        }
        dead.push_back(std::move(connection));
    }
    return nullptr;
}

LaneScheduler::Connections LaneScheduler::make_room(const Grant& grant) {
    const std::lock_guard lock(mutex_);
    Lane& lane = *grant.lane;
    Connections in_the_way;
    // None of them carries what is wanted. A receiver that serves one association at a time would let the new
    // one wait until they expire.
    for (auto& kept : lane.kept) {
        in_the_way.push_back(std::move(kept.connection));
    }
    lane.kept.clear();
    return in_the_way;
}

void LaneScheduler::opening(const Grant& grant, Connection& connection) {
    const std::lock_guard lock(mutex_);
    grant.lane->openings.push_back({&connection, Clock::now()});
    time_changed_.notify_all();
}

void LaneScheduler::opened(const Grant& grant, const Connection& connection) {
    const std::lock_guard lock(mutex_);
    Lane& lane = *grant.lane;
    std::erase_if(lane.openings, [&](const auto& one) { return one.connection == &connection; });
    ++lane.open;
    lane.last_open = Clock::now();
    heard(grant);
    time_changed_.notify_all();
    if (std::exchange(lane.in_doubt, false)) {
        dispatch();
    }
}

void LaneScheduler::heard(const Grant& grant) {
    grant.lane->last_heard.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
}

void LaneScheduler::unreachable(const Grant& grant, const Error& why) {
    const std::lock_guard lock(mutex_);
    auto& firsts = grant.lane->firsts;
    const auto hopeless = std::stable_partition(firsts.begin(), firsts.end(),
                                                [&](const Job* job) { return job->since > grant.since; });
    for (auto job = hopeless; job != firsts.end(); ++job) {
        (*job)->request->give_up(why);
        if (--(*job)->queued + (*job)->running == 0) {
            std::erase_if(jobs_, [job](const auto& other) { return other.get() == *job; });
        }
    }
    firsts.erase(hopeless, firsts.end());
}

bool LaneScheduler::not_opened(const Grant& grant, const Connection& connection, bool busy) {
    const std::lock_guard lock(mutex_);
    Lane& lane = *grant.lane;
    const auto now = Clock::now();
    auto since = now;
    std::erase_if(lane.openings, [&](const auto& one) {
        since = one.connection == &connection ? one.since : since;
        return one.connection == &connection;
    });
    using GivenUp = Connection::GivenUp;
    if (connection.given_up == GivenUp::Offered || connection.given_up == GivenUp::NoUse) {
        return true; // says nothing about the receiver
    }
    if (lane.open == 0 && lane.kept.empty() && lane.last_open < since) {
        lane.in_doubt = !busy;
        return false;
    }
    lane.learned = std::max<std::size_t>(1, lane.open);
    lane.learned_until = now + REMEMBER_LIMIT;
    return true;
}

/// Those that are left without an answer while others of ours are open wait for one of these; what has become
/// free is for them. Gives the time to look again.
LaneScheduler::Clock::time_point LaneScheduler::give_up_unanswered(Lane& lane, Clock::time_point now) {
    auto next = Clock::time_point::max();
    for (const auto& one : lane.openings) {
        if (one.connection->given_up != Connection::GivenUp::No) {
            continue;
        }
        const auto patience = lane.kept.empty() ? BESIDE_OTHERS_LIMIT : OPENING_PATIENCE;
        const auto until = one.since + patience;
        if (lane.open == 0 && lane.kept.empty()) {
            continue;
        }
        if (until <= now) {
            one.connection->give_up(lane.kept.empty() ? Connection::GivenUp::NotAccepted
                                                      : Connection::GivenUp::Offered);
        } else {
            next = std::min(next, until);
        }
    }
    return next;
}

void LaneScheduler::lost(const Grant& grant) {
    const std::lock_guard lock(mutex_);
    --grant.lane->open;
    grant.lane->last_open = Clock::now();
}

// A receiver that takes few associations may be wanted by others than us: nothing is kept there, unless
// somebody of ours is waiting for it.
std::unique_ptr<Connection> LaneScheduler::keep(const Grant& grant, std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    Lane& lane = *grant.lane;
    --lane.open;
    const auto now = Clock::now();
    lane.last_open = now;
    const bool wanted = !lane.firsts.empty() || !lane.openings.empty();
    if (stopping_ || (!wanted && (lane.limited(now) || limits_.keep.count() <= 0))) {
        return connection;
    }
    lane.kept.push_back({std::move(connection), now + limits_.keep});
    time_changed_.notify_all();
    return nullptr;
}

LaneScheduler::Connections LaneScheduler::wait_for_expired() {
    std::unique_lock lock(mutex_);
    Connections expired;
    while (!stopping_ && expired.empty()) {
        const auto now = Clock::now();
        auto next = Clock::time_point::max();
        for (auto at = lanes_.begin(); at != lanes_.end();) {
            Lane& lane = *(at++)->second;
            while (!lane.kept.empty() && lane.kept.front().until <= now) {
                expired.push_back(std::move(lane.kept.front().connection));
                lane.kept.pop_front();
            }
            next = lane.kept.empty() ? next : std::min(next, lane.kept.front().until);
            next = std::min(next, give_up_unanswered(lane, now));
            forget_if_unused(lane);
        }
        if (busy_ >= limits_.associations && somebody_is_left_out(now)) {
            dispatch();
            next = std::min(next, now + SILENCE / 4);
        }
        if (expired.empty()) {
            next == Clock::time_point::max() ? time_changed_.wait(lock)
                                             : void(time_changed_.wait_until(lock, next));
        }
    }
    return expired;
}

LaneScheduler::Connections LaneScheduler::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& job : jobs_) {
        job->request->cancel();
    }
    Connections kept;
    for (auto& [key, lane] : lanes_) {
        for (auto& one : lane->kept) {
            kept.push_back(std::move(one.connection));
        }
        lane->kept.clear();
    }
    granted_changed_.notify_all();
    time_changed_.notify_all();
    return kept;
}

SendEngine::State LaneScheduler::state() const {
    const std::lock_guard lock(mutex_);
    SendEngine::State state;
    state.sending = busy_;
    for (const auto& [key, lane] : lanes_) {
        state.waiting += lane->firsts.size();
        state.kept += lane->kept.size();
    }
    return state;
}

} // namespace recog::dimse
