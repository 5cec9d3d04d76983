// Input: one byte of options, then lines: two bytes that choose an attribute, then for odd lines a key, for
// even ones a stored value. Whatever matches must lie inside what the matcher tells an index to look up.
#include "core/base/utf8.hpp"
#include "core/dicom/indexed_attributes.hpp"
#include "core/dicom/padding.hpp"
#include "core/matching/matcher.hpp"
#include "core/matching/moment_range.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <cstdint>

namespace {

using namespace recog;

bool inside_dates(const matching::DateRange& dates, std::string_view value) {
    const auto first = matching::parse_date(dates.first);
    const auto last = matching::parse_date(dates.last);
    const auto stored = matching::parse_date(value);
    return stored && (!first || first->first <= stored->first) && (!last || stored->first <= last->first);
}

bool found_by_name(const std::vector<dicom::NameLookup>& lookups, std::string_view value) {
    const auto keys = dicom::name_keys(value);
    return std::any_of(lookups.begin(), lookups.end(), [&](const dicom::NameLookup& lookup) {
        return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
            return lookup.prefix ? key.starts_with(lookup.text) : key == lookup.text;
        });
    });
}

bool inside(const matching::Narrowing& narrowing, std::string_view attribute) {
    if (narrowing.empty()) {
        return true;
    }
    if (!narrowing.name_lookups.empty()) {
        return found_by_name(narrowing.name_lookups, attribute);
    }
    const auto values = dicom::split_values(attribute);
    return std::any_of(values.begin(), values.end(), [&](std::string_view raw) {
        const std::string_view value = dicom::strip_padding(raw);
        if (narrowing.dates) {
            return inside_dates(*narrowing.dates, value);
        }
        const auto& list = narrowing.values;
        return list.empty() ? value.starts_with(narrowing.prefix)
                            : std::find(list.begin(), list.end(), value) != list.end();
    });
}

dicom::Tag choose(std::string_view line) {
    const auto all = dicom::indexed_attributes();
    const auto number = static_cast<unsigned char>(line[0]) * 256U + static_cast<unsigned char>(line[1]);
    return all[number % all.size()].tag;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) {
        return 0;
    }
    const matching::Options options{.fuzzy_names = (data[0] & 1U) != 0,
                                    .combined_datetime = (data[0] & 2U) != 0};
    input.remove_prefix(1);
    dicom::AttributeSet keys;
    dicom::AttributeSet attributes;
    for (bool key = true; !input.empty(); key = !key) {
        const std::string_view line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        if (line.size() > 2) {
            (key ? keys : attributes).set(choose(line), replace_invalid_utf8(line.substr(2)));
        }
    }
    const auto matcher = matching::Matcher::compile(keys, options);
    if (!matcher) {
        fuzz::expect(matcher.failure().kind == ErrorKind::BadRequest, "a key is refused as a bad request");
        return 0;
    }
    if (matcher->matches(attributes)) {
        for (const auto& entry : attributes.entries()) {
            fuzz::expect(inside(matcher->narrowing(entry.tag), entry.value),
                         "what matches is found by the index");
        }
    }
    matcher->matches(keys);
    return 0;
}
