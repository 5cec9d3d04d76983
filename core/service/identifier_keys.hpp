// The bytes of an Identifier to keys in UTF-8 (PS3.4 C.4.1.1.3, PS3.5 7). Requests come from outside:
// whatever the bytes are, the answer is keys or an Error.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/attribute_set.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::service {

struct IdentifierLimits {
    std::size_t bytes = 1'048'576; ///< of the data set, and of what a deflated one holds
    std::size_t elements = 4'096;  ///< over all levels
    std::size_t nesting = 8;       ///< sequences within sequences
};

/// A C-MOVE or C-GET may list 100,000 UIDs of 64 characters.
inline constexpr IdentifierLimits kRetrieveLimits{.bytes = 8'388'608};

/// What was read, or why not, with the element to blame where one is (Offending Element (0000,0901)).
template <typename T> struct IdentifierResult {
    Result<T> result;
    std::optional<dicom::Tag> offending;

    IdentifierResult(T value) : result(std::move(value)) {}
    IdentifierResult(Error failure, std::optional<dicom::Tag> tag = {})
        : result(std::move(failure)), offending(tag) {}
};

struct IdentifierKeys {
    /// Without group lengths. The recognition block stands at (0B01,10xx), whatever block the asker reserved
    /// (PS3.5 7.8.1); other private elements are left out. A sequence of one item is encode_items() of it,
    /// and empty when the item restricts nothing.
    dicom::AttributeSet keys;
    /// Elements that `keys` cannot express: foreign private ones, sequences of several items or within items.
    std::vector<dicom::Tag> unsupported;
    /// (0008,0005) in which the asker can read: what it declared, or what its bytes prove. Empty: nothing
    /// but the default repertoire.
    std::string character_set;
};

/// `transfer_syntax`: any uncompressed one, or deflated. `default_character_set`: of askers who declare none;
/// empty is GB18030. Errors: Malformed (also: an element stands twice), TooLarge.
IdentifierResult<IdentifierKeys> read_identifier(std::span<const std::byte> data_set,
                                                 std::string_view transfer_syntax,
                                                 std::string_view default_character_set = {},
                                                 const IdentifierLimits& limits = {});

} // namespace recog::service
