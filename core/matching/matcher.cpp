#include "core/matching/matcher.hpp"

#include "core/matching/key_pattern.hpp"

#include <algorithm>
#include <array>

namespace recog::matching {

namespace {

namespace tags = dicom::tags;

/// Elements of an identifier that steer the query instead of matching (PS3.4 C.4.1.1.3, C.4.1.2).
constexpr std::array kControl{
    dicom::Tag{0x0008, 0x0001},  tags::SpecificCharacterSet,
    tags::QueryRetrieveLevel,    dicom::Tag{0x0008, 0x0053}, // Query/Retrieve View
    tags::TimezoneOffsetFromUTC,
};

/// Date and time attributes that are one moment under combined date-time matching (PS3.4 C.2.2.2.5.3).
constexpr std::array kMoments{
    std::pair{tags::StudyDate, tags::StudyTime},
    std::pair{tags::SeriesDate, tags::SeriesTime},
    std::pair{tags::AcquisitionDate, tags::AcquisitionTime},
    std::pair{tags::ContentDate, tags::ContentTime},
    std::pair{tags::PatientBirthDate, tags::PatientBirthTime},
    std::pair{tags::PerformedProcedureStepStartDate, tags::PerformedProcedureStepStartTime},
};

bool is_control(dicom::Tag tag) {
    return std::find(kControl.begin(), kControl.end(), tag) != kControl.end() || tag.element == 0;
}

Error reversed() {
    return error(ErrorKind::BadRequest, "a range in a matching key ends before it begins");
}

struct Key {
    dicom::Tag tag;
    dicom::Level level;
    std::unique_ptr<const KeyPattern> pattern;
    Narrowing narrowing;
};

struct CombinedKey {
    dicom::Tag date;
    dicom::Tag time;
    dicom::Level level;
    MomentRange range;
};

bool matches_combined(const CombinedKey& key, const dicom::AttributeSet& attributes) {
    const auto days = dicom::split_values(attributes.get(key.date));
    const auto times = dicom::split_values(attributes.get(key.time));
    for (std::size_t i = 0; i < days.size(); ++i) {
        const auto day = parse_date(days[i]);
        if (!day) {
            continue;
        }
        const auto time = i < times.size() ? parse_time(times[i]) : std::nullopt;
        const Interval moment = time ? Interval{day->first + time->first, day->first + time->last} : *day;
        if (key.range.overlaps(moment)) {
            return true;
        }
    }
    return false;
}

} // namespace

struct Matcher::Plan {
    std::vector<Key> keys; ///< sorted by tag; universal ones are left out
    std::vector<CombinedKey> combined;
    std::vector<dicom::Tag> unsupported;

