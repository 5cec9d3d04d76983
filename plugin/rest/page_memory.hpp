// What the first page of a search saw, so that the pages behind it do not shift while instances are stored.
// New studies come first in the order of answers: without this, the next page would repeat what they pushed
// behind the page's end. It never decides whether something is lost: without a memory of a search (after a
// restart, when others have pushed it out, after ten minutes) pages may repeat, no more.
#pragma once

#include "core/base/date.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace recog::rest {

/// Any thread may call any function.
class PageMemory {
public:
    static constexpr std::size_t kMostSearches = 4096;
    static constexpr std::chrono::minutes kKept{10};

    explicit PageMemory(const Clock& clock) : clock_(clock) {}

    /// `search`: a fingerprint of who asks what, without limit and offset. `newest`: the last row there was.
    void remember(const std::string& search, std::int64_t newest);
    /// Of the first page, when it is known; keeps it for another while.
    std::optional<std::int64_t> newest_of(const std::string& search);

private:
    struct Entry {
        std::int64_t newest = 0;
        std::chrono::system_clock::time_point until;
        std::list<std::string>::iterator place;
    };

    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;
    std::list<std::string> used_; ///< fingerprints, the one used last at the end
};

} // namespace recog::rest
