// Writes data elements one behind the other (PS3.5 7), in any of the uncompressed transfer syntaxes.
//
//   element  = tag(4) [VR(2) [reserved(2)]] length(2|4) value, padded to an even length
//   sequence = element of VR SQ with a length: (item tag(4) length(4) element*)*
#pragma once

#include "core/dicom/part10.hpp"
#include "core/dicom/tag.hpp"

#include <string>
#include <string_view>

namespace recog::dicom {

/// Values of short-length VRs are at most this long in explicit VR.
inline constexpr std::size_t kMaxShortValueBytes = 65534;

/// The caller gives elements in the order of their tags. One thread.
class ElementWriter {
public:
    /// `encoding.deflated` is not looked at: see deflate_dataset().
    explicit ElementWriter(Encoding encoding) : encoding_(encoding) {}

    /// PS3.5 table 7.1-1: whether the VR's length takes 32 bits in explicit VR.
    static bool has_long_length(std::string_view vr);

    void clear() { bytes_.clear(); }
    /// Where the next element begins; rewind() forgets what was written from there on.
    std::size_t position() const { return bytes_.size(); }
    void rewind(std::size_t position) { bytes_.resize(position); }

    /// `value`: bytes in the data set's character set. Values beyond kMaxShortValueBytes of a VR with a short
    /// length are cut.
    void text(Tag tag, std::string_view vr, std::string_view value);
    /// US, SS, UL or SL: decimal numbers split by '\'. What is no number of the VR is left out.
    void numbers(Tag tag, std::string_view vr, std::string_view decimal);

    /// An element whose value the caller writes behind it: `length` bytes, an even number, or
    /// kUndefinedLength.
    void value_header(Tag tag, std::string_view vr, std::uint32_t length);
    void item_header(std::uint32_t length);
    void sequence_delimiter();
    void item_delimiter();
    /// Bytes of a value, as they are.
    void raw(std::string_view bytes) { bytes_ += bytes; }

    /// The value that end() takes.
    std::size_t begin_sequence(Tag tag);
    std::size_t begin_item();
    /// Writes the length of the sequence or item that begin_...() opened.
    void end(std::size_t begin);

    std::string_view bytes() const { return bytes_; }

private:
    void number(std::uint32_t value, std::size_t size);
    void header(Tag tag, std::string_view vr, std::size_t length);

    Encoding encoding_;
    std::string bytes_;
};

/// Whether the VR's values are text, in explicit VR and in this writer.
bool is_binary_number(std::string_view vr);

/// PS3.5 A.5: the data set as a raw deflate stream of even length.
std::string deflate_dataset(std::string_view dataset);

} // namespace recog::dicom
