#include "plugin/rest/page_memory.hpp"

namespace recog::rest {

void PageMemory::remember(const std::string& search, std::int64_t newest) {
    const std::lock_guard lock(mutex_);
    if (const auto known = entries_.find(search); known != entries_.end()) {
        used_.erase(known->second.place);
        entries_.erase(known);
    } else if (entries_.size() == kMostSearches) {
        entries_.erase(used_.front());
        used_.pop_front();
    }
    used_.push_back(search);
    entries_.emplace(search, Entry{newest, clock_.now() + kKept, std::prev(used_.end())});
}

std::optional<std::int64_t> PageMemory::newest_of(const std::string& search) {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(search);
    if (known == entries_.end()) {
        return std::nullopt;
    }
    Entry& entry = known->second;
    if (clock_.now() > entry.until) {
        used_.erase(entry.place);
        entries_.erase(known);
        return std::nullopt;
    }
    entry.until = clock_.now() + kKept;
    used_.splice(used_.end(), used_, entry.place);
    return entry.newest;
}

} // namespace recog::rest
