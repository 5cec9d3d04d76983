// QIDO-RS query parameters (PS3.18 8.3.4 and 10.6.1) read into a question the service can answer.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/attribute_set.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicomweb/routes.hpp"

namespace recog::dicomweb {

inline constexpr std::size_t kMaxKeys = 128;
inline constexpr std::size_t kMaxValueBytes = 4096;
inline constexpr std::size_t kMaxIncludeFields = 1000;

struct SearchRequest {
    dicom::Level level = dicom::Level::Study;
    /// Which levels the path names: answers leave their attributes out unless asked for (PS3.18 10.6.3.3).
    bool study_in_path = false;
    bool series_in_path = false;
    /// Matching keys, UIDs of the path included. Values as in C-FIND; a list of UIDs is split by '\', whether
    /// it came as "a,b" or as "a\b" (PS3.18 8.3.4.1). Paths into a sequence ("00101002.00100020=1") are
    /// dicom::encode_items() of one item under the sequence's tag; of deeper paths only a warning is left.
    dicom::AttributeSet keys;
    std::vector<dicom::Tag> include; ///< asked for by includefield, unique and sorted
    bool include_all = false;
    /// Creators asked for by `gggg00bb=CREATOR`: (gggg,00bb) and its value. Private tags in `include` belong
    /// to the creator of their group and block. `includefield=all` does not include private elements.
    std::vector<std::pair<dicom::Tag, std::string>> private_creators;
    bool fuzzy_matching = false;
    std::optional<std::uint64_t> limit;
    std::uint64_t offset = 0;
    /// Sentences for 299 Warning headers (warning_299): parameters that were left out of the match.
    std::vector<std::string> warnings;
};

/// `route` must be one of the searches. Errors: BadRequest with the name of the parameter, never with its
/// value; TooLarge.
Result<SearchRequest> parse_search(const Route& route, std::span<const Field> query);

/// A keyword of PS3.6 or "ggggeeee". nullopt when it is neither.
std::optional<dicom::Tag> parse_attribute(std::string_view keyword_or_tag);

} // namespace recog::dicomweb
