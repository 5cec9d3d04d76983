#include "core/matching/key_pattern.hpp"

#include "core/base/date.hpp"
#include "core/dicom/padding.hpp"
#include "core/matching/name_pattern.hpp"
#include "core/matching/text_pattern.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace recog::matching {

namespace {

constexpr std::size_t kMaxUidBytes = 64;
constexpr std::size_t kMaxNames = 8; // a list of names is no DICOM, and each is compared by sound

using Compiled = Result<std::unique_ptr<const KeyPattern>>;

bool is_long_text(std::string_view vr) {
    return vr == "ST" || vr == "LT" || vr == "UT";
}

bool is_number(std::string_view vr) {
    return vr == "IS" || vr == "DS" || vr == "US" || vr == "UL" || vr == "SS" || vr == "SL";
}

/// The values of a key, stripped, the empty ones left out. In ST, LT and UT '\' is a character.
Result<std::vector<std::string_view>> key_values(std::string_view key, std::string_view vr) {
    const auto separators = static_cast<std::size_t>(std::count(key.begin(), key.end(), '\\'));
    if (separators >= Matcher::kMaxListValues) {
        return error(ErrorKind::BadRequest, "a matching key lists more than 100,000 values");
    }
    std::vector<std::string_view> values;
    for (const std::string_view value :
         is_long_text(vr) ? std::vector<std::string_view>{key} : dicom::split_values(key)) {
        if (const std::string_view stripped = dicom::strip_padding(value); !stripped.empty()) {
            values.push_back(stripped);
        }
    }
    return values;
}

/// Calls `test` with each stripped value until one is true. Nothing is allocated.
template <typename Test> bool any_value(std::string_view text, bool whole, const Test& test) {
    while (true) {
        const std::size_t end = whole ? std::string_view::npos : text.find('\\');
        if (test(dicom::strip_padding(text.substr(0, end)))) {
            return true;
        }
        if (end == std::string_view::npos) {
            return false;
        }
        text.remove_prefix(end + 1);
    }
}

std::optional<double> parse_number(std::string_view text) {
    if (!text.empty() && text[0] == '+') {
        text.remove_prefix(1);
    }
    double number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failed == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
    return whole ? std::optional(number) : std::nullopt;
}

/// UI: a list of UIDs.
class UidList final : public KeyPattern {
public:
    static Compiled compile(std::string_view key) {
        auto values = key_values(key, "UI");
        if (!values) {
            return values.failure();
        }
        auto list = std::make_unique<UidList>();
        for (const std::string_view uid : *values) {
            if (uid.size() > kMaxUidBytes || uid.find_first_not_of("0123456789.") != std::string_view::npos) {
                return error(ErrorKind::BadRequest,
                             "a matching key is no UID: at most 64 digits and dots, and no wild cards");
            }
            list->uids_.emplace_back(uid);
        }
        std::sort(list->uids_.begin(), list->uids_.end());
        list->uids_.erase(std::unique(list->uids_.begin(), list->uids_.end()), list->uids_.end());
        return std::unique_ptr<const KeyPattern>(std::move(list));
    }
    bool matches(std::string_view value) const override {
        return any_value(value, false, [&](std::string_view uid) {
            return std::binary_search(uids_.begin(), uids_.end(), uid);
        });
    }
    Narrowing narrowing() const override {
        Narrowing narrowing;
        narrowing.values = uids_;
        return narrowing;
    }

private:
    std::vector<std::string> uids_; ///< sorted
};

/// DA, TM, DT: values and ranges.
class Moments final : public KeyPattern {
public:
    static Compiled compile(std::string_view key, std::string_view vr, const Options& options) {
        auto values = key_values(key, vr);
        if (!values) {
            return values.failure();
        }
        auto moments = std::make_unique<Moments>();
        // An assignment in place makes GCC 12 warn of an overlap that cannot be.
        moments->vr_ = std::string(vr);
        moments->offset_minutes_ = options.utc_offset_minutes;
        for (const std::string_view value : *values) {
            auto range = parse_moment_range(value, vr, options.utc_offset_minutes);
            if (!range) {
                return range.failure();
            }
            if (range->ends_before_it_begins() && !options.combined_datetime) {
                return error(ErrorKind::BadRequest, "a range in a matching key ends before it begins");
            }
            moments->ranges_.push_back(*range);
        }
        return std::unique_ptr<const KeyPattern>(std::move(moments));
    }
    bool matches(std::string_view value) const override {
        return any_value(value, false, [&](std::string_view one) {
            const auto moment = vr_ == "DA"   ? parse_date(one)
                                : vr_ == "TM" ? parse_time(one)
                                              : parse_datetime(one, offset_minutes_);
            return moment && std::any_of(ranges_.begin(), ranges_.end(),
                                         [&](const MomentRange& range) { return range.overlaps(*moment); });
        });
    }
    Narrowing narrowing() const override {
        Narrowing narrowing;
        if (vr_ != "DA") {
            return narrowing;
        }
        MomentRange hull = ranges_.front();
        for (const MomentRange& range : ranges_) {
            hull.first =
                hull.first && range.first ? std::optional(std::min(*hull.first, *range.first)) : std::nullopt;
            hull.last =
                hull.last && range.last ? std::optional(std::max(*hull.last, *range.last)) : std::nullopt;
        }
        narrowing.dates = DateRange{day_text(hull.first), day_text(hull.last)};
        return narrowing;
    }

private:
    static std::string day_text(const std::optional<std::int64_t>& microseconds);

