#include "core/service/prefetch.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace recog::service {

namespace tags = dicom::tags;

namespace {

constexpr int kNice = 10;
constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::size_t kTouchedBetweenChecks = std::size_t{4} << 20U;

std::vector<std::string> list_of(std::string_view text) {
    std::vector<std::string> values;
    for (const std::string_view value : dicom::split_values(text)) {
        values.emplace_back(value);
    }
    return values;
}

/// A number of one patient; empty for a pattern. Browser viewers put stars round whatever is typed.
std::string single_number(std::string_view patient_id) {
    if (patient_id.size() > 2 && patient_id.front() == '*' && patient_id.back() == '*') {
        patient_id = patient_id.substr(1, patient_id.size() - 2);
    }
    return patient_id.find_first_of("*?\\") == std::string_view::npos ? std::string(patient_id)
                                                                      : std::string();
}

std::string single_value(std::string_view key) {
    return key.find_first_of("*?\\\"") == std::string_view::npos ? std::string(key) : std::string();
}

/// Has the pages of a file in memory, one read of each. Gives the bytes until `stop`.
std::uint64_t touch(std::span<const std::byte> file, const std::stop_token& stop) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const auto address = reinterpret_cast<std::uintptr_t>(file.data());
    const std::size_t before = address % page;
    // Reading goes on ahead of the touching; that it may be refused does not matter.
    madvise(reinterpret_cast<void*>(address - before), file.size() + before, MADV_WILLNEED);
    unsigned sum = 0;
    std::size_t at = 0;
    for (; at < file.size(); at += page) {
        if (at % kTouchedBetweenChecks < page && stop.stop_requested()) {
            break;
        }
        sum += std::to_integer<unsigned>(file[at]);
    }
    const volatile unsigned kept = sum; // what is not used would not be read
    static_cast<void>(kept);
    return std::min<std::uint64_t>(at, file.size());
}

/// Fields told apart by their lengths: numbers come from outside.
std::string key_of(std::string_view kind, std::string_view institution, std::string_view value,
                   std::string_view issuer = {}) {
    std::string key(kind);
    for (const std::string_view field : {institution, value, issuer}) {
        key += std::to_string(field.size()) + ':';
        key += field;
    }
    return key;
}

std::string asked_key(const Announcement& announcement) {
    return key_of("asked", announcement.institution, announcement.patient_id, announcement.issuer);
}

} // namespace

std::optional<Announcement> announcement_of(const PriorQuery& query, const PriorSummary& summary) {
    Announcement announcement;
    announcement.patient_id = single_number(query.keys.get(tags::PatientID));
    announcement.institution = query.asker.institution;
    if (announcement.patient_id.empty() || announcement.institution.empty() || summary.ambiguous_patient ||
        summary.answers == 0) {
        return std::nullopt;
    }
    announcement.issuer = single_value(query.keys.get(tags::IssuerOfPatientID));
    announcement.modality = single_value(query.keys.get(tags::ModalitiesInStudy));
    if (announcement.modality.empty()) {
        announcement.modality = single_value(query.keys.get(tags::Modality));
    }
    announcement.body_part = single_value(query.keys.get(tags::BodyPartExamined));
    return announcement;
}

/// What one announcement comes to.
struct PrefetchService::Prepared {
    std::string person_key;
    bool over = false; ///< nothing is to be done
    std::vector<ChosenPrior> chosen;
    std::vector<RetrievedInstance> instances; ///< in the order of `chosen`
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::size_t pushed = 0;
};

PrefetchService::PrefetchService(const PriorService& priors, const RetrieveService& retrieve,
                                 Archive& archive, PrefetchPush* push, Logger& logger)
    : priors_(priors), retrieve_(retrieve), archive_(archive), push_(push), logger_(logger),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

PrefetchService::~PrefetchService() {
    stop();
}

void PrefetchService::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        queue_.clear();
    }
    thread_.request_stop();
    work_.notify_all();
    const std::lock_guard joining(joining_);
    if (thread_.joinable()) {
        thread_.join();
    }
}

