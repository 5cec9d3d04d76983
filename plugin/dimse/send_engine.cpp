#include "plugin/dimse/send_engine.hpp"

#include "plugin/dimse/sender.hpp"

#include <algorithm>
#include <system_error>

namespace recog::dimse {

class SendEngine::Impl {
public:
    Impl(SendLimits limits, Logger& logger)
        : logger_(logger), most_threads_(WITH_SILENT * limits.associations), budget_(limits.read_ahead_bytes),
          scheduler_(limits, [this] { spawn(); }), keeper_([this] { release_expired(); }) {
        spawn(); // one at least, so that a shortage of threads later makes sending slow and no more
    }

    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::unique_ptr<SendOperation> start(Destination destination, std::vector<StoredInstance> instances,
                                         InstanceSource& source, std::unique_ptr<InstanceSource> owned,
                                         SendOptions options) {
        auto request = std::make_shared<SendRequest>(std::move(destination), std::move(instances), source,
                                                     std::move(owned), std::move(options), logger_);
        if (request->has_work() && !scheduler_.add(request)) {
            request->cancel();
        }
        return std::make_unique<SendOperation>(std::move(request));
    }

    void stop() {
        auto kept = scheduler_.stop();
        if (keeper_.joinable()) {
            keeper_.join();
        }
        std::vector<std::thread> threads;
        {
            const std::lock_guard lock(threads_mutex_);
            stopped_ = true;
            threads.swap(threads_);
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        release_within(kept, STOP_LIMIT);
    }

    SendEngine::State state() const { return scheduler_.state(); }

private:
    using Clock = std::chrono::steady_clock;
    // The server is going down: what a receiver does not release in this time is aborted.
    static constexpr std::chrono::milliseconds STOP_LIMIT{1000};

    static void release_within(const LaneScheduler::Connections& connections,
                               std::chrono::milliseconds limit) {
        const auto deadline = Clock::now() + limit;
        for (const auto& connection : connections) {
            if (Clock::now() < deadline && connection->association->quiet()) {
                release(*connection);
            }
        }
    }

    /// Under the scheduler's lock. When no thread can be had, those that are there do the work.
    void spawn() {
        const std::lock_guard lock(threads_mutex_);
        if (stopped_ || threads_.size() >= std::max<std::size_t>(1, most_threads_)) {
            return;
        }
        try {
            threads_.emplace_back([this] { send(); });
        } catch (const std::system_error&) {
            logger_.error("No more threads can be had for sending");
        }
    }

    void send() {
        while (const auto grant = scheduler_.next_grant()) {
            Sender(scheduler_, budget_, *grant).run();
        }
    }

    void release_expired() {
        for (auto expired = scheduler_.wait_for_expired(); !expired.empty();
             expired = scheduler_.wait_for_expired()) {
            for (const auto& connection : expired) {
                if (connection->association->quiet()) {
                    release(*connection);
                }
            }
        }
    }

    Logger& logger_;
    const std::size_t most_threads_;
    ReadAheadBudget budget_;
    std::mutex threads_mutex_;
    std::vector<std::thread> threads_;
    bool stopped_ = false;
    LaneScheduler scheduler_;
    std::thread keeper_; // last: runs with the scheduler
};

SendEngine::SendEngine(SendLimits limits, Logger& logger) : impl_(std::make_unique<Impl>(limits, logger)) {}

SendEngine::~SendEngine() = default;

std::unique_ptr<SendOperation> SendEngine::start(Destination destination,
                                                 std::vector<StoredInstance> instances,
                                                 InstanceSource& source, SendOptions options) {
    return impl_->start(std::move(destination), std::move(instances), source, nullptr, std::move(options));
}

std::unique_ptr<SendOperation> SendEngine::start(Destination destination,
                                                 std::vector<StoredInstance> instances,
                                                 std::unique_ptr<InstanceSource> source,
                                                 SendOptions options) {
    InstanceSource& used = *source;
    return impl_->start(std::move(destination), std::move(instances), used, std::move(source),
                        std::move(options));
}

void SendEngine::stop() {
    impl_->stop();
}

SendEngine::State SendEngine::state() const {
    return impl_->state();
}

SendOperation::SendOperation(std::shared_ptr<SendRequest> request) : request_(std::move(request)) {}

SendOperation::~SendOperation() {
    request_->cancel();
    request_->wait_until_left();
}

std::size_t SendOperation::size() const {
    return request_->instances().size();
}

Status SendOperation::opened() const {
    return request_->opened();
}

SendProgress SendOperation::progress() const {
    return request_->progress();
}

SendProgress SendOperation::wait_for_progress(std::size_t known, std::chrono::milliseconds limit,
                                              const std::stop_token& stop) const {
    return request_->wait_for_progress(known, limit, stop);
}

void SendOperation::wake_once(std::size_t known, std::function<void()> wake) {
    request_->wake_once(known, std::move(wake));
}

MoveCounters::Step SendOperation::step() {
    return request_->step();
}

std::vector<SubOperationResult> SendOperation::results() const {
    return request_->results();
}

std::vector<std::string> SendOperation::failed_uids() const {
    std::vector<std::string> failed;
    for (const SubOperationResult& result : request_->results()) {
        if (!result.stored() && result.status != SubOperationResult::CANCELLED) {
            failed.push_back(result.sop_instance_uid);
        }
    }
    return failed;
}

void SendOperation::cancel() {
    request_->cancel();
}

} // namespace recog::dimse
