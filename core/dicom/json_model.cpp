#include "core/dicom/json_model.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicom/json_element.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcvrat.h>

#include <algorithm>

namespace recog::dicom {

namespace {

constexpr Tag kTrailingPadding{0xFFFC, 0xFFFC};

Tag tag_of(const DcmObject& object) {
    return Tag{object.getGTag(), object.getETag()};
}

// Text with code extensions or bytes beyond ASCII; everything else reads the same in all character sets.
bool needs_decoding(std::string_view raw) {
    return std::any_of(raw.begin(), raw.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == '\x1B'; });
}

bool is_left_out(Tag tag) {
    return tag.group == 0x0000 || tag.group == 0x0002 || tag.element == 0x0000 || tag == kTrailingPadding;
}

void begin_element(JsonWriter& out, Tag tag, std::string_view vr) {
    out.key(to_hex(tag));
    out.begin_object();
    out.member("vr", vr);
}

void write_character_set(JsonWriter& out) {
    write_element(out, tags::SpecificCharacterSet, "CS", kJsonCharacterSet);
}

void write_extra(JsonWriter& out, const ExtraElement& extra) {
    if (extra.bulk_data_uri.empty()) {
        write_element(out, extra.tag, extra.vr, extra.value);
        return;
    }
    begin_element(out, extra.tag, extra.vr);
    out.member("BulkDataURI", extra.bulk_data_uri);
    out.end_object();
}

// What is written between the elements of an item: extra elements, and the character set, which is due at the
// top even where the data set stated none, for the text is UTF-8.
class Insertions {
public:
    Insertions(JsonWriter& out, std::span<const ExtraElement> extra, bool character_set_due)
        : out_(out), extra_(extra), character_set_due_(character_set_due) {}

    /// Writes all that stands before `tag`. True when `tag` itself is among the extra elements.
    bool write_before(Tag tag) {
        write_while([tag](Tag own) { return own < tag; });
        character_set_due_ = character_set_due_ && tag != tags::SpecificCharacterSet;
        return !extra_.empty() && extra_.front().tag == tag;
    }
    void write_rest() {
        write_while([](Tag) { return true; });
    }

private:
    template <typename Condition> void write_while(Condition stands_before) {
        for (;;) {
            const bool extra_next = !extra_.empty() && stands_before(extra_.front().tag);
            const bool set_next = character_set_due_ && stands_before(tags::SpecificCharacterSet);
            if (set_next && (!extra_next || extra_.front().tag > tags::SpecificCharacterSet)) {
                write_character_set(out_);
                character_set_due_ = false;
            } else if (extra_next) {
                write_extra(out_, extra_.front());
                extra_ = extra_.subspan(1);
            } else {
                return;
            }
        }
    }

    JsonWriter& out_;
    std::span<const ExtraElement> extra_;
    bool character_set_due_;
};

class DatasetWriter {
public:
    DatasetWriter(JsonWriter& out, const JsonModelOptions& options) : out_(out), options_(options) {}

    Status write_item(DcmItem& item, ValueDecoder* decoder, std::span<const ExtraElement> extra,
                      std::size_t depth);

private:
    Status write_object(DcmElement& element, ValueDecoder* decoder, std::size_t depth);
    Status write_sequence(DcmSequenceOfItems& sequence, ValueDecoder* decoder, std::size_t depth);
    void write_text(DcmElement& element, std::string_view vr, ValueDecoder* decoder);
    void write_binary(DcmElement& element, Tag tag, DcmEVR vr);
    void write_inline_or_uri(Tag tag, Bytes bytes);
    bool write_numbers(DcmElement& element, DcmEVR vr);
    void write_tags(DcmElement& element);

    template <typename Number, typename Get, typename Write>
    void write_array(DcmElement& element, Get get, Write write) {
        Number* numbers = nullptr;
        if ((element.*get)(numbers).bad() || numbers == nullptr || element.getLength() < sizeof(Number)) {
            return;
        }
        out_.key("Value");
        out_.begin_array();
        for (std::size_t i = 0; i < element.getLength() / sizeof(Number); ++i) {
            write(numbers[i]);
        }
        out_.end_array();
    }

