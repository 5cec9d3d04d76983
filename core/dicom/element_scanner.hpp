// A light reader of data elements (PS3.5 7): it finds where elements begin and end, and keeps nothing of
// them.
//
//   element  = tag(4) [VR(2) [reserved(2)]] length(2|4) value
//   sequence = (Item length value | Item FFFFFFFF element* ItemDelimitation)* [SequenceDelimitation]
#pragma once

#include "core/dicom/part10.hpp"
#include "core/dicom/tag.hpp"

#include <array>

namespace recog::dicom {

inline constexpr std::uint32_t kUndefinedLength = 0xFFFFFFFFU;

struct Element {
    Tag tag;
    std::array<char, 2> vr{}; ///< zeros in implicit VR and for items and delimiters
    std::uint32_t length = 0; ///< of the value, in bytes, or kUndefinedLength
    std::size_t offset = 0;   ///< of the tag
    std::size_t value = 0;    ///< offset of the value

    bool undefined() const { return length == kUndefinedLength; }
    bool has_vr(const char (&name)[3]) const { return vr[0] == name[0] && vr[1] == name[1]; }
};

inline constexpr Tag kItem{0xFFFE, 0xE000};
inline constexpr Tag kItemDelimitation{0xFFFE, 0xE00D};
inline constexpr Tag kSequenceDelimitation{0xFFFE, 0xE0DD};

std::uint16_t read_u16(Bytes bytes, std::size_t at, bool big_endian);
std::uint32_t read_u32(Bytes bytes, std::size_t at, bool big_endian);
std::uint64_t read_u64(Bytes bytes, std::size_t at, bool big_endian);

/// True for the two letters of a VR of PS3.5 6.2.
bool is_known_vr(char first, char second);

/// Borrows `bytes` and `limits`. For one thread.
class ElementScanner {
public:
    ElementScanner(Bytes bytes, const Part10Limits& limits) : bytes_(bytes), limits_(limits) {}

    /// The header of the element at `at`, which must lie before `end` whole. Errors: Malformed, TooLarge.
    Result<Element> read(std::size_t at, std::size_t end, Encoding encoding);

    /// The offset behind the element. Sequences of undefined length are walked through; those of defined
    /// length only when `check_nesting`, and then what they hold may be malformed, but not nested too deep.
    Result<std::size_t> skip(const Element& element, std::size_t end, Encoding encoding, bool check_nesting,
                             std::size_t depth = 0);

private:
    Result<std::size_t> skip_sequence(std::size_t at, std::size_t end, Encoding encoding, bool check_nesting,
                                      std::size_t depth);
    Result<std::size_t> skip_item(const Element& item, std::size_t end, Encoding encoding, bool check_nesting,
                                  std::size_t depth);
    Result<std::size_t> skip_fragments(std::size_t at, std::size_t end, Encoding encoding);
    bool may_be_sequence(const Element& element, Encoding encoding) const;
    std::size_t end_of_value(const Element& element) const { return element.value + element.length; }

    Bytes bytes_;
    const Part10Limits& limits_;
    std::size_t elements_ = 0;
};

} // namespace recog::dicom
