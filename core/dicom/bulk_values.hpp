// The values of a file that its metadata gives by BulkDataURI, and where they lie.
#pragma once

#include "core/dicom/dataset_walk.hpp"

#include <string>
#include <vector>

namespace recog::dicom {

/// As BulkValue, to keep. `value` points into the file or into `owner`.
struct StoredBulkValue {
    std::string path;
    Tag tag;
    std::string vr;
    Bytes value;
    bool encapsulated = false;
    std::size_t word = 1;
    std::string mime_type;
    std::shared_ptr<const void> owner;
};

/// All of them, in the order of the data set: those that `options` make bulk data. Errors: those of
/// tell_dataset().
Result<std::vector<StoredBulkValue>> find_bulk_values(Bytes file, ModelOptions options = {});

/// The binary value or the numbers at `path`, however short they are. Errors: NotFound, those of
/// tell_dataset().
Result<StoredBulkValue> find_bulk_value(Bytes file, std::string_view path);

/// The fragments of an encapsulated value without the offset table; one that is cut short gives what is
/// there.
std::vector<Bytes> fragments_of(Bytes encapsulated);

} // namespace recog::dicom