void PrefetchService::announced(Announcement announcement) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || !priors_.context().settings.prefetch.enabled) {
        return;
    }
    ++counts_.announced;
    const std::string key = asked_key(announcement);
    if (is_remembered(key)) {
        ++counts_.repeated;
        return;
    }
    remember(key);
    if (queue_.size() == kMaxQueue) {
        remembered_.erase(asked_key(queue_.front()));
        queue_.pop_front();
        ++counts_.dropped;
    }
    queue_.push_back(std::move(announcement));
    work_.notify_one();
}

PrefetchCounts PrefetchService::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

bool PrefetchService::wait_until_idle(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return idle_.wait_for(lock, patience, [this] { return queue_.empty() && !busy_; });
}

/// With the mutex held.
bool PrefetchService::is_remembered(const std::string& key) const {
    const auto found = remembered_.find(key);
    return found != remembered_.end() && found->second > priors_.context().clock.now();
}

/// With the mutex held.
void PrefetchService::remember(const std::string& key) {
    const auto now = priors_.context().clock.now();
    if (remembered_.size() >= kMaxRemembered) {
        std::erase_if(remembered_, [now](const auto& entry) { return entry.second <= now; });
    }
    if (remembered_.size() >= kMaxRemembered) {
        remembered_.clear(); // some work is done twice
    }
    remembered_[key] = now + std::chrono::minutes(priors_.context().settings.prefetch.repeat_minutes);
}

void PrefetchService::run(std::stop_token stop) {
    setpriority(PRIO_PROCESS, 0, kNice); // of this thread alone, on Linux
    std::unique_lock lock(mutex_);
    while (work_.wait(lock, stop, [this] { return !queue_.empty(); })) {
        const Announcement announcement = std::move(queue_.front());
        queue_.pop_front();
        busy_ = true;
        lock.unlock();
        const Status prepared = prepare(announcement, stop);
        lock.lock();
        busy_ = false;
        if (!prepared) {
            ++counts_.failed;
            remembered_.erase(asked_key(announcement)); // the next announcement tries again
        }
        idle_.notify_all();
    }
    busy_ = false;
    idle_.notify_all();
}

Status PrefetchService::prepare(const Announcement& announcement, const std::stop_token& stop) {
    Prepared prepared;
    Status done = choose(announcement, prepared);
    if (done && prepared.over) {
        return {};
    }
    if (done && !prepared.chosen.empty()) {
        done = select(announcement, prepared);
    }
    if (done) {
        warm(prepared, stop);
        done = push(announcement, prepared, stop);
    }
    tell(announcement, prepared, done);
    return done;
}

/// Holds a connection of the index for as long as this takes, and no longer.
Status PrefetchService::choose(const Announcement& announcement, Prepared& prepared) {
    const ServiceContext& context = priors_.context();
    Asker asker;
    asker.institution = announcement.institution;
    const auto question =
        priors_.open({announcement.patient_id, announcement.issuer}, asker, index::ReaderPool::Use::Short);
    if (!question) {
        return question.failure();
    }
    const PatientAsked& patient = (*question)->patient;
    if (!patient.restricted || patient.found.outcome != index::PersonFound::Outcome::One) {
        const std::lock_guard lock(mutex_);
        ++counts_.nobody;
        prepared.over = true;
        return {};
    }
    // Several numbers of one person are announced as often as one.
    const std::string person =
        key_of("person", announcement.institution, std::to_string(patient.found.person));
    {
        const std::lock_guard lock(mutex_);
        if (is_remembered(person)) {
            ++counts_.repeated;
            prepared.over = true;
            return {};
        }
        remember(person);
    }
    prepared.person_key = person;
    index::Selection selection;
    selection.person = patient.found.person;
    std::vector<CandidateStudy> candidates;
    const Status read = (*question)->reader().studies(selection, [&candidates](index::Row& row) {
        candidates.push_back({row.study.uid, row.study.institution,
                              std::string(row.study.attributes.get(tags::StudyDate)),
                              list_of(row.study.exam.get(tags::ModalitiesInStudy)),
                              list_of(row.study.exam.get(tags::BodyPartExamined))});
        return true;
    });
    prepared.chosen =
        choose_priors(candidates, announcement, context.settings.prefetch, context.clock.today());
    return read;
}