    std::string vr_;
    int offset_minutes_ = 0;
    std::vector<MomentRange> ranges_; ///< not empty
};

std::string Moments::day_text(const std::optional<std::int64_t>& microseconds) {
    if (!microseconds) {
        return {};
    }
    const std::chrono::microseconds since{*microseconds};
    return format_day(
        std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::microseconds>(since)));
}

/// PN.
class Names final : public KeyPattern {
public:
    static Compiled compile(std::string_view key, bool fuzzy) {
        auto values = key_values(key, "PN");
        if (!values) {
            return values.failure();
        }
        if (values->size() > kMaxNames) {
            return error(ErrorKind::BadRequest, "a matching key lists more than 8 names");
        }
        auto names = std::make_unique<Names>();
        for (const std::string_view value : *values) {
            auto pattern = NamePattern::compile(value, fuzzy);
            if (!pattern) {
                return pattern.failure();
            }
            names->patterns_.push_back(std::move(*pattern));
        }
        return std::unique_ptr<const KeyPattern>(std::move(names));
    }
    bool matches(std::string_view value) const override {
        std::size_t read = 0; // further values have no keys in the index either
        return any_value(value, false, [&](std::string_view name) {
            return ++read <= dicom::kMaxNameValues &&
                   std::any_of(patterns_.begin(), patterns_.end(),
                               [&](const NamePattern& pattern) { return pattern.matches(name); });
        });
    }
    Narrowing narrowing() const override {
        Narrowing narrowing;
        for (const NamePattern& pattern : patterns_) {
            const auto lookups = pattern.lookups();
            if (lookups.empty()) {
                return {};
            }
            narrowing.name_lookups.insert(narrowing.name_lookups.end(), lookups.begin(), lookups.end());
        }
        return narrowing;
    }

private:
    std::vector<NamePattern> patterns_;
};

/// Everything else: text, exact or with wild cards; numbers also by value.
class Texts final : public KeyPattern {
public:
    static Compiled compile(std::string_view key, std::string_view vr) {
        auto values = key_values(key, vr);
        if (!values) {
            return values.failure();
        }
        auto texts = std::make_unique<Texts>();
        texts->whole_ = is_long_text(vr);
        texts->numeric_ = is_number(vr);
        for (const std::string_view value : *values) {
            if (const Status added = texts->add(value); !added) {
                return added.failure();
            }
        }
        std::sort(texts->literals_.begin(), texts->literals_.end());
        std::sort(texts->numbers_.begin(), texts->numbers_.end());
        return std::unique_ptr<const KeyPattern>(std::move(texts));
    }
    bool matches(std::string_view value) const override {
        return any_value(value, whole_, [&](std::string_view one) { return matches_one(one); });
    }
    Narrowing narrowing() const override;

private:
    Status add(std::string_view value) {
        if (value.find_first_of("*?") == std::string_view::npos) {
            const auto number = numeric_ ? parse_number(value) : std::nullopt;
            if (number) {
                numbers_.push_back(*number);
            } else if (numeric_) {
                return error(ErrorKind::BadRequest, "a matching key is not a number");
            } else {
                literals_.emplace_back(value);
            }
            return {};
        }
        auto pattern = TextPattern::compile(value);
        if (!pattern) {
            return pattern.failure();
        }
        patterns_.push_back(std::move(*pattern));
        return {};
    }

    bool matches_one(std::string_view value) const {
        if (value.empty()) {
            return false;
        }
        const auto number = numeric_ ? parse_number(value) : std::nullopt;
        return (number && std::binary_search(numbers_.begin(), numbers_.end(), *number)) ||
               std::binary_search(literals_.begin(), literals_.end(), value) ||
               std::any_of(patterns_.begin(), patterns_.end(),
                           [&](const TextPattern& pattern) { return pattern.matches(value); });
    }

    bool whole_ = false;
    bool numeric_ = false;
    std::vector<double> numbers_;       ///< sorted
    std::vector<std::string> literals_; ///< values without wild cards, sorted
    std::vector<TextPattern> patterns_;
};

// A number has many spellings: it does not narrow.
Narrowing Texts::narrowing() const {
    Narrowing narrowing;
    if (numeric_ || whole_) {
        return narrowing;
    }
    if (patterns_.empty()) {
        narrowing.values = literals_;
    } else if (patterns_.size() == 1 && literals_.empty()) {
        narrowing.prefix = patterns_.front().literal_prefix();
    }
    return narrowing;
}

} // namespace

bool is_universal_key(std::string_view key, std::string_view vr) {
    const auto nothing = vr == "PN" ? std::string_view("*\\^= \0", 6) : std::string_view("*\\ \0", 4);
    return key.find_first_not_of(nothing) == std::string_view::npos;
}

Result<std::unique_ptr<const KeyPattern>> KeyPattern::compile(std::string_view key, std::string_view vr,
                                                              const Options& options) {
    if (vr == "UI") {
        return UidList::compile(key);
    }
    // Over all its values: each of those with wild cards is tried on every value of every row.
    const auto wild = std::count_if(key.begin(), key.end(), [](char c) { return c == '*' || c == '?'; });
    if (static_cast<std::size_t>(wild) > Matcher::kMaxWildCards) {
        return error(ErrorKind::BadRequest, "a matching key has more than 64 wild cards");
    }
    if (vr == "DA" || vr == "TM" || vr == "DT") {
        return Moments::compile(key, vr, options);
    }
    return vr == "PN" ? Names::compile(key, options.fuzzy_names) : Texts::compile(key, vr);
}

} // namespace recog::matching
