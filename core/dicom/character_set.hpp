// Bytes of a data set to UTF-8 and back, by the Specific Character Set (0008,0005): PS3.5 6.1, PS3.3
// C.12.1.1.2.
//
// A value is decoded as a whole, before anybody splits it at '\', '^' or '=': in GBK and GB18030 these bytes
// occur inside characters. What senders get wrong is mended where the bytes prove it:
//   nothing declared, or a term nobody knows   UTF-8 when it is UTF-8, else the institution's default
//   a Latin set declared, UTF-8 or GBK sent    read as what it is, when it cannot sensibly be the Latin set
//   spellings such as "GB 18030" or "utf-8"    read as the term they mean
//   a value cut inside a character             the cut character is dropped
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace recog::dicom {

/// Decodes the values of one data set. Holds open converters and their state: use each object from one thread
/// at a time; making one is cheap, since converters are opened when first needed.
class CharacterSetDecoder {
public:
    /// `specific_character_set`: the raw value of (0008,0005), empty when absent.
    /// `institution_default`: a defined term for data sets that declare nothing; empty means GB18030.
    static CharacterSetDecoder for_terms(std::string_view specific_character_set,
                                         std::string_view institution_default = {});

    CharacterSetDecoder(CharacterSetDecoder&&) noexcept;
    CharacterSetDecoder& operator=(CharacterSetDecoder&&) noexcept;
    ~CharacterSetDecoder();

    /// Always valid UTF-8. Padding at the end (spaces and NULs) is stripped here, for every VR; spaces at the
    /// start are kept. Bytes that are no character become U+FFFD; a character cut off at the end is dropped.
    /// `vr` decides what resets code extensions: '^' and '=' in PN, '\' in all but ST, LT and UT.
    std::string decode(std::string_view raw, std::string_view vr);

    /// Whether any decode() so far met bytes that are no character, or a cut one.
    bool had_errors() const;
    /// Whether any decode() so far read bytes in another set than the declared one.
    bool mended() const;
    /// False when (0008,0005) is absent, empty, or holds no term that can be understood.
    bool declared() const;

private:
    struct State;
    explicit CharacterSetDecoder(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// UTF-8 to the bytes of one set without code extensions: GB18030, GBK, ISO_IR 192, ISO_IR 6 and the other
/// single-byte ISO_IR terms. nullopt when a character has no place in the set, when `utf8` is not UTF-8, or
/// when the term is none of these. Safe from any thread.
std::optional<std::string> encode(std::string_view utf8, std::string_view term);

/// Whether `term` can stand as an institution's default or as a calling AE's set in a configuration file.
bool is_known_character_set(std::string_view term);

} // namespace recog::dicom
