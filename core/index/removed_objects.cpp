#include "core/index/removed_objects.hpp"

#include "core/base/digest.hpp"

namespace recog::index {

namespace {

std::string fingerprint_of(const ObjectPath& path) {
    Digest digest;
    return digest.add("removed").add(path.study).add(path.series).add(path.instance).finish();
}

std::int64_t number_of(Day day) {
    return day.time_since_epoch().count();
}

} // namespace

void remember_removed(Connection& connection, const ObjectPath& path, Day today) {
    connection.run("INSERT INTO removed(path, day) VALUES(?, ?)"
                   " ON CONFLICT(path) DO UPDATE SET day = excluded.day",
                   Blob{fingerprint_of(path)}, number_of(today));
}

void forget_long_removed(Connection& connection, Day today) {
    connection.run("DELETE FROM removed WHERE day < ?", number_of(today - kRemovedObjectsKept));
    connection.run("DELETE FROM removed WHERE id <= (SELECT max(id) FROM removed) - ?", kMaxRemovedObjects);
}

bool was_removed(Connection& connection, const ObjectPath& path) {
    return connection.integer(0, "SELECT 1 FROM removed WHERE path = ?", Blob{fingerprint_of(path)}) != 0;
}

} // namespace recog::index
