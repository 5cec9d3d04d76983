#include "core/dicom/element_dictionary.hpp"

#include "core/dicom/value_representation.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcvr.h>

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace recog::dicom {

namespace {

constexpr std::uint16_t kWithinBlock = 0x00FF;

// DCMTK's names of the VRs that depend on something. PS3.5 A.1: in implicit VR, words.
std::string_view vr_name(DcmEVR vr) {
    switch (vr) {
    case EVR_xs:
        return "xs";
    case EVR_ox:
    case EVR_px:
    case EVR_lt:
        return "OW";
    case EVR_up:
        return "UL";
    default:
        return vr_named(DcmVR(vr).getValidVRName()).name;
    }
}

std::string_view official_keyword(std::string_view name) {
    constexpr std::string_view kRetired = "RETIRED_";
    if (name.starts_with("ACR_NEMA_") || name.starts_with("DICONDE_") || name.starts_with("PrivateTag")) {
        return {};
    }
    return name.starts_with(kRetired) ? name.substr(kRetired.size()) : name;
}

bool fits(DcmDictRangeRestriction restriction, std::uint16_t number) {
    return (restriction != DcmDictRange_Even || number % 2 == 0) &&
           (restriction != DcmDictRange_Odd || number % 2 == 1);
}

// An entry for many tags, such as (60xx,3000).
struct Range {
    Tag first;
    Tag last;
    DcmDictRangeRestriction groups;
    DcmDictRangeRestriction elements;
    DictionaryElement element;

    bool contains(Tag tag) const {
        return tag.group >= first.group && tag.group <= last.group && tag.element >= first.element &&
               tag.element <= last.element && fits(groups, tag.group) && fits(elements, tag.element);
    }
};

struct Elements {
    std::unordered_map<std::uint32_t, DictionaryElement> exact;
    std::vector<Range> ranges;

    const DictionaryElement* find(Tag tag) const {
        const auto found = exact.find(tag.number());
        if (found != exact.end()) {
            return &found->second;
        }
        for (const Range& range : ranges) {
            if (range.contains(tag)) {
                return &range.element;
            }
        }
        return nullptr;
    }
};

} // namespace

class PrivateElements {
public:
    Elements elements;
};

namespace {

class Snapshot {
public:
    Snapshot() {
        auto& dictionary = dcmDataDict.wrlock(); // DCMTK's iterators could write
        for (auto at = dictionary.normalBegin(); at != dictionary.normalEnd(); ++at) {
            add(**at);
        }
        for (auto at = dictionary.repeatingBegin(); at != dictionary.repeatingEnd(); ++at) {
            add(**at);
        }
        dcmDataDict.wrunlock();
    }

    const DictionaryElement* find(Tag tag) const { return public_.find(tag); }
    const PrivateElements* find(std::string_view creator) const {
        const auto found = private_.find(creator);
        return found == private_.end() ? nullptr : &found->second;
    }

private:
    void add(const DcmDictEntry& entry) {
        const Tag first{entry.getGroup(), entry.getElement()};
        const char* const creator = entry.getPrivateCreator();
        if (creator == nullptr && first.is_private()) {
            return;
        }
        DictionaryElement element{vr_name(entry.getEVR()), {}};
        if (creator == nullptr) {
            const std::string_view keyword = official_keyword(entry.getTagName());
            element.keyword = keyword.empty() ? keyword : keywords_.emplace_back(keyword);
        }
        Elements& elements = creator == nullptr ? public_ : private_[creator].elements;
        if (!entry.isRepeating()) {
            elements.exact.emplace(first.number(), element);
            return;
        }
        elements.ranges.push_back({first, Tag{entry.getUpperGroup(), entry.getUpperElement()},
                                   entry.getGroupRangeRestriction(), entry.getElementRangeRestriction(),
                                   element});
    }

    Elements public_;
    std::map<std::string, PrivateElements, std::less<>> private_;
    std::deque<std::string> keywords_; ///< DCMTK may load its dictionary anew
};

const Snapshot& snapshot() {
    static const Snapshot taken;
    return taken;
}

} // namespace

const DictionaryElement* find_public_element(Tag tag) {
    return tag.is_private() ? nullptr : snapshot().find(tag);
}

const PrivateElements* find_private_creator(std::string_view creator) {
    return snapshot().find(creator);
}

std::string_view private_vr(const PrivateElements* elements, Tag tag) {
    if (elements == nullptr) {
        return "UN";
    }
    const DictionaryElement* found = elements->elements.find(tag);
    if (found == nullptr) {
        found =
            elements->elements.find(Tag{tag.group, static_cast<std::uint16_t>(tag.element & kWithinBlock)});
    }
    // A private element cannot be one of those that Pixel Representation decides.
    return found == nullptr ? "UN" : found->vr == "xs" ? "US" : found->vr;
}

} // namespace recog::dicom
