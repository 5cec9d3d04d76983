// Studies, series and instances that were here and are not any more, so that who asks for one is told "gone"
// instead of "never heard of". Like everything in the index it is derived from what was told while it was
// written: after a rebuild the archive knows nothing of what it once held, and neither does this.
#pragma once

#include "core/base/date.hpp"
#include "core/index/database.hpp"

namespace recog::index {

/// The oldest make room beyond these.
inline constexpr std::int64_t kMaxRemovedObjects = 200'000;
inline constexpr std::chrono::days kRemovedObjectsKept{365};

/// UIDs from the study down; `series` and `instance` may be empty. Only a fingerprint of them is kept.
struct ObjectPath {
    std::string study;
    std::string series;
    std::string instance;
};

void remember_removed(Connection& connection, const ObjectPath& path, Day today);
void forget_long_removed(Connection& connection, Day today);
/// Says nothing of whether it has come back since.
bool was_removed(Connection& connection, const ObjectPath& path);

} // namespace recog::index
