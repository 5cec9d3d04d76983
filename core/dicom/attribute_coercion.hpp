// Coercion of patient attributes (PS3.4 B.4.1.3): a copy of a file that speaks of the same patient under the
// Patient ID, issuer and name of another institution. The stored file is not touched, and the SOP Instance
// UID stays: whoever gets the copy can tell that it is the same object.
//
// What the copy says besides:
//   Original Attributes Sequence (0400,0561)   one more item, with everything that was replaced, as it stood
//   Other Patient IDs Sequence (0010,1002)     one more item, with the original Patient ID and its issuer
// What was in these sequences stays. Retired Other Patient IDs (0010,1000), trailing padding and digital
// signatures stay as they are: a signature that covers patient attributes will say that they were changed,
// one that does not (as that of an acquisition device, PS3.15 C.2) goes on being true. Retired group lengths
// and Length to End (0008,0001) would be wrong and go.
//
// Character set of the copy, the first that can hold the new values:
//   1. the declared one;
//   2. ISO_IR 192 or GB18030 (first for what is declared as GBK or GB 2312), if every text of the file reads
//      under it as it was read before, byte for byte: so what was sent undeclared or misdeclared gets the
//      declaration it should have had;
//   3. ISO_IR 192, with the text of the file converted: every text VR at every depth, but not items that
//      declare a set of their own, and not private elements whose VR nobody knows. A value that cannot be
//      converted without loss is kept as it stood in Original Attributes Sequence.
#pragma once

#include "core/dicom/part10.hpp"

#include <string>
#include <vector>

namespace recog::dicom {

/// All text in UTF-8.
struct CoercedPatient {
    std::string patient_id; ///< not empty
    std::string issuer;     ///< empty: the copy states none
    /// Issuer of Patient ID Qualifiers Sequence (0010,0024); empty: the copy has none.
    std::string universal_entity_id;
    std::string universal_entity_id_type; ///< ISO, DNS, ...
    std::string name;                     ///< PN with its groups; empty: the name stays
    friend bool operator==(const CoercedPatient&, const CoercedPatient&) = default;
};

/// Who coerces, when, and how a file that declares no character set is read.
struct CoercionRecord {
    std::string modifying_system; ///< (0400,0563), such as an AE title
    std::string source;           ///< (0400,0564), who made the object; may be empty
    std::string date_time;        ///< (0400,0562), DT
    std::string undeclared_set;   ///< institution default of CharacterSetDecoder::for_terms
};

struct CoercedFile {
    /// The file, in order. The first part holds preamble, meta information and the start of the data set.
    /// Parts point into `owner` or, for all that did not change, into the file that was given.
    std::vector<Bytes> parts;
    std::shared_ptr<const void> owner; ///< keep as long as `parts`, as the given file
    bool changed = false;              ///< false: the file speaks so already, and is the only part
    std::size_t size() const;
};

inline constexpr std::size_t kMaxCoercedValueBytes = 1024; ///< of one new value

/// Limits that are narrower than those of reading: everything here is held in memory.
Part10Limits coercion_limits();

/// Pixel data and other long values are neither copied nor encoded anew; a deflated data set is inflated and
/// deflated again. Errors: Malformed, TooLarge (limits, or a value that outgrows its length field),
/// BadRequest (new values that no file can hold). After an error the file must NOT be sent as it is to a
/// receiver that is to get local numbers: it would be filed under another patient. The sub-operation fails.
Result<CoercedFile> coerce_patient(Bytes file, const CoercedPatient& patient, const CoercionRecord& record,
                                   const Part10Limits& limits = coercion_limits());

} // namespace recog::dicom
