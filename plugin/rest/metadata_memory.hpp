// Metadata that has been written, for who asks again: a viewer opens the same study several times a day. What
// is kept is named by the files that it was written from (their uuids) and by everything else that it depends
// on. A uuid is never given twice and a file never rewritten, so what is found can not be out of date, and
// nothing has to be invalidated.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace recog::rest {

/// Any thread may call any function.
class MetadataMemory {
public:
    /// `most_bytes` of text; what was used longest ago makes room.
    explicit MetadataMemory(std::size_t most_bytes = std::size_t{64} << 20U) : most_bytes_(most_bytes) {}

    /// Null when it is not there.
    std::shared_ptr<const std::string> find(const std::string& name);
    void remember(const std::string& name, std::shared_ptr<const std::string> text);
    std::size_t bytes() const;

private:
    struct Entry {
        std::shared_ptr<const std::string> text;
        std::list<std::string>::iterator place;
    };

    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
    std::list<std::string> used_; ///< names, the one used last at the end
    std::size_t bytes_ = 0;
};

} // namespace recog::rest
