#include "core/service/identifier_keys.hpp"

#include "core/dicom/character_set.hpp"
#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/dictionary.hpp"
#include "core/dicom/element_scanner.hpp"
#include "core/dicom/element_writer.hpp"
#include "core/dicom/private_dictionary.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace recog::service {

namespace tags = dicom::tags;
namespace dictionary = dicom::recognition_dictionary;
using dicom::AttributeSet;
using dicom::Element;
using dicom::Encoding;
using dicom::Tag;

namespace {

constexpr std::uint16_t kFirstPrivateBlock = 0x10;
constexpr std::uint16_t kLastPrivateBlock = 0xFF;
constexpr Encoding kImplicit{.explicit_vr = false, .big_endian = false, .deflated = false};

bool is_text(std::string_view vr) {
    static constexpr std::array kText{"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT",
                                      "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"};
    return std::find(kText.begin(), kText.end(), vr) != kText.end();
}

bool is_long_text(std::string_view vr) {
    return vr == "ST" || vr == "LT" || vr == "UT";
}

bool is_high(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

std::string_view strip_padding(std::string_view raw) {
    while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0')) {
        raw.remove_suffix(1);
    }
    return raw;
}

/// One element of a data set or item, as it lies in the bytes.
struct Raw {
    Tag tag;
    std::string_view vr;
    std::size_t value = 0;
    std::size_t end = 0; ///< of the value; of undefined length: with its delimitation
    Encoding encoding;   ///< of what a sequence holds
};

struct Item {
    std::vector<Raw> elements; ///< in the order in which they stand
    std::size_t end = 0;
};

/// Decodes values, and finds out in which set the asker really writes.
class KeyDecoder {
public:
    KeyDecoder(std::string_view declared, std::string_view default_character_set)
        : declared_(strip_padding(declared)),
          decoder_(dicom::CharacterSetDecoder::for_terms(declared, default_character_set)) {}

    std::string decode(std::string_view raw, std::string_view vr) {
        raw = strip_padding(raw);
        std::string value = decoder_.decode(raw, vr);
        if (proven_.empty() && std::any_of(raw.begin(), raw.end(), is_high)) {
            if (value == raw) {
                proven_ = "ISO_IR 192";
            } else if (dicom::encode(value, "GB18030") == raw) {
                proven_ = "GB18030";
            }
        }
        return value;
    }

    /// What stands in (0008,0005), unless the bytes were of another set.
    std::string character_set() const {
        return decoder_.declared() && !decoder_.mended() ? declared_ : proven_;
    }

private:
    std::string declared_;
    dicom::CharacterSetDecoder decoder_;
    std::string proven_;
};

/// Reads one Identifier; for one use.
class IdentifierReader {
public:
    IdentifierReader(dicom::Bytes bytes, Encoding encoding, const IdentifierLimits& limits)
        : bytes_(bytes),
          encoding_(encoding), scanner_limits_{.nesting = limits.nesting, .elements = limits.elements},
          scanner_(bytes_, scanner_limits_) {}

    IdentifierResult<IdentifierKeys> read(std::string_view default_character_set);

private:
    Result<Item> elements(std::size_t at, std::size_t end, Encoding encoding, bool delimited);
    Result<Raw> raw_of(const Element& element, std::size_t next, Encoding encoding) const;
    Status read_key(const Raw& raw, KeyDecoder& decoder);
    Status read_sequence(const Raw& raw, KeyDecoder& decoder);
    /// nullopt: more than one item, or a sequence within it. Empty: nothing restricts.
    Result<std::optional<AttributeSet>> read_item(const Raw& sequence, KeyDecoder& decoder);
    void read_private(const std::vector<Raw>& all, KeyDecoder& decoder);
    std::string text_of(const Raw& raw, KeyDecoder& decoder) const;
    std::string_view bytes_of(const Raw& raw) const {
        return {reinterpret_cast<const char*>(bytes_.data()) + raw.value, raw.end - raw.value};
    }
    std::string_view declared_set(const std::vector<Raw>& all) const;

