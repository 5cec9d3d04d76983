#include "core/render/lookup_table.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <optional>

namespace recog::render {

namespace {

using dicom::Tag;

struct Descriptor {
    std::size_t entries = 0;
    std::int32_t first = 0;
    unsigned bits = 16;
};

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

DcmTagKey key(Tag tag) {
    return DcmTagKey(tag.group, tag.element);
}

std::vector<std::uint16_t> words_of_bytes(const Uint8* bytes, std::size_t count) {
    std::vector<std::uint16_t> words(count / 2);
    for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = static_cast<std::uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
    }
    return words;
}

// US, SS, OW; OB and UN where a writer did not know better. Empty when there is nothing of the kind.
std::vector<std::uint16_t> words_of(DcmItem& item, Tag tag) {
    DcmElement* element = nullptr;
    if (item.findAndGetElement(key(tag), element).bad() || element == nullptr) {
        return {};
    }
    const DcmEVR vr = element->getVR();
    if (vr == EVR_OB || vr == EVR_UN || vr == EVR_UNKNOWN) {
        Uint8* bytes = nullptr;
        return element->getUint8Array(bytes).good() && bytes != nullptr
                   ? words_of_bytes(bytes, element->getLength())
                   : std::vector<std::uint16_t>();
    }
    const std::size_t count = element->getLength() / 2;
    Uint16* words = nullptr;
    if (element->getUint16Array(words).good() && words != nullptr) {
        return {words, words + count};
    }
    Sint16* numbers = nullptr;
    if (element->getSint16Array(numbers).good() && numbers != nullptr) {
        return {numbers, numbers + count};
    }
    return {};
}

Result<Descriptor> read_descriptor(DcmItem& item, Tag tag, bool is_signed) {
    const auto words = words_of(item, tag);
    if (words.empty()) {
        return error(ErrorKind::NotFound, "the object has no such lookup table");
    }
    if (words.size() < 3) {
        return malformed("the descriptor of a lookup table has not three values");
    }
    Descriptor descriptor;
    descriptor.entries = words[0] == 0 ? kMaxTableEntries : words[0];
    descriptor.first = is_signed ? static_cast<std::int16_t>(words[1]) : static_cast<std::int32_t>(words[1]);
    descriptor.bits = words[2];
    if (descriptor.bits == 0 || descriptor.bits > 16) {
        return malformed("the descriptor of a lookup table names entries of no known size");
    }
    return descriptor;
}

std::vector<std::uint16_t> bytes_of_words(const std::vector<std::uint16_t>& words) {
    std::vector<std::uint16_t> bytes;
    bytes.reserve(words.size() * 2);
    for (const std::uint16_t word : words) {
        bytes.push_back(word & 0xFFU);
        bytes.push_back(static_cast<std::uint16_t>(word >> 8U));
    }
    return bytes;
}

// Entries of 8 bits stand in a word each, or two in a word, the first in the low byte (C.11.1.1.1).
Result<LookupTable> make_table(const Descriptor& descriptor, std::vector<std::uint16_t> words) {
    if (words.empty()) {
        return error(ErrorKind::NotFound, "the lookup table holds no entries");
    }
    if (descriptor.bits <= 8 && words.size() <= (descriptor.entries + 1) / 2 && descriptor.entries > 1) {
        words = bytes_of_words(words);
    }
    words.resize(std::min(words.size(), descriptor.entries));
    const auto most = static_cast<std::uint16_t>((1U << descriptor.bits) - 1U);
    for (std::uint16_t& word : words) {
        word = std::min(word, most);
    }
    return LookupTable{descriptor.first, descriptor.bits, std::move(words)};
}

// Writers state 16 bits and write 8 in each word: no other palette has all entries below 256.
void mend_bits(LookupTable& table) {
    const std::uint16_t most = *std::max_element(table.entries.begin(), table.entries.end());
    if (table.bits > 8 && most > 0 && most < 256) {
        table.bits = 8;
    }
}

Result<LookupTable> read_color(DcmItem& dataset, std::uint16_t color, bool is_signed) {
    const auto descriptor =
        read_descriptor(dataset, Tag{0x0028, static_cast<std::uint16_t>(0x1101 + color)}, is_signed);
    if (!descriptor) {
        return descriptor.failure();
    }
    auto words = words_of(dataset, Tag{0x0028, static_cast<std::uint16_t>(0x1201 + color)});
    if (words.empty()) {
        const auto segments = words_of(dataset, Tag{0x0028, static_cast<std::uint16_t>(0x1221 + color)});
        const bool bytes = descriptor->bits <= 8;
        auto expanded =
            expand_segments(bytes ? bytes_of_words(segments) : segments, descriptor->entries, bytes);
        if (!expanded) {
            return expanded.failure();
        }
        return LookupTable{descriptor->first, bytes ? 8U : 16U, *std::move(expanded)};
    }
    auto table = make_table(*descriptor, std::move(words));
    if (table) {
        mend_bits(*table);
    }
    return table;
}

/// Expands segments until the table is full.
class SegmentReader {
public:
    SegmentReader(const std::vector<std::uint16_t>& tokens, std::size_t entries, bool bytes)
        : tokens_(tokens), most_(entries), bytes_(bytes) {}

