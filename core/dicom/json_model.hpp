// The DICOM JSON Model (PS3.18 annex F), written straight into text.
#pragma once

#include "core/base/json_writer.hpp"
#include "core/dicom/attribute_set.hpp"
#include "core/dicom/part10.hpp"
#include "core/dicom/tag.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

class DcmItem;

namespace recog::dicom {

/// What (0008,0005) says in every JSON text made here: the text is UTF-8 (PS3.18 F.2.1).
inline constexpr std::string_view kJsonCharacterSet = "ISO_IR 192";

/// Turns the raw bytes of one value field into UTF-8, values still split by '\'. Called for text of any VR
/// that holds more than ASCII: also CS and AE, which may not but do. CharacterSetDecoder fits behind it.
class ValueDecoder {
public:
    virtual ~ValueDecoder() = default;
    virtual std::string decode(std::string_view raw, std::string_view vr) = 0;
};

/// Makes the decoder of a data set or item from its Specific Character Set as it stands there; an item
/// without one inherits its parent's decoder (PS3.5 6.1.2.5.3).
using DecoderFactory = std::function<std::unique_ptr<ValueDecoder>(std::string_view specific_character_set)>;

struct JsonModelOptions {
    DecoderFactory decoder;
    /// Binary values longer than this become a BulkDataURI, when `bulk_data_uri` is set; in bytes.
    std::size_t inline_bytes = 1024;
    /// Prefix of BulkDataURI values, such as ".../instances/1.2.3/bulkdata". A path follows: "/GGGGEEEE" or
    /// "/GGGGEEEE/1/GGGGEEEE" with item numbers from 1. When empty everything binary is inlined.
    std::string bulk_data_uri;
    std::size_t nesting = 256; ///< sequences within sequences
};

/// What the caller adds to a data set: pixel data's place, a retrieve URL.
struct ExtraElement {
    Tag tag;
    std::string vr;
    std::string value;         ///< text as in write_element, unless
    std::string bulk_data_uri; ///< this is set
};

/// Writes one object `{...}`. Groups 0000 and 0002 and the retired group lengths are left out; (0008,0005) is
/// given as ISO_IR 192 wherever it stands, for the text is UTF-8 (PS3.18 F.2.1), and at the top always.
/// `extra` must be sorted by tag; an extra element stands in place of the item's own one.
/// Errors: TooLarge (nesting).
Status write_dataset(JsonWriter& out, DcmItem& item, const JsonModelOptions& options,
                     std::span<const ExtraElement> extra = {});

/// Writes `"GGGGEEEE":{"vr":..,"Value":[..]}` from decoded text with values split by '\'. Never for SQ.
void write_element(JsonWriter& out, Tag tag, std::string_view vr, std::string_view utf8);

/// What a QIDO answer is made of; only borrowed. All three lists must be sorted by tag.
struct SequenceItems {
    Tag tag;
    std::vector<AttributeSet> items;
};
struct PrivateElement {
    Tag tag;
    std::string vr;
    std::string value; ///< UTF-8, values split by '\'
};
struct AnswerView {
    const AttributeSet& attributes;
    std::span<const SequenceItems> sequences;
    std::span<const PrivateElement> private_elements; ///< with their creator (gggg,00bb) LO
};

/// Writes one object `{...}` in tag order. Attributes with VR SQ in `attributes` are written as empty
/// sequences unless `sequences` holds them. (0008,0005) ISO_IR 192 is added.
void write_answer(JsonWriter& out, const AnswerView& answer);

} // namespace recog::dicom
