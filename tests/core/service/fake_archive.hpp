// An archive in memory that can lose what a real one loses: callbacks (whoever uses it gives them or not),
// its log, its newest transactions, and any answer.
#pragma once

#include "core/service/archive.hpp"

#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <set>

namespace recog::test {

class FakeArchive final : public service::Archive {
public:
    struct Instance {
        std::string file;
        std::string aet;
    };
    struct State {
        std::map<std::string, Instance> instances;
        std::map<std::int64_t, std::string> log;
        std::int64_t last = 0;
    };
    static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

    void store(const std::string& id, const std::string& file, const std::string& aet) {
        const std::lock_guard lock(mutex_);
        forget(id);
        state_.instances[id] = {file, aet};
        state_.log[++state_.last] = id;
    }
    void remove(const std::string& id) {
        const std::lock_guard lock(mutex_);
        forget(id);
    }
    void clear_log() {
        const std::lock_guard lock(mutex_);
        state_.log.clear();
    }
    /// The archive lists the instance, and its file is gone.
    void lose_file(const std::string& id) {
        const std::lock_guard lock(mutex_);
        lost_files_.insert(id);
    }
    /// The storage is there again.
    void find_files() {
        const std::lock_guard lock(mutex_);
        lost_files_.clear();
    }
    void keep_in(const std::string& id, const Uuid& uuid) {
        const std::lock_guard lock(mutex_);
        uuids_[id] = uuid;
    }
    /// No file can be read in place.
    void keep_elsewhere(bool elsewhere) {
        const std::lock_guard lock(mutex_);
        elsewhere_ = elsewhere;
    }
    State state() const {
        const std::lock_guard lock(mutex_);
        return state_;
    }
    void become(State state) {
        const std::lock_guard lock(mutex_);
        state_ = std::move(state);
    }
    /// The n-th call from now on fails, and `times` in all. 1 is the next.
    void fail_at(std::size_t n, std::size_t times = 1) {
        const std::lock_guard lock(mutex_);
        calls_ = 0;
        fail_first_ = n;
        fail_times_ = times;
    }
    std::size_t listings() const { return listings_; }
    /// Times that locate() was asked; it never fails by fail_at(), since nothing depends on when it is asked.
    std::size_t located() const { return located_; }
    /// Called at the end of open(), outside of the lock: what happens right behind it.
    void after_open(std::function<void(const std::string&)> hook) { after_open_ = std::move(hook); }

    Result<service::ArchiveChanges> changes(std::int64_t since, std::size_t limit) override {
        const std::lock_guard lock(mutex_);
        if (strikes()) {
            return fault();
        }
        service::ArchiveChanges page;
        page.last = state_.last;
        for (auto at = state_.log.upper_bound(since); at != state_.log.end(); ++at) {
            if (page.changes.size() == std::min<std::size_t>(limit, 7)) { // small pages, to have several
                page.done = false;
                page.last = page.changes.back().sequence;
                break;
            }
            page.changes.push_back({at->first, true, at->second});
        }
        return page;
    }
    Result<bool> holds(const std::string& id) override {
        const std::lock_guard lock(mutex_);
        return strikes() ? Result<bool>(fault()) : state_.instances.contains(id);
    }
    Result<std::int64_t> instance_count() override {
        const std::lock_guard lock(mutex_);
        return strikes() ? Result<std::int64_t>(fault()) : static_cast<std::int64_t>(state_.instances.size());
    }
    Result<std::vector<std::string>> instance_ids(std::size_t offset, std::size_t limit) override {
        const std::lock_guard lock(mutex_);
        ++listings_;
        if (strikes()) {
            return fault();
        }
        std::vector<std::string> ids;
        for (const auto& [id, instance] : state_.instances) {
            if (offset > 0) {
                --offset;
            } else if (ids.size() < limit) {
                ids.push_back(id);
            }
        }
        return ids;
    }
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string& id, service::Reading,
                                                        const Uuid&) override {
        std::string bytes;
        {
            const std::lock_guard lock(mutex_);
            if (strikes()) {
                return fault();
            }
            const auto found = state_.instances.find(id);
            if (found == state_.instances.end()) {
                return error(ErrorKind::NotFound, "no such instance");
            }
            if (lost_files_.contains(id)) {
                return error(ErrorKind::Storage, "its file is not there");
            }
            bytes = found->second.file;
        }
        if (after_open_) {
            after_open_(id);
        }
        return std::unique_ptr<service::InstanceFile>(std::make_unique<File>(std::move(bytes)));
    }
    Result<Uuid> locate(const std::string& id) override {
        const std::lock_guard lock(mutex_);
        ++located_;
        if (elsewhere_) {
            return error(ErrorKind::Unavailable, "the files are kept elsewhere");
        }
        const auto found = uuids_.find(id);
        return state_.instances.contains(id) ? Result<Uuid>(found != uuids_.end() ? found->second : Uuid())
                                             : error(ErrorKind::NotFound, "no such instance");
    }
    std::optional<std::uint64_t> size_in_place(const Uuid&) override { return std::nullopt; }
    Result<std::string> sending_aet(const std::string& id) override {
        const std::lock_guard lock(mutex_);
        if (strikes()) {
            return fault();
        }
        const auto found = state_.instances.find(id);
        return found == state_.instances.end()
                   ? Result<std::string>(error(ErrorKind::NotFound, "no such instance"))
                   : found->second.aet;
    }

private:
    class File final : public service::InstanceFile {
    public:
        explicit File(std::string bytes) : bytes_(std::move(bytes)) {}
        std::span<const std::byte> bytes() const override { return std::as_bytes(std::span(bytes_)); }

    private:
        std::string bytes_;
    };

    static Error fault() { return error(ErrorKind::Unavailable, "a fault of the test"); }
    bool strikes() {
        ++calls_;
        return calls_ >= fail_first_ && calls_ - fail_first_ < fail_times_;
    }
    void forget(const std::string& id) {
        state_.instances.erase(id);
        std::erase_if(state_.log, [&id](const auto& entry) { return entry.second == id; });
    }

    mutable std::mutex mutex_;
    State state_;
    std::set<std::string> lost_files_;
    std::map<std::string, Uuid> uuids_;
    bool elsewhere_ = false;
    std::size_t calls_ = 0;
    std::size_t fail_first_ = kNever;
    std::size_t fail_times_ = 0;
    std::atomic<std::size_t> listings_ = 0;
    std::atomic<std::size_t> located_ = 0;
    std::function<void(const std::string&)> after_open_;
};

} // namespace recog::test
