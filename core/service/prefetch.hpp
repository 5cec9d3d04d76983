// Makes priors ready when a patient is announced: by rule some studies are read into memory and, if so
// configured, pushed to the PACS of the institution where the patient is.
#pragma once

#include "core/base/logger.hpp"
#include "core/service/archive.hpp"
#include "core/service/prior_selection.hpp"
#include "core/service/retrieve_service.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

namespace recog::service {

/// Told by whoever learns that a patient is at an institution: a question by card, later an HL7 message.
class PriorAnnouncements {
public:
    virtual ~PriorAnnouncements() = default;
    /// From any thread; never waits.
    virtual void announced(Announcement announcement) = 0;
};

/// The announcement that a question makes: it names one patient by a number, its asker's institution is
/// known, and it had answers. nullopt otherwise. ModalitiesInStudy and BodyPartExamined of the keys narrow
/// the choice when they are single values.
std::optional<Announcement> announcement_of(const PriorQuery& query, const PriorSummary& summary);

/// Sends to a PACS; implemented over the fetch engine.
class PrefetchPush {
public:
    virtual ~PrefetchPush() = default;
    /// Blocks until all is sent, or `stop` is requested. Called from the one thread of PrefetchService.
    virtual Status push(const std::string& aet, const std::vector<RetrievedInstance>& instances,
                        std::stop_token stop) = 0;
};

struct PrefetchCounts {
    std::uint64_t announced = 0;
    std::uint64_t repeated = 0; ///< left out: the same patient at the same institution was prepared just now
    std::uint64_t dropped = 0;  ///< left out: the queue was full
    std::uint64_t nobody = 0;   ///< the number named nobody, or several persons
    std::uint64_t failed = 0;
    std::uint64_t prepared = 0; ///< announcements carried out
    std::uint64_t studies = 0;
    std::uint64_t warmed_files = 0;
    std::uint64_t warmed_bytes = 0;
    std::uint64_t pushed_instances = 0;
};

/// One thread, with a lower priority than those that answer; it holds no connection of the index while it
/// reads files or pushes. announced(), counts() and stop() may be called from any thread.
class PrefetchService final : public PriorAnnouncements {
public:
    /// Announcements that wait; the oldest gives way to a new one.
    static constexpr std::size_t kMaxQueue = 256;
    /// Patients and numbers remembered as prepared.
    static constexpr std::size_t kMaxRemembered = 100'000;

    /// `push` may be null. All parts outlive this.
    PrefetchService(const PriorService& priors, const RetrieveService& retrieve, Archive& archive,
                    PrefetchPush* push, Logger& logger);
    ~PrefetchService() override;

    void announced(Announcement announcement) override;
    /// Ends the thread after the file or instance at hand; what waits is forgotten.
    void stop();
    PrefetchCounts counts() const;
    /// Until nothing waits or runs; false when that is not so after `patience`.
    bool wait_until_idle(std::chrono::milliseconds patience);

private:
    struct Prepared;
    using Moment = std::chrono::system_clock::time_point;
    using Remembered = std::map<std::string, Moment>; ///< until when

    void run(std::stop_token stop);
    Status prepare(const Announcement& announcement, const std::stop_token& stop);
    Status choose(const Announcement& announcement, Prepared& prepared);
    Status select(const Announcement& announcement, Prepared& prepared);
    void warm(Prepared& prepared, const std::stop_token& stop);
    Status push(const Announcement& announcement, Prepared& prepared, const std::stop_token& stop);
    void tell(const Announcement& announcement, const Prepared& prepared, const Status& done);
    bool is_remembered(const std::string& key) const;
    void remember(const std::string& key);

    const PriorService& priors_;
    const RetrieveService& retrieve_;
    Archive& archive_;
    PrefetchPush* const push_;
    Logger& logger_;

    mutable std::mutex mutex_;
    std::condition_variable_any work_;
    std::condition_variable_any idle_;
    std::deque<Announcement> queue_;
    Remembered remembered_;
    PrefetchCounts counts_;
    bool busy_ = false;
    bool stopped_ = false;
    std::mutex joining_;
    std::jthread thread_; // last: runs with all of the above
};

} // namespace recog::service
