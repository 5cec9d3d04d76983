// Matching of C-FIND and QIDO-RS keys against the attributes of an entity: PS3.4 C.2.2.2, pure functions.
//
// Per VR, when the key is not empty and not only '*':
//   DA TM DT   single value or range "a-b", "a-", "-b"; the old "2024.01.01" and "10:30:00" are read too.
//              A value of less precision is its whole interval: time 10 is 10:00:00 to 10:59:59.999999.
//   UI         a list of UIDs by '\'; the attribute matches when it holds one of them
//   PN         see name_pattern.hpp: without case, width and diacritics, in any group; fuzzy_names: by sound
//   IS DS US   as numbers; wild cards as text
//   SQ         dicom::encode_items() of one item, each of whose elements must match in one item of the
//   attribute the rest   exact but for spaces at both ends; wild cards '*' and '?' by characters
//
// A key of several values by '\' matches when one does (more than the standard asks, but for UI): "CT\MR" for
// ModalitiesInStudy. An attribute of several values matches when one of them does. An absent or empty
// attribute matches no key.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/attribute_set.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/person_name.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recog::matching {

struct Options {
    /// Fuzzy semantic matching of person names, as negotiated, or asked for by QIDO's fuzzymatching.
    bool fuzzy_names = false;
    /// A date range and its time range are one range of moments (PS3.4 C.2.2.2.5).
    bool combined_datetime = false;
    /// East of Greenwich, of DT values that name no time zone.
    int utc_offset_minutes = 0;
};

/// Inclusive, "YYYYMMDD"; an empty side is open. Both sides the same for a single day.
struct DateRange {
    std::string first;
    std::string last;
    friend bool operator==(const DateRange&, const DateRange&) = default;
};

/// What an index needs to narrow by one attribute before it asks matches(). Always a superset: whatever
/// matches() accepts lies inside, but not the other way round. At most one member is set. Said of each value
/// of an attribute of several, with spaces at both ends stripped and dates written YYYYMMDD.
struct Narrowing {
    std::vector<std::string> values;             ///< any of these
    std::string prefix;                          ///< text before the first wild card, case-sensitive
    std::optional<DateRange> dates;              ///< DA keys
    std::vector<dicom::NameLookup> name_lookups; ///< PN keys: any of these among dicom::name_keys()

    bool empty() const { return values.empty() && prefix.empty() && !dates && name_lookups.empty(); }
};

/// Immutable after compile(): any number of threads may ask matches() at once.
class Matcher {
public:
    static constexpr std::size_t kMaxKeyBytes = 8192;      ///< one key, but for lists of UIDs
    static constexpr std::size_t kMaxListValues = 100'000; ///< values in one list
    static constexpr std::size_t kMaxWildCards = 64;       ///< '*' and '?' in one key, over all its values

    /// BadRequest with a sentence for a malformed key. A key that is not indexed, and a sequence by whose
    /// items nothing can be matched (see compile_sequence), is not matched on and is reported by
    /// unsupported(). Elements that steer the query (character set, level, time zone) are neither. Patient ID
    /// is matched as text here: resolve cards before, and leave it out of `keys`.
    static Result<Matcher> compile(const dicom::AttributeSet& keys, const Options& options = {});

    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;
    ~Matcher();

    /// `attributes`: those of the entity and of everything above it, in one set.
    bool matches(const dicom::AttributeSet& attributes) const;
    /// The same for the keys of one level alone; true when there are none.
    bool matches_at(dicom::Level level, const dicom::AttributeSet& attributes) const;

    /// Whether a key that restricts (not universal) stands at the level, or for the tag.
    bool restricts(dicom::Level level) const;
    bool restricts(dicom::Tag tag) const;

    /// Empty when the tag has no key, or one that cannot narrow.
    const Narrowing& narrowing(dicom::Tag tag) const;
    std::optional<DateRange> date_range(dicom::Tag tag) const { return narrowing(tag).dates; }

    /// Tags of keys that were ignored, sorted; issue FF01 when it is not empty. Private ones are in it as
    /// well.
    const std::vector<dicom::Tag>& unsupported() const;

private:
    struct Plan;
    explicit Matcher(std::unique_ptr<const Plan> plan);
    std::unique_ptr<const Plan> plan_;
};

} // namespace recog::matching