    const Key* find(dicom::Tag tag) const {
        const auto at = std::lower_bound(keys.begin(), keys.end(), tag,
                                         [](const Key& key, dicom::Tag wanted) { return key.tag < wanted; });
        return at != keys.end() && at->tag == tag ? &*at : nullptr;
    }
    bool is_combined(dicom::Tag tag) const {
        return std::any_of(combined.begin(), combined.end(),
                           [&](const CombinedKey& key) { return key.date == tag || key.time == tag; });
    }
    bool matches(const dicom::AttributeSet& attributes, const dicom::Level* level) const;
    Status combine(const dicom::AttributeSet& keys_asked);
    Status check_order(const dicom::AttributeSet& keys_asked) const;
};

bool Matcher::Plan::matches(const dicom::AttributeSet& attributes, const dicom::Level* level) const {
    for (const CombinedKey& key : combined) {
        if ((level == nullptr || key.level == *level) && !matches_combined(key, attributes)) {
            return false;
        }
    }
    for (const Key& key : keys) {
        if ((level != nullptr && key.level != *level) || is_combined(key.tag)) {
            continue;
        }
        const std::string* value = attributes.find(key.tag);
        if (value == nullptr || value->empty() || !key.pattern->matches(*value)) {
            return false;
        }
    }
    return true;
}

/// Joins a date range and its time range into one. A side that has no date stays open.
Status Matcher::Plan::combine(const dicom::AttributeSet& keys_asked) {
    for (const auto& [date, time] : kMoments) {
        const Key* date_key = find(date);
        const Key* time_key = find(time);
        const auto days = parse_moment_range(keys_asked.get(date), "DA", 0);
        const auto times = parse_moment_range(keys_asked.get(time), "TM", 0);
        if (date_key == nullptr || time_key == nullptr || !days || !times || !days->is_range ||
            !times->is_range) {
            continue; // single values and lists match apart
        }
        MomentRange range;
        if (days->first) {
            range.first = *days->first + times->first.value_or(0);
        }
        if (days->last) {
            const std::int64_t last_day = *days->last - (kMicrosecondsPerDay - 1);
            range.last = last_day + times->last.value_or(kMicrosecondsPerDay - 1);
        }
        if (range.ends_before_it_begins()) {
            return reversed();
        }
        combined.push_back(CombinedKey{date, time, date_key->level, range});
    }
    return check_order(keys_asked);
}

/// Of the dates and times that were not combined.
Status Matcher::Plan::check_order(const dicom::AttributeSet& keys_asked) const {
    for (const Key& key : keys) {
        const std::string_view vr = dicom::find_indexed(key.tag)->vr;
        if ((vr != "DA" && vr != "TM" && vr != "DT") || is_combined(key.tag)) {
            continue;
        }
        for (const std::string_view value : dicom::split_values(keys_asked.get(key.tag))) {
            const auto range = parse_moment_range(value, vr, 0);
            if (range && range->ends_before_it_begins()) {
                return reversed();
            }
        }
    }
    return {};
}

Matcher::Matcher(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Result<Matcher> Matcher::compile(const dicom::AttributeSet& keys, const Options& options) {
    auto plan = std::make_unique<Plan>();
    for (const auto& [tag, value] : keys.entries()) {
        if (is_control(tag)) {
            continue;
        }
        const dicom::IndexedAttribute* attribute = dicom::find_indexed(tag);
        if (attribute == nullptr) {
            plan->unsupported.push_back(tag);
            continue;
        }
        if (is_universal_key(value, attribute->vr)) {
            continue;
        }
        const bool uid = attribute->vr == "UI";
        if (!uid && value.size() > kMaxKeyBytes) {
            return error(ErrorKind::BadRequest, "a matching key is longer than 8192 bytes");
        }
        const bool sequence = attribute->vr == "SQ";
        auto pattern =
            sequence ? compile_sequence(value, options) : KeyPattern::compile(value, attribute->vr, options);
        if (pattern && (*pattern == nullptr || (sequence && attribute->computed))) {
            plan->unsupported.push_back(tag);
            continue;
        }
        if (!pattern) {
            return error(pattern.failure().kind,
                         pattern.failure().text + " (" + std::string(attribute->keyword) + ")");
        }
        Narrowing narrowing = (*pattern)->narrowing();
        plan->keys.push_back(Key{tag, attribute->level, std::move(*pattern), std::move(narrowing)});
    }
    if (options.combined_datetime) {
        if (auto combined = plan->combine(keys); !combined) {
            return combined.failure();
        }
    }
    return Matcher(std::move(plan));
}

bool Matcher::matches(const dicom::AttributeSet& attributes) const {
    return plan_->matches(attributes, nullptr);
}

bool Matcher::matches_at(dicom::Level level, const dicom::AttributeSet& attributes) const {
    return plan_->matches(attributes, &level);
}

bool Matcher::restricts(dicom::Level level) const {
    return std::any_of(plan_->keys.begin(), plan_->keys.end(),
                       [&](const Key& key) { return key.level == level; });
}

bool Matcher::restricts(dicom::Tag tag) const {
    return plan_->find(tag) != nullptr;
}

const Narrowing& Matcher::narrowing(dicom::Tag tag) const {
    static const Narrowing none;
    const Key* key = plan_->find(tag);
    return key != nullptr ? key->narrowing : none;
}

const std::vector<dicom::Tag>& Matcher::unsupported() const {
    return plan_->unsupported;
}

} // namespace recog::matching
