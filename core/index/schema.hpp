// The tables of the index and how an older index becomes a newer one.
//
//   identifier ---< record_identifier >--- patient_record ---< study_header >--- study
//                                                                   |              |
//                                                                instance >---- series ---< series_header
//                                                                   |
//                                                                report
//
// A patient_record is one distinct patient module as received. A person is a set of records and is named by
// the smallest of their ids (patient_record.person_id). A study_header or series_header is one distinct set
// of study or series attributes as received; what the study or series shows is merged from them in an order
// that does not depend on arrival, and they go when the last instance that said so goes.
#pragma once

#include "core/index/database.hpp"

namespace recog::index {

/// Makes the tables or migrates them. Fails with Configuration when the index was written by a newer version.
Status prepare_schema(Connection& connection);

/// Removes every row, so that the index can be filled again from the archive.
Status clear_index(Connection& connection);

/// A small fact about the index itself; empty when never set.
std::string read_meta(Connection& connection, std::string_view key);
void write_meta(Connection& connection, std::string_view key, std::string_view value);

} // namespace recog::index
