// Fills an index at the speed of the disk: rows are made as index::IndexWriter would have made them, and put
// down in the order of their primary keys, without looking anything up in the database. The contract of the
// two being equal is tests/contract/bulk_fill_test.cpp.
#pragma once

#include "core/index/database.hpp"
#include "tests/benchmark/index/region_filler.hpp"

#include <functional>
#include <string>

namespace recog::bench {

/// Told a sentence now and then.
using Progress = std::function<void(const std::string&)>;

/// `connection`: with a prepared schema and no rows; nobody else uses the database. Takes about 150 bytes
/// of memory a person. Errors: Storage.
Status fill_index(index::Connection& connection, const Region& region, const Progress& progress);

/// The table person_summary alone; part of fill_index().
Status fill_summaries(index::Connection& connection, const Region& region, const Progress& progress);

} // namespace recog::bench