Status PrefetchService::select(const Announcement& announcement, Prepared& prepared) {
    const Settings& settings = priors_.context().settings;
    RetrieveQuery query;
    query.level = dicom::Level::Study;
    query.asker.institution = announcement.institution;
    query.patient_id = announcement.patient_id;
    query.issuer = announcement.issuer;
    std::map<std::string, std::size_t> order;
    for (const ChosenPrior& prior : prepared.chosen) {
        order.emplace(prior.study_uid, order.size());
        query.study_uids.push_back(prior.study_uid);
    }
    const auto aet = settings.prefetch.push.find(announcement.institution);
    if (aet != settings.prefetch.push.end() && settings.policy_for(aet->second).local_patient_id) {
        query.localise_for = announcement.institution;
    }
    auto instances = retrieve_.select(query);
    if (!instances) {
        return instances.failure();
    }
    prepared.instances = *std::move(instances);
    std::stable_sort(prepared.instances.begin(), prepared.instances.end(),
                     [&order](const RetrievedInstance& left, const RetrievedInstance& right) {
                         return order[left.study_uid] < order[right.study_uid];
                     });
    return {};
}

void PrefetchService::warm(Prepared& prepared, const std::stop_token& stop) {
    const std::uint64_t most = priors_.context().settings.prefetch.warm_megabytes * kMegabyte;
    for (const RetrievedInstance& instance : prepared.instances) {
        if (stop.stop_requested() || prepared.bytes + instance.size > most) {
            return;
        }
        // One that is gone meanwhile is nobody's loss.
        if (const auto file = archive_.open(instance.orthanc_id, Reading::Whole, instance.file)) {
            prepared.bytes += touch((*file)->bytes(), stop);
            ++prepared.files;
        }
    }
}

Status PrefetchService::push(const Announcement& announcement, Prepared& prepared,
                             const std::stop_token& stop) {
    const auto& destinations = priors_.context().settings.prefetch.push;
    const auto aet = destinations.find(announcement.institution);
    if (push_ == nullptr || aet == destinations.end() || stop.stop_requested()) {
        return {};
    }
    std::vector<RetrievedInstance> wanted;
    for (RetrievedInstance& instance : prepared.instances) {
        const auto prior = std::find_if(
            prepared.chosen.begin(), prepared.chosen.end(),
            [&instance](const ChosenPrior& chosen) { return chosen.study_uid == instance.study_uid; });
        if (prior != prepared.chosen.end() && prior->push) {
            wanted.push_back(std::move(instance));
        }
    }
    if (wanted.empty()) {
        return {};
    }
    const Status pushed = push_->push(aet->second, wanted, stop);
    prepared.pushed = pushed ? wanted.size() : 0;
    return pushed;
}

void PrefetchService::tell(const Announcement& announcement, const Prepared& prepared, const Status& done) {
    {
        const std::lock_guard lock(mutex_);
        counts_.prepared += done ? 1 : 0;
        counts_.studies += prepared.chosen.size();
        counts_.warmed_files += prepared.files;
        counts_.warmed_bytes += prepared.bytes;
        counts_.pushed_instances += prepared.pushed;
        if (!done) {
            remembered_.erase(prepared.person_key);
        }
    }
    const std::string what = "Pre-fetch for institution " + announcement.institution + ": " +
                             std::to_string(prepared.chosen.size()) + " studies, " +
                             std::to_string(prepared.files) + " files (" +
                             std::to_string(prepared.bytes / kMegabyte) + " MB) read, " +
                             std::to_string(prepared.pushed) + " objects pushed";
    if (done) {
        logger_.info(what);
    } else {
        logger_.warning(what + "; then: " + done.failure().text);
    }
}

} // namespace recog::service