    JsonWriter& out_;
    const JsonModelOptions& options_;
    std::string path_; ///< of the enclosing items, for BulkDataURI
};

std::unique_ptr<ValueDecoder> own_decoder(DcmItem& item, const JsonModelOptions& options) {
    DcmElement* element = nullptr;
    char* text = nullptr;
    Uint32 length = 0;
    if (!options.decoder) {
        return nullptr;
    }
    if (item.findAndGetElement(DCM_SpecificCharacterSet, element).bad() ||
        element->getString(text, length).bad() || text == nullptr) {
        return nullptr;
    }
    return options.decoder(std::string_view(text, length));
}

Status DatasetWriter::write_item(DcmItem& item, ValueDecoder* decoder, std::span<const ExtraElement> extra,
                                 std::size_t depth) {
    if (depth > options_.nesting) {
        return error(ErrorKind::TooLarge, "the data set nests its sequences too deep");
    }
    const std::unique_ptr<ValueDecoder> own = own_decoder(item, options_);
    ValueDecoder* const current = own ? own.get() : decoder;
    Insertions insertions(out_, extra, depth == 0);
    out_.begin_object();
    for (DcmObject* object = item.nextInContainer(nullptr); object != nullptr;
         object = item.nextInContainer(object)) {
        const Tag tag = tag_of(*object);
        if (is_left_out(tag) || insertions.write_before(tag)) {
            continue;
        }
        // Every child of an item is an element; DCMTK only keeps them as objects.
        const Status written = write_object(static_cast<DcmElement&>(*object), current, depth);
        if (!written) {
            return written;
        }
    }
    insertions.write_rest();
    out_.end_object();
    return {};
}

// PS3.5 6.2.2: UN may be read as what it is once that is known. Text needs no more than its bytes for that.
DcmVR known_vr(DcmElement& element) {
    const DcmVR stated(element.getVR());
    const Tag tag = tag_of(element);
    if (stated.getValidEVR() != EVR_UN || tag.is_private()) {
        return stated;
    }
    const DcmVR known(DcmTag(tag.group, tag.element).getEVR());
    return known.isaString() ? known : stated;
}

std::string_view text_of(DcmElement& element) {
    char* text = nullptr;
    Uint32 length = 0;
    Uint8* bytes = nullptr;
    if (element.getString(text, length).good() && text != nullptr) {
        return std::string_view(text, length);
    }
    if (element.getUint8Array(bytes).good() && bytes != nullptr) {
        return std::string_view(reinterpret_cast<const char*>(bytes), element.getLength());
    }
    return {};
}

Status DatasetWriter::write_object(DcmElement& element, ValueDecoder* decoder, std::size_t depth) {
    const Tag tag = tag_of(element);
    if (tag == tags::SpecificCharacterSet) {
        write_character_set(out_);
        return {};
    }
    const DcmVR stated = known_vr(element);
    const DcmVR vr(stated.getValidEVR());
    Status status;
    begin_element(out_, tag, stated.getValidVRName());
    if (vr.getEVR() == EVR_SQ) {
        if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(&element); sequence != nullptr) {
            status = write_sequence(*sequence, decoder, depth);
        }
    } else if (element.getLength() == 0) {
        // PS3.18 F.2.5: an empty value has no Value.
    } else if (vr.isaString()) {
        write_text(element, stated.getValidVRName(), decoder);
    } else if (!write_numbers(element, vr.getEVR())) {
        write_binary(element, tag, vr.getEVR());
    }
    out_.end_object();
    return status;
}

Status DatasetWriter::write_sequence(DcmSequenceOfItems& sequence, ValueDecoder* decoder, std::size_t depth) {
    if (sequence.card() == 0) {
        return {};
    }
    out_.key("Value");
    out_.begin_array();
    const std::size_t path_length = path_.size();
    std::size_t number = 0;
    for (DcmObject* object = sequence.nextInContainer(nullptr); object != nullptr;
         object = sequence.nextInContainer(object)) {
        auto* item = dynamic_cast<DcmItem*>(object);
        ++number;
        if (item == nullptr) {
            continue;
        }
        path_.append("/").append(to_hex(tag_of(sequence))).append("/").append(std::to_string(number));
        const Status written = write_item(*item, decoder, {}, depth + 1);
        path_.resize(path_length);
        if (!written) {
            return written;
        }
    }
    out_.end_array();
    return {};
}

void DatasetWriter::write_text(DcmElement& element, std::string_view vr, ValueDecoder* decoder) {
    const std::string_view raw = text_of(element);
    if (decoder != nullptr && needs_decoding(raw)) {
        write_values(out_, vr, decoder->decode(raw, vr));
    } else {
        write_values(out_, vr, raw);
    }
}

