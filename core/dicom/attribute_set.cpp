#include "core/dicom/attribute_set.hpp"

#include <algorithm>
#include <iterator>

namespace recog::dicom {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kMaxEntries = 1000;

auto position(auto& entries, Tag tag) {
    return std::lower_bound(entries.begin(), entries.end(), tag,
                            [](const auto& entry, Tag wanted) { return entry.tag < wanted; });
}

void put(std::string& out, std::uint32_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
        out += static_cast<char>((number >> (8U * i)) & 0xFFU);
    }
}

std::uint32_t take(std::string_view text, std::size_t at, unsigned bytes) {
    std::uint32_t number = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        number |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])) << (8U * i);
    }
    return number;
}

} // namespace

void AttributeSet::set(Tag tag, std::string value) {
    const auto at = position(entries_, tag);
    if (at != entries_.end() && at->tag == tag) {
        at->value = std::move(value);
    } else {
        entries_.insert(at, Entry{tag, std::move(value)});
    }
}

void AttributeSet::erase(Tag tag) {
    const auto at = position(entries_, tag);
    if (at != entries_.end() && at->tag == tag) {
        entries_.erase(at);
    }
}

const std::string* AttributeSet::find(Tag tag) const {
    const auto at = position(entries_, tag);
    return at != entries_.end() && at->tag == tag ? &at->value : nullptr;
}

std::string_view AttributeSet::get(Tag tag) const {
    const std::string* value = find(tag);
    return value != nullptr ? std::string_view(*value) : std::string_view();
}

void AttributeSet::merge_missing(AttributeSet other) {
    if (entries_.empty()) {
        entries_ = std::move(other.entries_);
        return;
    }
    std::vector<Entry> merged;
    merged.reserve(entries_.size() + other.entries_.size());
    auto mine = entries_.begin();
    for (Entry& entry : other.entries_) {
        while (mine != entries_.end() && mine->tag < entry.tag) {
            merged.push_back(std::move(*mine++));
        }
        if (mine == entries_.end() || mine->tag != entry.tag) {
            merged.push_back(std::move(entry));
        }
    }
    std::move(mine, entries_.end(), std::back_inserter(merged));
    entries_ = std::move(merged);
}

std::string AttributeSet::encode() const {
    std::string out(1, kVersion);
    for (const Entry& entry : entries_) {
        put(out, entry.tag.group, 2);
        put(out, entry.tag.element, 2);
        put(out, static_cast<std::uint32_t>(entry.value.size()), 4);
        out += entry.value;
    }
    return out;
}

Result<AttributeSet> AttributeSet::decode(std::string_view stored) {
    if (stored.empty() || stored[0] != kVersion) {
        return error(ErrorKind::Malformed, "a stored attribute set has an unknown version");
    }
    AttributeSet set;
    std::size_t at = 1;
    while (at < stored.size()) {
        if (stored.size() - at < 8 || set.entries_.size() == kMaxEntries) {
            return error(ErrorKind::Malformed, "a stored attribute set is cut short or too long");
        }
        const Tag tag{static_cast<std::uint16_t>(take(stored, at, 2)),
                      static_cast<std::uint16_t>(take(stored, at + 2, 2))};
        const std::size_t length = take(stored, at + 4, 4);
        at += 8;
        if (length > stored.size() - at || (!set.entries_.empty() && !(set.entries_.back().tag < tag))) {
            return error(ErrorKind::Malformed, "a stored attribute set has a wrong length or order");
        }
        set.entries_.push_back(Entry{tag, std::string(stored.substr(at, length))});
        at += length;
    }
    return set;
}

std::string_view AttributeSet::find_stored(std::string_view stored, Tag tag) {
    if (stored.empty() || stored[0] != kVersion) {
        return {};
    }
    for (std::size_t at = 1; stored.size() - at >= 8;) {
        const Tag here{static_cast<std::uint16_t>(take(stored, at, 2)),
                       static_cast<std::uint16_t>(take(stored, at + 2, 2))};
        const std::size_t length = take(stored, at + 4, 4);
        at += 8;
        if (length > stored.size() - at || tag < here) {
            break;
        }
        if (here == tag) {
            return stored.substr(at, length);
        }
        at += length;
    }
    return {};
}

std::string encode_items(const std::vector<AttributeSet>& items) {
    std::string out;
    for (const AttributeSet& item : items) {
        const std::string stored = item.encode();
        put(out, static_cast<std::uint32_t>(stored.size()), 4);
        out += stored;
    }
    return out;
}

Result<std::vector<AttributeSet>> decode_items(std::string_view stored) {
    std::vector<AttributeSet> items;
    while (!stored.empty()) {
        const std::size_t length = stored.size() < 4 ? stored.size() : take(stored, 0, 4);
        if (stored.size() < 4 || length > stored.size() - 4) {
            return error(ErrorKind::Malformed, "a stored sequence is cut short");
        }
        auto item = AttributeSet::decode(stored.substr(4, length));
        if (!item) {
            return item.failure();
        }
        items.push_back(*std::move(item));
        stored.remove_prefix(4 + length);
    }
    return items;
}

std::vector<std::string_view> split_values(std::string_view text) {
    std::vector<std::string_view> values;
    while (!text.empty()) {
        const std::size_t end = text.find('\\');
        values.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        text.remove_prefix(end + 1);
        if (text.empty()) {
            values.emplace_back();
        }
    }
    return values;
}

} // namespace recog::dicom
