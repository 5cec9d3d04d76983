// Appends single data elements (PS3.5 7) to text, in any of the encodings that ElementScanner reads, for
// patching data sets that exist; element_writer.hpp writes new ones.
#pragma once

#include "core/dicom/element_scanner.hpp"

#include <string>
#include <string_view>

namespace recog::dicom {

/// The bytes as text, for appending.
std::string_view text_of(Bytes bytes);

class ElementEncoder {
public:
    explicit ElementEncoder(Encoding encoding) : encoding_(encoding) {}

    /// Padded to even length with a space. Errors: TooLarge when the VR's length field cannot say it.
    Status text(std::string& out, Tag tag, std::string_view vr, std::string_view value) const;
    /// A sequence of defined length; `items` are whole items.
    Status sequence(std::string& out, Tag tag, std::string_view items) const;
    /// A sequence under VR UN, whose items are in implicit little endian: of undefined length, which tells
    /// that it is one (PS3.5 6.2.2).
    void unknown_sequence(std::string& out, Tag tag, std::string_view items) const;
    /// An item of defined length.
    Status item(std::string& out, std::string_view elements) const;
    /// The header of `element` in `bytes`, saying another length of the value. Errors: TooLarge.
    Status header(std::string& out, Bytes bytes, const Element& element, std::size_t length) const;

private:
    Status start(std::string& out, Tag tag, std::string_view vr, std::size_t length) const;
    void number(std::string& out, std::size_t value, unsigned bytes) const;
    Status add_length(std::string& out, std::size_t value, unsigned bytes) const;

    Encoding encoding_;
};

} // namespace recog::dicom
