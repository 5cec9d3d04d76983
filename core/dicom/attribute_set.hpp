// The attributes of one patient, study, series or instance, or the keys of one query: tag -> text in UTF-8.
//
// Several values stand in one string, split by '\' (PS3.5 6.4). This is safe here and only here: the text has
// been decoded already, and in UTF-8 no character contains the byte 0x5C.
//
// Stored form (column `attributes` of the index), all integers little endian:
//   set   = version entry*
//   version = 0x01
//   entry = group(u16) element(u16) length(u32) text(length bytes)
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/tag.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

/// A value type; entries are unique and sorted by tag.
class AttributeSet {
public:
    struct Entry {
        Tag tag;
        std::string value;
        friend bool operator==(const Entry&, const Entry&) = default;
    };

    /// Adds or replaces. An empty value is kept: in a query it is a return key.
    void set(Tag tag, std::string value);
    void erase(Tag tag);
    bool contains(Tag tag) const { return find(tag) != nullptr; }
    /// nullptr when absent.
    const std::string* find(Tag tag) const;
    /// Empty when absent.
    std::string_view get(Tag tag) const;
    /// Adds the entries of `other` whose tags are not here yet.
    void merge_missing(AttributeSet other);

    const std::vector<Entry>& entries() const { return entries_; }
    bool empty() const { return entries_.empty(); }

    std::string encode() const;
    /// Refuses unknown versions, lengths beyond the end, tags out of order and more than 1,000 entries.
    static Result<AttributeSet> decode(std::string_view stored);
    /// One value of a stored set without decoding the rest; empty when absent, and when the set is malformed.
    static std::string_view find_stored(std::string_view stored, Tag tag);

    friend bool operator==(const AttributeSet&, const AttributeSet&) = default;

private:
    std::vector<Entry> entries_;
};

/// The value that stands for a sequence: its items, each length(u32) set.
std::string encode_items(const std::vector<AttributeSet>& items);
Result<std::vector<AttributeSet>> decode_items(std::string_view stored);

/// Splits a decoded value at '\'. An empty text has no values.
std::vector<std::string_view> split_values(std::string_view text);

} // namespace recog::dicom
