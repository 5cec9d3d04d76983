// What a study or series shows, merged from what its instances said, in an order that does not depend on
// arrival: headers with images first, then by fingerprint; an attribute comes from the first header that has
// it with a value.
#pragma once

#include "core/index/database.hpp"

namespace recog::index {

/// Rewrites the derived columns of a series row. Does nothing when the row is gone.
void summarise_series(Connection& connection, std::int64_t series);

/// Rewrites the derived columns of a study row, after its series and its record's person are right.
void summarise_study(Connection& connection, std::int64_t study);

} // namespace recog::index