    dicom::Bytes bytes_;
    Encoding encoding_;
    dicom::Part10Limits scanner_limits_;
    dicom::ElementScanner scanner_;
    IdentifierKeys found_;
    std::optional<Tag> offending_;
};

std::string_view vr_in(const Element& element, Encoding encoding) {
    if (encoding.explicit_vr && !element.has_vr("UN") && dicom::is_known_vr(element.vr[0], element.vr[1])) {
        return {element.vr.data(), element.vr.size()};
    }
    return element.undefined() ? "SQ" : dicom::vr_of(element.tag);
}

/// VRs live in the element or in the dictionary: this gives them a life of their own.
std::string_view lasting_vr(std::string_view vr) {
    static constexpr std::string_view kAll =
        "AEASATCSDADSDTFDFLISLOLTOBODOFOLOVOWPNSHSLSQSSSTSVTMUCUIULUNURUSUTUV";
    for (std::size_t i = 0; i < kAll.size(); i += 2) {
        if (kAll.substr(i, 2) == vr) {
            return kAll.substr(i, 2);
        }
    }
    return "UN";
}

Result<Raw> IdentifierReader::raw_of(const Element& element, std::size_t next, Encoding encoding) const {
    Raw raw{element.tag, lasting_vr(vr_in(element, encoding)), element.value, next, encoding};
    if (element.has_vr("UN")) {
        raw.encoding = kImplicit; // PS3.5 6.2.2 note 4
    }
    return raw;
}

/// The elements from `at` on, up to `end` or, when `delimited`, to the Item Delimitation.
Result<Item> IdentifierReader::elements(std::size_t at, std::size_t end, Encoding encoding, bool delimited) {
    Item item;
    while (at < end) {
        const auto element = scanner_.read(at, end, encoding);
        if (!element) {
            return element.failure();
        }
        if (element->tag == dicom::kItemDelimitation && delimited) {
            item.end = element->value;
            return item;
        }
        if (element->tag.group == dicom::kItem.group) {
            return error(ErrorKind::Malformed, "an item stands outside a sequence");
        }
        const auto next = scanner_.skip(*element, end, encoding, true);
        if (!next) {
            offending_ = element->tag;
            return next.failure();
        }
        if (element->tag.element != 0) { // group lengths say nothing
            auto raw = raw_of(*element, *next, encoding);
            item.elements.push_back(*std::move(raw));
        }
        at = *next;
    }
    if (delimited) {
        return error(ErrorKind::Malformed, "an item of undefined length is never closed");
    }
    item.end = at;
    return item;
}

std::string_view IdentifierReader::declared_set(const std::vector<Raw>& all) const {
    const auto at = std::find_if(all.begin(), all.end(),
                                 [](const Raw& raw) { return raw.tag == tags::SpecificCharacterSet; });
    return at != all.end() ? bytes_of(*at) : std::string_view();
}

std::string number_text(dicom::Bytes bytes, const Raw& raw) {
    const std::size_t size = raw.vr == "US" || raw.vr == "SS" ? 2 : 4;
    std::string text;
    for (std::size_t at = raw.value; raw.end - at >= size; at += size) {
        const std::uint32_t value = size == 2 ? dicom::read_u16(bytes, at, raw.encoding.big_endian)
                                              : dicom::read_u32(bytes, at, raw.encoding.big_endian);
        text += text.empty() ? "" : "\\";
        text += raw.vr == "SS"   ? std::to_string(static_cast<std::int16_t>(value))
                : raw.vr == "SL" ? std::to_string(static_cast<std::int32_t>(value))
                                 : std::to_string(value);
    }
    return text;
}

/// Empty for VRs that nothing can be asked by.
std::string IdentifierReader::text_of(const Raw& raw, KeyDecoder& decoder) const {
    if (dicom::is_binary_number(raw.vr)) {
        return number_text(bytes_, raw);
    }
    if (!is_text(raw.vr)) {
        return {};
    }
    std::string_view bytes = bytes_of(raw);
    // A NUL pads at the end and stands nowhere else (PS3.5 6.2); lists of UIDs pad each with one.
    if (raw.vr != "UI") {
        bytes = bytes.substr(0, bytes.find('\0'));
    }
    std::string value = decoder.decode(bytes, raw.vr);
    if (!is_long_text(raw.vr)) {
        value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    }
    return value;
}

Result<std::optional<AttributeSet>> IdentifierReader::read_item(const Raw& sequence, KeyDecoder& decoder) {
    AttributeSet item;
    std::size_t items = 0;
    for (std::size_t at = sequence.value; at < sequence.end;) {
        const auto header = scanner_.read(at, sequence.end, sequence.encoding);
        if (!header) {
            return header.failure();
        }
        if (header->tag == dicom::kSequenceDelimitation) {
            break;
        }
        if (header->tag != dicom::kItem ||
            (!header->undefined() && header->length > sequence.end - header->value)) {
            return error(ErrorKind::Malformed, "a sequence holds something that is no item");
        }
        const std::size_t end = header->undefined() ? sequence.end : header->value + header->length;
        const auto all = elements(header->value, end, sequence.encoding, header->undefined());
        if (!all) {
            return all.failure();
        }
        if (++items > 1) {
            return std::optional<AttributeSet>();
        }
        at = all->end;
        const std::string_view own = declared_set(all->elements);
        KeyDecoder own_decoder(own, {});
        for (const Raw& raw : all->elements) {
            if (raw.vr == "SQ" && raw.end != raw.value) {
                return std::optional<AttributeSet>(); // within an item
            }
            std::string value = text_of(raw, own.empty() ? decoder : own_decoder);
            if (!value.empty() && raw.tag != tags::SpecificCharacterSet) {
                item.set(raw.tag, std::move(value));
            }
        }
    }
    return std::optional(std::move(item));
}

/// PS3.4 C.2.2.2.6: matching by a sequence has one item.
Status IdentifierReader::read_sequence(const Raw& raw, KeyDecoder& decoder) {
    const auto item = read_item(raw, decoder);
    if (!item) {
        offending_ = raw.tag;
        return item.failure();
    }
    if (!*item) {
        found_.unsupported.push_back(raw.tag);
    }
    const bool restricts = *item && !(*item)->empty();
    found_.keys.set(raw.tag, restricts ? dicom::encode_items({**item}) : std::string());
    return {};
}

Status IdentifierReader::read_key(const Raw& raw, KeyDecoder& decoder) {
    if (found_.keys.contains(raw.tag)) {
        offending_ = raw.tag;
        return error(ErrorKind::Malformed, "an element stands twice in the identifier");
    }
    if (raw.vr == "SQ") {
        return read_sequence(raw, decoder);
    }
    found_.keys.set(raw.tag, text_of(raw, decoder));
    return {};
}

/// Private elements: ours go to block 10, by the name of their creator. Those in our group whose block nobody
/// has reserved are taken as ours, since some stations can be taught numbers only.
void IdentifierReader::read_private(const std::vector<Raw>& all, KeyDecoder& decoder) {
    std::map<std::pair<std::uint16_t, std::uint16_t>, std::string> creators;
    for (const Raw& raw : all) {
        if (raw.tag.is_private() && raw.tag.element >= kFirstPrivateBlock &&
            raw.tag.element <= kLastPrivateBlock) {
            creators[{raw.tag.group, raw.tag.element}] = text_of(raw, decoder);
        }
    }
    for (const Raw& raw : all) {
        const auto block = static_cast<std::uint16_t>(raw.tag.element >> 8U);
        if (!raw.tag.is_private() || block == 0) {
            continue;
        }
        const auto creator = creators.find({raw.tag.group, block});
        const bool ours = raw.tag.group == dictionary::group &&
                          (creator == creators.end() || creator->second == dictionary::creator);
        if (!ours || raw.vr == "SQ") {
            found_.unsupported.push_back(raw.tag);
            continue;
        }
        const Tag home{dictionary::group, static_cast<std::uint16_t>(0x1000U | (raw.tag.element & 0xFFU))};
        found_.keys.set(home, text_of(raw, decoder));
    }
    const bool named = std::any_of(creators.begin(), creators.end(), [](const auto& creator) {
        return creator.first.first == dictionary::group && creator.second == dictionary::creator;
    });
    if (named) {
        found_.keys.set(dictionary::creator_tag, std::string(dictionary::creator));
    }
}

IdentifierResult<IdentifierKeys> IdentifierReader::read(std::string_view default_character_set) {
    const auto all = elements(0, bytes_.size(), encoding_, false);
    if (!all) {
        return {all.failure(), offending_};
    }
    KeyDecoder decoder(declared_set(all->elements), default_character_set);
    for (const Raw& raw : all->elements) {
        if (raw.tag.is_private()) {
            continue;
        }
        if (const Status read = read_key(raw, decoder); !read) {
            return {read.failure(), offending_};
        }
    }
    read_private(all->elements, decoder);
    std::sort(found_.unsupported.begin(), found_.unsupported.end());
    found_.character_set = decoder.character_set();
    return std::move(found_);
}

} // namespace

IdentifierResult<IdentifierKeys> read_identifier(std::span<const std::byte> data_set,
                                                 std::string_view transfer_syntax,
                                                 std::string_view default_character_set,
                                                 const IdentifierLimits& limits) {
    const Encoding encoding = dicom::encoding_of(transfer_syntax);
    if (data_set.size() > limits.bytes) {
        return error(ErrorKind::TooLarge, "the identifier is too long");
    }
    std::vector<std::byte> inflated;
    if (encoding.deflated) {
        auto whole = dicom::inflate_dataset(data_set, limits.bytes);
        if (!whole) {
            return whole.failure();
        }
        inflated = *std::move(whole);
        data_set = inflated;
    }
    return IdentifierReader(data_set, encoding, limits).read(default_character_set);
}

} // namespace recog::service
