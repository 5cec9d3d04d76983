#include "plugin/dimse/send_request.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace recog::dimse {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// PS3.7 annex C: Refused: SOP Class Not Supported, and Processing Failure.
constexpr std::uint16_t NOT_SUPPORTED = 0x0122;
constexpr std::uint16_t PROCESSING_FAILURE = 0x0110;
// Two instances, each tried twice.
constexpr int LOSSES_UNTIL_GONE = 4;

bool is_out_of_resources(std::uint16_t status) {
    return (status & 0xFF00U) == 0xA700U;
}

/// The middle instance of each series.
std::set<std::size_t> middles(const std::vector<StoredInstance>& instances) {
    std::map<std::string_view, std::vector<std::size_t>> series;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        series[instances[i].series_uid].push_back(i);
    }
    std::set<std::size_t> found;
    for (const auto& [uid, members] : series) {
        if (!uid.empty()) {
            found.insert(members[members.size() / 2]);
        }
    }
    return found;
}

} // namespace

SendRequest::SendRequest(Destination destination, std::vector<StoredInstance> instances,
                         InstanceSource& source, std::unique_ptr<InstanceSource> owned, SendOptions options,
                         Logger& logger)
    : destination_(std::move(destination)), instances_(std::move(instances)), owned_(std::move(owned)),
      source_(source), options_(std::move(options)), logger_(logger), plans_(plan_associations(instances_)),
      counters_(instances_.size()), work_(plans_.size()), rank_(instances_.size()),
      results_(instances_.size()), finished_(instances_.size()), tried_(instances_.size()) {
    progress_.remaining = instances_.size();
    const auto first = options_.any_order ? middles(instances_) : std::set<std::size_t>();
    for (std::size_t number = 0; number < plans_.size(); ++number) {
        auto& ready = work_[number].ready;
        ready.assign(plans_[number].instances.begin(), plans_[number].instances.end());
        std::stable_partition(ready.begin(), ready.end(),
                              [&first](std::size_t index) { return first.contains(index); });
        for (std::size_t place = 0; place < ready.size(); ++place) {
            rank_[ready[place]] = place;
        }
    }
    for (const StoredInstance& instance : instances_) {
        bytes_left_ += instance.size;
    }
    const std::lock_guard lock(mutex_);
    for (std::size_t number = 0; number < plans_.size(); ++number) {
        if (plans_[number].contexts.empty()) {
            for (const std::size_t index : std::exchange(work_[number].ready, {})) {
                record(index, NOT_SUPPORTED, "The instance has no valid SOP Class UID or SOP Instance UID");
            }
        }
    }
    if (instances_.empty()) {
        finish();
    }
}

bool SendRequest::idle() const {
    return progress_.over || gone_ ||
           std::all_of(work_.begin(), work_.end(), [](const Work& work) { return work.empty(); });
}

bool SendRequest::enter() {
    const std::lock_guard lock(mutex_);
    if (progress_.over) {
        return false;
    }
    ++senders_;
    return true;
}

void SendRequest::leave() {
    const std::lock_guard lock(mutex_);
    --senders_;
    changed_.notify_all();
}

void SendRequest::wait_until_left() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return senders_ == 0; });
}

bool SendRequest::has_work() const {
    const std::lock_guard lock(mutex_);
    return !idle();
}

bool SendRequest::worth_further() const {
    const std::lock_guard lock(mutex_);
    std::size_t ready = 0;
    for (const Work& work : work_) {
        ready += work.ready.size();
    }
    return !idle() &&
           (ready >= MIN_INSTANCES_FOR_FURTHER || (ready > 1 && bytes_left_ >= MIN_BYTES_FOR_FURTHER));
}

std::optional<std::size_t> SendRequest::plan_with_work(std::size_t preferred) const {
    const std::lock_guard lock(mutex_);
    if (idle()) {
        return std::nullopt;
    }
    if (!work_[preferred].empty()) {
        return preferred;
    }
    const auto found =
        std::find_if(work_.begin(), work_.end(), [](const Work& work) { return !work.empty(); });
    return static_cast<std::size_t>(found - work_.begin());
}

