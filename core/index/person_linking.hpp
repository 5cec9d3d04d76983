// Carries the pure rule of core/identity/linking to the rows: which records are one person.
#pragma once

#include "core/index/database.hpp"

#include <set>
#include <string>
#include <vector>

namespace recog::index {

/// Links anew everything that is connected with the records named (those that are gone are passed over), and
/// writes person ids of records, identifiers and studies; those of the identifiers named, too. `records`
/// holds every record that is new. Appends the domains of identifiers that have just come into conflict.
void link_persons(Connection& connection, const std::set<std::int64_t>& records,
                  const std::set<std::int64_t>& identifiers, std::set<std::int64_t>& changed_persons,
                  std::vector<std::string>& new_conflicts);

/// Records that hold a strong identifier, by id, at most `limit`.
std::vector<std::int64_t> records_sharing(Connection& connection, std::int64_t identifier, std::size_t limit);

/// Records that hold a weak identifier and agree in demographics; none when these are unusable (empty).
std::vector<std::int64_t> records_sharing_weak(Connection& connection, std::int64_t identifier,
                                               std::string_view demographics, std::size_t limit);

} // namespace recog::index