    bool expand() {
        std::size_t at = 0;
        while (at < tokens_.size() && out_.size() < most_) {
            // One byte of padding may follow the last segment.
            if (bytes_ && at + 1 == tokens_.size() && tokens_[at] == 0) {
                break;
            }
            const auto next = segment(at, false);
            if (!next) {
                return false;
            }
            at = *next;
        }
        return !out_.empty();
    }

    std::vector<std::uint16_t> take() {
        out_.resize(std::min(out_.size(), most_));
        return std::move(out_);
    }

private:
    std::optional<std::size_t> segment(std::size_t at, bool inside) {
        if (tokens_.size() - at < 2) {
            return std::nullopt;
        }
        const std::size_t length = tokens_[at + 1];
        switch (tokens_[at]) {
        case 0:
            return discrete(at + 2, length);
        case 1:
            return linear(at + 2, length);
        case 2:
            return inside ? std::nullopt : indirect(at + 2, length);
        default:
            return std::nullopt;
        }
    }

    std::optional<std::size_t> discrete(std::size_t at, std::size_t length) {
        if (length > tokens_.size() - at) {
            return std::nullopt;
        }
        const auto begin = tokens_.begin() + static_cast<std::ptrdiff_t>(at);
        out_.insert(out_.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
        return at + length;
    }

    std::optional<std::size_t> linear(std::size_t at, std::size_t length) {
        if (at >= tokens_.size() || out_.empty()) {
            return std::nullopt;
        }
        const std::int64_t from = out_.back();
        const std::int64_t to = tokens_[at];
        for (std::size_t i = 1; i <= length && out_.size() < most_; ++i) {
            const double share = static_cast<double>(i) / static_cast<double>(length);
            out_.push_back(static_cast<std::uint16_t>(static_cast<double>(from) +
                                                      static_cast<double>(to - from) * share + 0.5));
        }
        return at + 1;
    }

    // The offset counts bytes from the first segment, its low part stands first (C.7.9.2.2).
    std::optional<std::size_t> indirect(std::size_t at, std::size_t segments) {
        const std::size_t parts = bytes_ ? 4 : 2;
        if (tokens_.size() - at < parts) {
            return std::nullopt;
        }
        std::size_t offset = 0;
        for (std::size_t i = 0; i < parts; ++i) {
            offset |= std::size_t{tokens_[at + i]} << (i * (bytes_ ? 8U : 16U));
        }
        std::size_t from = bytes_ ? offset : offset / 2;
        for (std::size_t i = 0; i < segments && out_.size() < most_; ++i) {
            const auto next = from < tokens_.size() ? segment(from, true) : std::nullopt;
            if (!next) {
                return std::nullopt;
            }
            from = *next;
        }
        return at + parts;
    }

    const std::vector<std::uint16_t>& tokens_;
    std::size_t most_;
    bool bytes_;
    std::vector<std::uint16_t> out_;
};

} // namespace

std::uint16_t LookupTable::at(std::int64_t input) const {
    const std::int64_t last = static_cast<std::int64_t>(entries.size()) - 1;
    return entries[static_cast<std::size_t>(std::clamp<std::int64_t>(input - first, 0, last))];
}

std::uint8_t LookupTable::shade(std::int64_t input) const {
    const std::uint32_t most = (1U << bits) - 1U;
    return static_cast<std::uint8_t>((at(input) * 255U + most / 2) / most);
}

Result<LookupTable> read_lookup_table(DcmItem& item, Tag descriptor_tag, Tag data, bool is_signed) {
    const auto descriptor = read_descriptor(item, descriptor_tag, is_signed);
    if (!descriptor) {
        return descriptor.failure();
    }
    return make_table(*descriptor, words_of(item, data));
}

Result<Palette> read_palette(DcmItem& dataset, bool is_signed) {
    LookupTable tables[3];
    for (std::uint16_t color = 0; color < 3; ++color) {
        auto table = read_color(dataset, color, is_signed);
        if (!table) {
            return malformed("a palette of the image is missing or cannot be read");
        }
        tables[color] = *std::move(table);
    }
    return Palette{std::move(tables[0]), std::move(tables[1]), std::move(tables[2])};
}

Result<std::vector<std::uint16_t>> expand_segments(const std::vector<std::uint16_t>& tokens,
                                                   std::size_t entries, bool bytes) {
    SegmentReader reader(tokens, std::min(entries, kMaxTableEntries), bytes);
    if (!reader.expand()) {
        return malformed("the segments of a palette contradict themselves");
    }
    return reader.take();
}

} // namespace recog::render