std::optional<std::size_t> SendRequest::next(std::size_t plan, bool fresh, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    Work& work = work_[plan];
    std::optional<std::size_t> index;
    while (!index && !progress_.over && !gone_ && !stop.stop_requested()) {
        if (fresh && !work.lost.empty()) {
            index = work.lost.front();
            work.lost.pop_front();
        } else if (!work.ready.empty()) {
            index = work.ready.front();
            work.ready.pop_front();
        } else if (work.resting.empty()) {
            return std::nullopt;
        } else if (const Resting resting = work.resting.front(); resting.until <= steady_clock::now()) {
            index = resting.index;
            work.resting.pop_front();
        } else {
            changed_.wait_until(lock, stop, resting.until, [&] {
                return progress_.over || gone_ || !work.ready.empty() || work.resting.empty();
            });
        }
    }
    if (index) {
        bytes_left_ -= instances_[*index].size;
    }
    return index;
}

bool SendRequest::needs_fresh(std::size_t plan) const {
    const std::lock_guard lock(mutex_);
    const Work& work = work_[plan];
    return !work.lost.empty() && work.ready.empty() && work.resting.empty();
}

void SendRequest::give_back(std::size_t plan, const std::vector<std::size_t>& indices) {
    const std::lock_guard lock(mutex_);
    for (const std::size_t index : indices) {
        if (gone_) {
            record(index, PROCESSING_FAILURE, *gone_);
        } else {
            put_back(plan, index);
        }
    }
    changed_.notify_all();
}

void SendRequest::put_back(std::size_t plan, std::size_t index) {
    if (tried_[index]) { // as lost: whether it was matters little
        work_[plan].lost.push_back(index);
        bytes_left_ += instances_[index].size;
        return;
    }
    auto& ready = work_[plan].ready;
    ready.insert(std::lower_bound(ready.begin(), ready.end(), index,
                                  [this](std::size_t a, std::size_t b) { return rank_[a] < rank_[b]; }),
                 index);
    bytes_left_ += instances_[index].size;
}

bool SendRequest::attach(Connection& connection, bool further) {
    const std::lock_guard lock(mutex_);
    if (progress_.over) {
        return false;
    }
    connection.opening = further;
    connection.since = steady_clock::now();
    connection.finished_before = progress_.finished();
    connections_.push_back(&connection);
    return true;
}

void SendRequest::open(Connection& connection) {
    const std::lock_guard lock(mutex_);
    connection.opening = false;
    if (!opened_) {
        opened_ = Status();
        changed_.notify_all();
    }
}

bool SendRequest::detach(Connection& connection) {
    const std::lock_guard lock(mutex_);
    std::erase(connections_, &connection);
    return !cancelled_;
}

bool SendRequest::rest(milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return progress_.over; });
    return !progress_.over;
}

void SendRequest::unsendable(std::size_t index, std::uint16_t status, std::string reason) {
    const std::lock_guard lock(mutex_);
    record(index, status, std::move(reason));
}

void SendRequest::answered(std::size_t plan, std::size_t index, std::uint16_t status) {
    const std::lock_guard lock(mutex_);
    losses_ = 0;
    refusals_ = is_out_of_resources(status) ? refusals_ + 1 : 0;
    if (refusals_ > 0 && refusals_ < REFUSALS_UNTIL_FULL && !tried_[index] && !gone_ && !progress_.over) {
        tried_[index] = true;
        work_[plan].resting.push_back({index, steady_clock::now() + OUT_OF_RESOURCES_PAUSE});
        bytes_left_ += instances_[index].size;
        changed_.notify_all();
        return;
    }
    record(index, status, describe_store_status(status));
}

void SendRequest::lost(std::size_t plan, std::size_t index, const std::string& why, bool counts) {
    const std::lock_guard lock(mutex_);
    losses_ += counts ? 1 : 0;
    if (gone_ || (counts && tried_[index])) {
        record(index, PROCESSING_FAILURE, why);
    } else {
        tried_[index] = counts;
        work_[plan].lost.push_back(index);
        bytes_left_ += instances_[index].size;
    }
    if (losses_ >= LOSSES_UNTIL_GONE) {
        fail_left("The receiver broke off too often");
    }
    changed_.notify_all();
}