bool DatasetWriter::write_numbers(DcmElement& element, DcmEVR vr) {
    const auto integer = [this](auto number) { out_.integer(number); };
    const auto wide = [this](auto number) { write_wide(out_, number); };
    const auto real = [this](auto number) { write_real(out_, number); };
    switch (vr) {
    case EVR_US:
        write_array<Uint16>(element, &DcmElement::getUint16Array, integer);
        return true;
    case EVR_SS:
        write_array<Sint16>(element, &DcmElement::getSint16Array, integer);
        return true;
    case EVR_UL:
        write_array<Uint32>(element, &DcmElement::getUint32Array, integer);
        return true;
    case EVR_SL:
        write_array<Sint32>(element, &DcmElement::getSint32Array, integer);
        return true;
    case EVR_UV:
        write_array<Uint64>(element, &DcmElement::getUint64Array,
                            [&](Uint64 number) { wide(std::uint64_t{number}); });
        return true;
    case EVR_SV:
        write_array<Sint64>(element, &DcmElement::getSint64Array,
                            [&](Sint64 number) { wide(std::int64_t{number}); });
        return true;
    case EVR_FL:
        write_array<Float32>(element, &DcmElement::getFloat32Array, real);
        return true;
    case EVR_FD:
        write_array<Float64>(element, &DcmElement::getFloat64Array, real);
        return true;
    case EVR_AT:
        write_tags(element);
        return true;
    default:
        return false;
    }
}

void DatasetWriter::write_tags(DcmElement& element) {
    auto* tags = dynamic_cast<DcmAttributeTag*>(&element);
    if (tags == nullptr || tags->getVM() == 0) {
        return;
    }
    out_.key("Value");
    out_.begin_array();
    for (unsigned long i = 0; i < tags->getVM(); ++i) {
        DcmTagKey key;
        if (tags->getTagVal(key, i).good()) {
            out_.string(to_hex(Tag{key.getGroup(), key.getElement()}));
        }
    }
    out_.end_array();
}

template <typename Number, typename Get> Bytes bytes_of(DcmElement& element, Get get) {
    Number* numbers = nullptr;
    if ((element.*get)(numbers).bad() || numbers == nullptr) {
        return {};
    }
    return Bytes(reinterpret_cast<const std::byte*>(numbers), element.getLength());
}

// DCMTK keeps numbers in the order of this machine, which is little endian, as PS3.18 F.2.7 wants them.
Bytes binary_value(DcmElement& element, DcmEVR vr) {
    switch (vr) {
    case EVR_OW:
        return bytes_of<Uint16>(element, &DcmElement::getUint16Array);
    case EVR_OF:
        return bytes_of<Float32>(element, &DcmElement::getFloat32Array);
    case EVR_OD:
        return bytes_of<Float64>(element, &DcmElement::getFloat64Array);
    case EVR_OL:
        return bytes_of<Uint32>(element, &DcmElement::getUint32Array);
    case EVR_OV:
        return bytes_of<Uint64>(element, &DcmElement::getUint64Array);
    default:
        return bytes_of<Uint8>(element, &DcmElement::getUint8Array);
    }
}

void DatasetWriter::write_binary(DcmElement& element, Tag tag, DcmEVR vr) {
    write_inline_or_uri(tag, binary_value(element, vr));
}

void DatasetWriter::write_inline_or_uri(Tag tag, Bytes bytes) {
    // No bytes: encapsulated pixel data of an icon, which has no form but bulk data.
    const bool by_uri = bytes.empty() || bytes.size() > options_.inline_bytes;
    if (by_uri && !options_.bulk_data_uri.empty()) {
        out_.member("BulkDataURI", options_.bulk_data_uri + path_ + "/" + to_hex(tag));
    } else if (!bytes.empty()) {
        out_.member("InlineBinary", base64(bytes));
    }
}

} // namespace

Status write_dataset(JsonWriter& out, DcmItem& item, const JsonModelOptions& options,
                     std::span<const ExtraElement> extra) {
    const std::unique_ptr<ValueDecoder> fallback = options.decoder ? options.decoder("") : nullptr;
    return DatasetWriter(out, options).write_item(item, fallback.get(), extra, 0);
}

void write_element(JsonWriter& out, Tag tag, std::string_view vr, std::string_view utf8) {
    begin_element(out, tag, vr);
    if (vr != "SQ") {
        write_values(out, vr, utf8);
    }
    out.end_object();
}

} // namespace recog::dicom
