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
// that does not depend on arrival, and they go when the last instance that said so goes. study_modality
// repeats modalities and date of a study, as an index of both; person_summary repeats what belongs to a
// person.
#pragma once

#include "core/index/database.hpp"

#include <functional>

namespace recog::index {

enum class SchemaState {
    Kept,    ///< of this version already
    Made,    ///< the database was empty
    MadeAnew ///< of an older version: everything has been dropped, to be filled again from the archive
};

/// Makes the tables, or makes them anew when an older version wrote them: the index is derived, so there are
/// no migrations. Fails with Configuration when a newer version wrote them.
Result<SchemaState> prepare_schema(Connection& connection);

/// For a bulk load: every index but those of primary keys goes before it and comes back after it, which sorts
/// once instead of searching for the place of each row. Nothing else may use the database meanwhile.
Status drop_secondary_indexes(Connection& connection);
Status create_secondary_indexes(Connection& connection,
                                const std::function<void(std::string_view name)>& before_each);

/// Removes every row, so that the index can be filled again from the archive.
Status clear_index(Connection& connection);

/// A small fact about the index itself; empty when never set.
std::string read_meta(Connection& connection, std::string_view key);
void write_meta(Connection& connection, std::string_view key, std::string_view value);

} // namespace recog::index
