#include "core/matching/key_pattern.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace recog::matching {

namespace {

namespace tags = dicom::tags;

struct ItemAttribute {
    dicom::Tag tag;
    std::string_view vr;
};

/// What is kept of the items of Procedure Code Sequence and Request Attributes Sequence.
constexpr std::array kItemAttributes{
    ItemAttribute{tags::CodeValue, "SH"},
    ItemAttribute{tags::CodingSchemeDesignator, "SH"},
    ItemAttribute{tags::CodeMeaning, "LO"},
    ItemAttribute{tags::ScheduledProcedureStepDescription, "LO"},
    ItemAttribute{tags::ScheduledProcedureStepID, "SH"},
    ItemAttribute{tags::RequestedProcedureID, "SH"},
};

struct ItemKey {
    dicom::Tag tag;
    std::unique_ptr<const KeyPattern> pattern;
};

class SequencePattern final : public KeyPattern {
public:
    explicit SequencePattern(std::vector<ItemKey> keys) : keys_(std::move(keys)) {}

    bool matches(std::string_view value) const override {
        const auto items = dicom::decode_items(value);
        return items && std::any_of(items->begin(), items->end(), [&](const dicom::AttributeSet& item) {
                   return std::all_of(keys_.begin(), keys_.end(), [&](const ItemKey& key) {
                       const std::string_view stored = item.get(key.tag);
                       return !stored.empty() && key.pattern->matches(stored);
                   });
               });
    }
    Narrowing narrowing() const override { return {}; }

private:
    std::vector<ItemKey> keys_;
};

} // namespace

Result<std::unique_ptr<const KeyPattern>> compile_sequence(std::string_view key, const Options& options) {
    const auto items = dicom::decode_items(key);
    if (!items || items->size() != 1) {
        return std::unique_ptr<const KeyPattern>();
    }
    std::vector<ItemKey> keys;
    for (const auto& [tag, value] : items->front().entries()) {
        const auto known =
            std::find_if(kItemAttributes.begin(), kItemAttributes.end(),
                         [wanted = tag](const ItemAttribute& one) { return one.tag == wanted; });
        if (known == kItemAttributes.end()) {
            return std::unique_ptr<const KeyPattern>();
        }
        if (is_universal_key(value, known->vr)) {
            continue;
        }
        auto pattern = KeyPattern::compile(value, known->vr, options);
        if (!pattern) {
            return pattern.failure();
        }
        keys.push_back({tag, *std::move(pattern)});
    }
    return std::unique_ptr<const KeyPattern>(std::make_unique<SequencePattern>(std::move(keys)));
}

} // namespace recog::matching
