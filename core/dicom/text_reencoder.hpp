// The text of a data set in another character set: what the text VRs hold (PS3.5 6.1.2.2), at every depth,
// but for items that declare a Specific Character Set of their own (PS3.5 7.5.3).
#pragma once

#include "core/dicom/character_set.hpp"
#include "core/dicom/element_scanner.hpp"

#include <string>

namespace recog::dicom {

/// Borrows all that it is given. For one thread.
class TextReencoder {
public:
    /// `terms` and `undeclared_set` as for CharacterSetDecoder::for_terms; `target` as for encode().
    TextReencoder(Bytes bytes, std::string terms, std::string undeclared_set, std::string target,
                  const Part10Limits& limits);

    struct Reencoded {
        bool changed = false; ///< some text has other bytes than before
        bool lossy = false;   ///< some text held bytes that are no character, or that `target` does not have
        std::string bytes;    ///< the whole element; only meant when changed
    };
    /// `next` is where the element at `element.offset` ends. Values that are no text come out as they are;
    /// group lengths within items are left out. Errors: Malformed (a sequence), TooLarge.
    Result<Reencoded> element(const Element& element, std::size_t next, Encoding encoding);

    /// Whether element() could change it, without looking at its value.
    static bool may_hold_text(const Element& element);

private:
    struct Place {
        Encoding encoding;
        std::size_t end = 0; ///< of what holds the element
        std::size_t depth = 0;
    };
    Status rewrite(const Element& element, std::size_t next, const Place& place, Reencoded& out);
    Status rewrite_text(const Element& element, const Place& place, std::string_view vr, Reencoded& out);
    Status rewrite_sequence(const Element& element, std::size_t next, const Place& place, Reencoded& out);
    Result<std::size_t> rewrite_items(std::size_t at, const Place& place, Reencoded& out);
    Result<std::size_t> rewrite_item(const Element& item, const Place& place, Reencoded& out);
    Result<bool> declares_a_set(const Element& item, const Place& place);
    void copy(std::size_t begin, std::size_t end, Reencoded& out) const;

    Bytes bytes_;
    const Part10Limits& limits_;
    ElementScanner scanner_;
    const std::string terms_;
    const std::string undeclared_set_;
    const std::string target_;
    CharacterSetDecoder decoder_;
};

} // namespace recog::dicom
