#include "core/dicom/dataset_walk.hpp"

#include "core/dicom/character_set.hpp"
#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_dictionary.hpp"
#include "core/dicom/element_scanner.hpp"
#include "core/dicom/element_stack.hpp"
#include "core/dicom/json_element.hpp"
#include "core/dicom/value_representation.hpp"

#include <algorithm>
#include <bit>
#include <optional>

namespace recog::dicom {

namespace {

constexpr Tag kPixelRepresentation{0x0028, 0x0103};

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

// Text with code extensions or bytes beyond ASCII; everything else reads the same in all character sets.
bool needs_decoding(std::string_view raw) {
    return std::any_of(raw.begin(), raw.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == '\x1B'; });
}

bool is_creator(Tag tag) {
    return tag.is_private() && tag.element >= 0x0010 && tag.element <= 0x00FF;
}

// What stands behind a NUL was never meant to be read.
std::string cut_at_nulls(std::string_view text, std::string_view vr) {
    std::string out;
    bool cut = false;
    for (const char c : text) {
        const bool next_value = c == '\\' && splits_values(vr);
        cut = !next_value && (cut || c == '\0');
        if (!cut) {
            out += c;
        }
    }
    return out;
}

struct Creator {
    std::uint16_t group = 0;
    std::uint16_t block = 0;
    std::string name;
    const PrivateElements* elements = nullptr;
};

struct Step {
    Tag tag;
    std::size_t item = 0;
};

// What an item hands down to the items in it.
struct Scope {
    Scope* parent = nullptr;
    std::string_view character_set;
    bool declares = false;
    std::optional<CharacterSetDecoder> decoder;
    bool pixels_signed = false;
    std::size_t first_entry = 0;   ///< in Walk::entries_
    std::size_t first_creator = 0; ///< in Walk::creators_
};

// The elements of an item are collected first, then told in order. Both lists are stacks: an item's part ends
// where the item that is being told has its own.
class Walk {
public:
    Walk(ModelSink& sink, const DatasetBytes& dataset, const ModelOptions& options,
         const Part10Limits& limits)
        : sink_(sink), bytes_(dataset.bytes), owner_(dataset.inflated), options_(options),
          scanner_(dataset.bytes, limits), entries_(dataset.bytes, scanner_, options) {}

    Status tell_top(std::size_t begin, Encoding encoding);

private:
    void open_scope(Scope& scope, Encoding encoding);
    Status tell_elements(Scope& scope, Encoding encoding, std::size_t depth);
    Status tell(const ElementEntry& entry, Scope& scope, Encoding encoding, std::size_t depth);
    Status tell_value(const ElementEntry& entry, const ValueRepresentation& vr, Scope& scope,
                      Encoding encoding, std::size_t depth);
    Status tell_items(const ElementEntry& entry, Scope& scope, Encoding encoding, std::size_t depth);
    Status tell_sequence(const ElementEntry& entry, Scope& scope, Encoding encoding, std::size_t depth);
    Result<std::size_t> tell_item(const ItemRange& range, std::size_t number, Scope& parent,
                                  Encoding encoding, std::size_t depth);
    void tell_text(std::string_view raw, std::string_view vr, Scope& scope);
    void tell_numbers(Bytes value, const ValueRepresentation& vr, bool big_endian);
    void tell_binary(Bytes value, std::size_t word);
    void tell_bulk(const ElementEntry& entry, const ValueRepresentation& vr, Bytes value, bool big_endian,
                   const Scope& scope);
    void tell_character_set();

    const ValueRepresentation& vr_of(const ElementEntry& entry, const Scope& scope, Encoding encoding);
    const Creator* creator_of(Tag tag, const Scope& scope) const;
    bool looks_like_items(const Element& element) const;
    bool is_bulk(const ElementEntry& entry, const ValueRepresentation& vr, std::size_t length) const;
    CharacterSetDecoder& decoder_of(Scope& scope) const;
    std::string_view raw_text(const Element& element) const;
    Bytes value_of(const ElementEntry& entry) const;
    std::string_view mime_type_beside(const Scope& scope) const;

