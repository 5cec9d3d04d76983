#include "plugin/rest/metadata_memory.hpp"

namespace recog::rest {

std::shared_ptr<const std::string> MetadataMemory::find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
        return nullptr;
    }
    used_.splice(used_.end(), used_, found->second.place);
    return found->second.text;
}

void MetadataMemory::remember(const std::string& name, std::shared_ptr<const std::string> text) {
    const std::lock_guard lock(mutex_);
    if (text->size() > most_bytes_ || entries_.contains(name)) {
        return;
    }
    bytes_ += text->size();
    used_.push_back(name);
    entries_[name] = {std::move(text), std::prev(used_.end())};
    while (bytes_ > most_bytes_) {
        const auto oldest = entries_.find(used_.front());
        bytes_ -= oldest->second.text->size();
        entries_.erase(oldest);
        used_.pop_front();
    }
}

std::size_t MetadataMemory::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

} // namespace recog::rest