void SendRequest::give_up(const Error& why) {
    const std::lock_guard lock(mutex_);
    if (!opened_) {
        opened_ = Status(why);
    }
    fail_left(why.text);
    changed_.notify_all();
}

void SendRequest::fail_left(const std::string& reason) {
    if (progress_.over) {
        return;
    }
    gone_ = reason;
    for (Work& work : work_) {
        for (const std::size_t index : std::exchange(work.ready, {})) {
            record(index, PROCESSING_FAILURE, reason);
        }
        for (const std::size_t index : std::exchange(work.lost, {})) {
            record(index, PROCESSING_FAILURE, reason);
        }
        for (const Resting& resting : std::exchange(work.resting, {})) {
            record(resting.index, PROCESSING_FAILURE, reason);
        }
    }
}

void SendRequest::record(std::size_t index, std::uint16_t status, std::string reason) {
    if (progress_.over || finished_[index]) {
        return;
    }
    SubOperationResult& result = results_[index];
    result = {instances_[index].sop_instance_uid, status, std::move(reason)};
    finished_[index] = true;
    --progress_.remaining;
    ++(!result.stored() ? progress_.failed : status == 0 ? progress_.completed : progress_.warning);
    if (progress_.remaining == 0) {
        finish();
    }
    counters_.record(result.stored());
    look_at_openings();
    changed_.notify_all();
    wake_waiter();
}

void SendRequest::look_at_openings() {
    for (Connection* connection : connections_) {
        if (!connection->opening) {
            continue;
        }
        const bool hopeless =
            progress_.finished() - connection->finished_before >= RESULTS_UNTIL_NOT_ACCEPTED &&
            steady_clock::now() - connection->since >= TIME_UNTIL_NOT_ACCEPTED;
        if (hopeless || idle()) {
            connection->give_up(hopeless ? Connection::GivenUp::NotAccepted : Connection::GivenUp::NoUse);
        }
    }
}

void SendRequest::finish() {
    progress_.over = true;
    if (!opened_) {
        opened_ =
            cancelled_ ? Status(error(ErrorKind::Unavailable, "The retrieval was cancelled")) : Status();
    }
    for (std::size_t i = 0; i < results_.size(); ++i) {
        if (!finished_[i]) {
            results_[i] = {instances_[i].sop_instance_uid, SubOperationResult::CANCELLED,
                           "The retrieval was cancelled"};
        }
    }
    report();
    changed_.notify_all();
    wake_waiter();
}

void SendRequest::wake_waiter() {
    if (wake_ && (progress_.over || progress_.finished() > wake_above_)) {
        std::exchange(wake_, nullptr)();
    }
}

void SendRequest::wake_once(std::size_t known, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
    wake_above_ = known;
    wake_waiter();
}

/// One line for the operator: the true numbers, and how often each reason occurred.
void SendRequest::report() {
    std::map<std::string, std::size_t> reasons;
    for (const SubOperationResult& result : results_) {
        if (!result.reason.empty()) {
            ++reasons[result.reason];
        }
    }
    const std::size_t stored = progress_.completed + progress_.warning;
    std::string line = "Sent " + std::to_string(stored) + " of " + std::to_string(results_.size()) +
                       " instances to " + destination_.aet;
    for (const auto& [reason, count] : reasons) {
        line += "; " + std::to_string(count) + ": " + reason;
    }
    stored == results_.size() && reasons.empty() ? logger_.info(line) : logger_.warning(line);
}

void SendRequest::cancel() {
    const std::lock_guard lock(mutex_);
    if (progress_.over) {
        return;
    }
    cancelled_ = true;
    finish();
    counters_.finish();
    for (Connection* connection : connections_) {
        connection->give_up(Connection::GivenUp::NoUse);
    }
}

Status SendRequest::opened() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return opened_.has_value(); });
    return *opened_;
}

SendProgress SendRequest::progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
}

SendProgress SendRequest::wait_for_progress(std::size_t known, milliseconds limit,
                                            const std::stop_token& stop) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, limit, [&] { return progress_.over || progress_.finished() > known; });
    return progress_;
}

std::vector<SubOperationResult> SendRequest::results() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return progress_.over; });
    return results_;
}

} // namespace recog::dimse