    ModelSink& sink_;
    Bytes bytes_;
    const std::shared_ptr<const void> owner_;
    const ModelOptions& options_;
    ElementScanner scanner_;
    ElementStack entries_;
    std::vector<Creator> creators_;
    std::vector<Step> steps_;
    std::vector<std::byte> turned_;
    std::string path_;
};

// ---- What the elements mean to each other ----

void Walk::open_scope(Scope& scope, Encoding encoding) {
    scope.pixels_signed = scope.parent != nullptr && scope.parent->pixels_signed;
    for (std::size_t i = scope.first_entry; i < entries_.size(); ++i) {
        const Element& element = entries_[i].element;
        if (element.tag > kPixelRepresentation) {
            break;
        }
        if (element.tag == tags::SpecificCharacterSet) {
            scope.character_set = raw_text(element);
            scope.declares = !without_padding(scope.character_set, "CS").empty();
        } else if (element.tag == kPixelRepresentation && !element.undefined() && element.length >= 2) {
            scope.pixels_signed = read_u16(bytes_, element.value, encoding.big_endian) != 0;
        }
    }
}

CharacterSetDecoder& Walk::decoder_of(Scope& scope) const {
    Scope* declaring = &scope;
    while (!declaring->declares && declaring->parent != nullptr) {
        declaring = declaring->parent;
    }
    if (!declaring->decoder) {
        declaring->decoder =
            CharacterSetDecoder::for_terms(declaring->character_set, options_.default_character_set);
    }
    return *declaring->decoder;
}

const Creator* Walk::creator_of(Tag tag, const Scope& scope) const {
    const auto block = static_cast<std::uint16_t>(tag.element >> 8U);
    for (std::size_t i = scope.first_creator; i < creators_.size(); ++i) {
        if (creators_[i].group == tag.group && creators_[i].block == block) {
            return &creators_[i];
        }
    }
    return nullptr;
}

bool Walk::looks_like_items(const Element& element) const {
    return element.length >= 8 &&
           Tag{read_u16(bytes_, element.value, false), read_u16(bytes_, element.value + 2, false)} == kItem;
}

const ValueRepresentation& Walk::vr_of(const ElementEntry& entry, const Scope& scope, Encoding encoding) {
    const Element& element = entry.element;
    const ValueRepresentation* const stated =
        encoding.explicit_vr ? find_vr(element.vr[0], element.vr[1]) : nullptr;
    if (stated != nullptr && stated->name != "UN") {
        return *stated;
    }
    if (is_pixel_data(element.tag)) {
        return vr_named(element.tag == tags::PixelData       ? (encoding.explicit_vr ? "OB" : "OW")
                        : element.tag == Tag{0x7FE0, 0x0008} ? "OF"
                                                             : "OD");
    }
    if (element.undefined()) {
        return vr_named("SQ");
    }
    if (element.tag.is_private()) {
        if (encoding.explicit_vr) {
            return vr_named("UN");
        }
        const Creator* const creator = creator_of(element.tag, scope);
        return vr_named(is_creator(element.tag) ? "LO"
                        : creator == nullptr    ? "UN"
                                                : private_vr(creator->elements, element.tag));
    }
    const DictionaryElement* const known = find_public_element(element.tag);
    if (known == nullptr) {
        return vr_named("UN");
    }
    const ValueRepresentation& vr =
        vr_named(known->vr == "xs" ? (scope.pixels_signed ? "SS" : "US") : known->vr);
    // PS3.5 6.2.2: UN may be read as what it is once that is known. Text needs no more than its bytes for
    // that, and a sequence tells itself.
    const bool tells_itself =
        vr.shape == ValueShape::Text || (vr.shape == ValueShape::Sequence && looks_like_items(element));
    return !encoding.explicit_vr || tells_itself ? vr : vr_named("UN");
}

// ---- Telling them ----

std::string_view Walk::raw_text(const Element& element) const {
    if (element.undefined()) {
        return {};
    }
    return {reinterpret_cast<const char*>(bytes_.data()) + element.value, element.length};
}

Bytes Walk::value_of(const ElementEntry& entry) const {
    return bytes_.subspan(entry.element.value, entry.next - entry.element.value);
}

Status Walk::tell_top(std::size_t begin, Encoding encoding) {
    if (begin >= bytes_.size()) {
        return malformed("the file holds no data set");
    }
    if (const Status collected = entries_.collect_top(begin, encoding); !collected) {
        return collected;
    }
    Scope scope;
    open_scope(scope, encoding);
    sink_.begin_item(0);
    const Status told = tell_elements(scope, encoding, 0);
    sink_.end_item();
    return told;
}

Result<std::size_t> Walk::tell_item(const ItemRange& range, std::size_t number, Scope& parent,
                                    Encoding encoding, std::size_t depth) {
    Scope scope;
    scope.parent = &parent;
    scope.first_entry = entries_.size();
    scope.first_creator = creators_.size();
    const auto next = entries_.collect_item(range, encoding);
    open_scope(scope, encoding);
    sink_.begin_item(number);
    const Status told = tell_elements(scope, encoding, depth);
    sink_.end_item();
    entries_.drop_from(scope.first_entry);
    creators_.resize(scope.first_creator);
    return told ? next : Result<std::size_t>(told.failure());
}

void Walk::tell_character_set() {
    sink_.begin_element({tags::SpecificCharacterSet, "CS", {}});
    sink_.text("CS", kModelCharacterSet);
    sink_.end_element();
}

Status Walk::tell_elements(Scope& scope, Encoding encoding, std::size_t depth) {
    bool character_set_due = depth == 0;
    const std::size_t end = entries_.size();
    for (std::size_t i = scope.first_entry; i < end; ++i) {
        const ElementEntry entry = entries_[i]; // the list grows while items are told
        if (entry.element.tag >= tags::SpecificCharacterSet && character_set_due) {
            tell_character_set();
            character_set_due = false;
        } else if (entry.element.tag == tags::SpecificCharacterSet) {
            tell_character_set();
        }
        if (entry.element.tag == tags::SpecificCharacterSet) {
            continue;
        }
        if (const Status told = tell(entry, scope, encoding, depth); !told) {
            return told;
        }
    }
    if (character_set_due) {
        tell_character_set();
    }
    return {};
}

Status Walk::tell(const ElementEntry& entry, Scope& scope, Encoding encoding, std::size_t depth) {
    const Tag tag = entry.element.tag;
    const ValueRepresentation& vr = vr_of(entry, scope, encoding);
    if (is_creator(tag)) {
        const std::string_view raw = without_padding(raw_text(entry.element), "LO");
        creators_.push_back({tag.group, tag.element,
                             needs_decoding(raw) ? decoder_of(scope).decode(raw, "LO") : std::string(raw),
                             find_private_creator(raw)});
    }
    if (is_pixel_data(tag) && depth == 0 && !options_.bulk_data) {
        return {};
    }
    const Creator* const creator = tag.is_private() && !is_creator(tag) ? creator_of(tag, scope) : nullptr;
    sink_.begin_element(
        {tag, vr.name, creator != nullptr ? std::string_view(creator->name) : std::string_view()});
    const Status told = tell_value(entry, vr, scope, encoding, depth);
    sink_.end_element();
    return told;
}

Status Walk::tell_value(const ElementEntry& entry, const ValueRepresentation& vr, Scope& scope,
                        Encoding encoding, std::size_t depth) {
    const Element& element = entry.element;
    if (vr.shape == ValueShape::Sequence) {
        return tell_sequence(entry, scope, encoding, depth);
    }
    const Bytes value = value_of(entry);
    if (value.empty()) {
        return {}; // PS3.18 F.2.5
    }
    if (element.undefined() || is_bulk(entry, vr, value.size())) {
        tell_bulk(entry, vr, value, encoding.big_endian, scope);
    } else if (vr.shape == ValueShape::Text) {
        tell_text(raw_text(element), vr.name, scope);
    } else if (vr.shape == ValueShape::Binary) {
        // PS3.5 6.2.2: the bytes of UN stay what they are.
        tell_binary(value, encoding.big_endian ? vr.unit : 1);
    } else {
        tell_numbers(value, vr, encoding.big_endian);
    }
    return {};
}

bool Walk::is_bulk(const ElementEntry& entry, const ValueRepresentation& vr, std::size_t length) const {
    if (!options_.bulk_data || vr.shape == ValueShape::Text || vr.shape == ValueShape::Tags) {
        return false;
    }
    return vr.shape == ValueShape::Binary ? is_pixel_data(entry.element.tag) || length > options_.inline_bytes
                                          : length > options_.inline_number_bytes;
}

void Walk::tell_bulk(const ElementEntry& entry, const ValueRepresentation& vr, Bytes value, bool big_endian,
                     const Scope& scope) {
    if (!options_.bulk_data) {
        return; // fragments have no inline form
    }
    path_.clear();
    for (const Step& step : steps_) {
        path_.append("/").append(to_hex(step.tag)).append("/").append(std::to_string(step.item));
    }
    path_.append("/").append(to_hex(entry.element.tag));
    BulkValue bulk{path_, entry.element.tag, vr.name, value, entry.element.undefined(), 1, {}, owner_};
    bulk.word = big_endian && !bulk.encapsulated ? vr.unit : 1;
    if (entry.element.tag == tags::EncapsulatedDocument) {
        bulk.mime_type = mime_type_beside(scope);
    }
    sink_.bulk_data(bulk);
}

std::string_view Walk::mime_type_beside(const Scope& scope) const {
    for (std::size_t i = scope.first_entry; i < entries_.size(); ++i) {
        if (entries_[i].element.tag == tags::MIMETypeOfEncapsulatedDocument) {
            return without_padding(raw_text(entries_[i].element), "LO");
        }
    }
    return {};
}

void Walk::tell_text(std::string_view raw, std::string_view vr, Scope& scope) {
    std::string made;
    if (needs_decoding(raw)) {
        made = decoder_of(scope).decode(raw, vr);
        raw = made;
    }
    raw = without_padding(raw, vr);
    if (raw.find('\0') != std::string_view::npos) {
        made = cut_at_nulls(raw, vr);
        raw = made;
    }
    if (!raw.empty()) {
        sink_.text(vr, raw);
    }
}

void Walk::tell_numbers(Bytes value, const ValueRepresentation& vr, bool big_endian) {
    const std::size_t step = vr.shape == ValueShape::Tags ? 4 : vr.unit;
    if (value.size() < step) {
        return;
    }
    sink_.begin_values();
    for (std::size_t at = 0; at + step <= value.size(); at += step) {
        const std::uint64_t bits = vr.unit == 8   ? read_u64(value, at, big_endian)
                                   : vr.unit == 4 ? read_u32(value, at, big_endian)
                                                  : read_u16(value, at, big_endian);
        if (vr.shape == ValueShape::Tags) {
            sink_.value(Tag{static_cast<std::uint16_t>(bits), read_u16(value, at + 2, big_endian)});
        } else if (vr.shape == ValueShape::Unsigned) {
            sink_.value(bits);
        } else if (vr.shape == ValueShape::Signed) {
            sink_.value(vr.unit == 8   ? static_cast<std::int64_t>(bits)
                        : vr.unit == 4 ? std::int64_t{static_cast<std::int32_t>(bits)}
                                       : std::int64_t{static_cast<std::int16_t>(bits)});
        } else if (vr.unit == 8) {
            sink_.value(std::bit_cast<double>(bits));
        } else {
            sink_.value(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        }
    }
    sink_.end_values();
}

void Walk::tell_binary(Bytes value, std::size_t word) {
    if (word == 1) {
        sink_.inline_binary(value);
        return;
    }
    turned_.assign(value.begin(), value.end());
    for (std::size_t at = 0; at + word <= turned_.size(); at += word) {
        std::reverse(turned_.begin() + static_cast<std::ptrdiff_t>(at),
                     turned_.begin() + static_cast<std::ptrdiff_t>(at + word));
    }
    sink_.inline_binary(turned_);
}

// A sequence that states its length and is broken inside ends where it breaks: what stands behind it is
// whole.
Status Walk::tell_sequence(const ElementEntry& entry, Scope& scope, Encoding encoding, std::size_t depth) {
    if (depth >= options_.nesting) {
        return error(ErrorKind::TooLarge, "the data set nests its sequences too deep");
    }
    // PS3.5 6.2.2 note 4: what was UN to somebody stays in implicit little endian.
    const bool was_unknown = encoding.explicit_vr && !entry.element.has_vr("SQ");
    const Status told =
        tell_items(entry, scope, was_unknown ? Encoding{false, false, false} : encoding, depth);
    if (!told && told.failure().kind == ErrorKind::Malformed && !entry.element.undefined()) {
        return {};
    }
    return told;
}

Status Walk::tell_items(const ElementEntry& entry, Scope& scope, Encoding encoding, std::size_t depth) {
    Status told;
    std::size_t at = entry.element.value;
    std::size_t number = 0;
    steps_.push_back({entry.element.tag, 0});
    while (at < entry.next && told) {
        const auto item = scanner_.read(at, entry.next, encoding);
        if (!item || item->tag != kItem) {
            const bool ends = item && item->tag == kSequenceDelimitation;
            told = !item  ? Status(item.failure())
                   : ends ? Status()
                          : Status(malformed("a sequence holds something that is no item"));
            break;
        }
        if (number == 0) {
            sink_.begin_items();
        }
        steps_.back().item = ++number;
        // An item that claims more than its sequence holds has what is there.
        const std::size_t room = entry.next - item->value;
        const ItemRange range{item->value, item->value + std::min<std::size_t>(room, item->length),
                              item->undefined()};
        const auto next = tell_item(range, number, scope, encoding, depth + 1);
        told = next ? Status() : Status(next.failure());
        at = next ? *next : at;
    }
    if (number > 0) {
        sink_.end_items();
    }
    steps_.pop_back();
    return told;
}

} // namespace

Status tell_dataset(ModelSink& sink, Bytes file, const ModelOptions& options, const Part10Limits& limits) {
    const Error more_is_needed =
        error(ErrorKind::Unavailable, "the beginning of the file does not tell all that is in it");
    const auto dataset = open_dataset(file, limits);
    const bool whole = options.file_size <= file.size();
    if (!whole && (!dataset || dataset->inflated != nullptr)) {
        return more_is_needed;
    }
    if (!dataset) {
        return dataset.failure();
    }
    Part10Limits own = limits;
    own.nesting = std::min(limits.nesting, options.nesting);
    const Status told = Walk(sink, *dataset, options, own).tell_top(dataset->begin, dataset->meta.encoding);
    return whole || told ? told : Status(more_is_needed);
}

} // namespace recog::dicom
