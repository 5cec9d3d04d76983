// Tables that stand in data sets: modality and VOI LUTs (PS3.3 C.11.1.1, C.11.2.1.1) and the palettes of
// PALETTE COLOR (C.7.6.3.1.5, C.7.6.3.1.6), segmented ones (C.7.9.2) included.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/tag.hpp"

#include <cstdint>
#include <vector>

class DcmItem;

namespace recog::render {

inline constexpr std::size_t kMaxTableEntries = 65'536;

struct LookupTable {
    std::int32_t first = 0;             ///< the input that entry 0 stands for
    unsigned bits = 16;                 ///< of an entry, 1 to 16
    std::vector<std::uint16_t> entries; ///< never empty

    /// Inputs outside of the table get its first or its last entry.
    std::uint16_t at(std::int64_t input) const;
    /// The entry as a share of 255, rounded to the nearest.
    std::uint8_t shade(std::int64_t input) const;
};

/// `is_signed`: of the inputs, for First Value Mapped may be US or SS. When the descriptor speaks of more
/// entries than there are, the table ends with those. Errors: NotFound (no descriptor or no data), Malformed.
Result<LookupTable> read_lookup_table(DcmItem& item, dicom::Tag descriptor, dicom::Tag data, bool is_signed);

struct Palette {
    LookupTable red;
    LookupTable green;
    LookupTable blue;
};

/// Errors: Malformed (a table is missing or unreadable).
Result<Palette> read_palette(DcmItem& dataset, bool is_signed);

/// C.7.9.2: `tokens` are words, or bytes when the entries have 8 bits. Errors: Malformed.
Result<std::vector<std::uint16_t>> expand_segments(const std::vector<std::uint16_t>& tokens,
                                                   std::size_t entries, bool bytes);

} // namespace recog::render
