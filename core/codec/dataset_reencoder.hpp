// Data elements from one encoding of data sets (PS3.5 7.1, A.1, A.2) into another, with all that stands
// inside of them. Values are copied; only headers, byte order and the lengths of sequences change.
#pragma once

#include "core/dicom/element_scanner.hpp"

#include <vector>

namespace recog::codec {

inline constexpr std::size_t kMaxReencodedNesting = 64;

/// For one data set, front to back: ambiguous VRs are chosen by what was seen before. Borrows `bytes` and
/// `limits`.
class DatasetReencoder {
public:
    /// `is_signed` and `bits_allocated` are those of the data set's pixels.
    DatasetReencoder(dicom::Bytes bytes, dicom::Encoding from, dicom::Encoding to, bool is_signed,
                     std::uint32_t bits_allocated, const dicom::Part10Limits& limits)
        : bytes_(bytes), from_(from), to_(to), limits_(limits), scanner_(bytes, limits_) {
        context_.is_signed = is_signed;
        context_.bits_allocated = bits_allocated;
    }

    /// Appends the element, which ends at `next`. Errors: Malformed, TooLarge, NotAcceptable (fragments
    /// inside of a sequence, which only compressed syntaxes have).
    Status add(std::vector<std::byte>& out, const dicom::Element& element, std::size_t next);

    /// Header of a new element. `length` may be dicom::kUndefinedLength. Long lengths of short VRs are the
    /// caller's fault.
    static void put_header(std::vector<std::byte>& out, dicom::Tag tag, std::string_view vr,
                           std::uint32_t length, dicom::Encoding encoding);
    static void put_number(std::vector<std::byte>& out, std::uint64_t number, std::size_t size,
                           bool big_endian);

private:
    /// What decides ambiguous VRs; an item begins with that of what holds it.
    struct Context {
        bool is_signed = false;
        std::uint32_t bits_allocated = 16;
        std::uint32_t waveform_bits = 16;
    };

    Status add(std::vector<std::byte>& out, const dicom::Element& element, std::size_t next, Context& context,
               std::size_t depth);
    Status add_sequence(std::vector<std::byte>& out, const dicom::Element& element, std::size_t next,
                        const Context& context, std::size_t depth);
    Status add_item(std::vector<std::byte>& out, const dicom::Element& item, std::size_t end,
                    std::size_t& next, const Context& context, std::size_t depth);
    void add_value(std::vector<std::byte>& out, const dicom::Element& element, std::string_view vr,
                   const Context& context) const;
    std::string_view vr_of(const dicom::Element& element, const Context& context) const;
    void note(const dicom::Element& element, Context& context) const;

    dicom::Bytes bytes_;
    dicom::Encoding from_;
    dicom::Encoding to_;
    const dicom::Part10Limits& limits_;
    dicom::ElementScanner scanner_;
    Context context_;
};

/// Bytes of the words of a value of this VR that byte order turns round, 1 when there are none. Of Pixel Data
/// in OW, of `bits_allocated`: as FrameLocator reads it.
std::size_t word_bytes(std::string_view vr, dicom::Tag tag, std::uint32_t bits_allocated);

} // namespace recog::codec
