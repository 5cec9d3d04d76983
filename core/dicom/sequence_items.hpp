// The items of one sequence element, as they lie in memory.
#pragma once

#include "core/dicom/element_scanner.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// The elements of one item, without its header and delimiter.
struct ItemElements {
    Bytes bytes;
    std::size_t begin = 0; ///< in `bytes`
    std::size_t end = 0;

    /// The raw value of one element; empty when absent, empty, or not to be read.
    std::string_view value(Tag tag, Encoding encoding) const;
};

struct StoredItems {
    Encoding encoding;    ///< of the items: implicit little endian inside UN (PS3.5 6.2.2)
    bool unknown = false; ///< the element's VR is UN
    bool closed = true; ///< false: of undefined length, and it ends with the bytes rather than its delimiter
    Bytes raw;          ///< all items with their headers, without the sequence delimitation item
    std::vector<ItemElements> items;
};

inline constexpr std::size_t kMaxItemsLookedAt = 100'000;

/// `bytes` begins with the sequence's tag. Errors: Malformed (no sequence), TooLarge.
Result<StoredItems> read_stored_items(Bytes bytes, Encoding encoding, const Part10Limits& limits);

/// The sequence with one more item, under the VR it had. `elements` are in `before.encoding`, and
/// `encoding` is that of the data set. Errors: TooLarge.
Result<std::string> with_item(const StoredItems& before, Tag tag, std::string_view elements,
                              Encoding encoding);

} // namespace recog::dicom
