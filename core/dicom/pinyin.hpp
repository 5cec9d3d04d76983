// Pinyin readings of Chinese names, without tones. Readings of single ideographs come from ICU's Han-Latin
// rules; a short table here adds what is particular to names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// Names of more readings are cut to this many.
inline constexpr std::size_t kMaxReadings = 4;

/// One reading of a name: its parts, family name first, each in lower-case Latin letters as far as it can be
/// read.
using SpokenParts = std::vector<std::string>;

/// `parts`: a folded name, split into its components. A single part of ideographs alone is split into family
/// and given name here: two characters of a known double family name, else one. Characters that are no
/// ideographs stay. At least one reading. Safe from any thread; the first call builds a table (about 0.3 s,
/// 60 KB).
std::vector<SpokenParts> read_pinyin(std::vector<std::u32string> parts);

} // namespace recog::dicom
