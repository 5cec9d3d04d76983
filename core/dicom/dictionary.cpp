#include "core/dicom/dictionary.hpp"

#include "core/dicom/indexed_attributes.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dctag.h>

#include <algorithm>
#include <string>

namespace recog::dicom {

namespace {
constexpr std::size_t kMaxKeyword = 64; // PS3.6 5: keywords are at most 64 characters long
}

std::string_view vr_of(Tag tag) {
    if (const IndexedAttribute* indexed = find_indexed(tag); indexed != nullptr) {
        return indexed->vr;
    }
    if (tag.is_private()) {
        return tag.element >= 0x0010 && tag.element <= 0x00FF ? "LO" : "UN";
    }
    return DcmVR(DcmTag(tag.group, tag.element).getEVR()).getValidVRName();
}

std::optional<Tag> tag_of_keyword(std::string_view keyword) {
    const auto indexed = indexed_attributes();
    const auto own = std::find_if(indexed.begin(), indexed.end(), [&](const IndexedAttribute& attribute) {
        return attribute.keyword == keyword;
    });
    if (own != indexed.end()) {
        return own->tag;
    }
    if (keyword.empty() || keyword.size() > kMaxKeyword) {
        return std::nullopt;
    }
    std::optional<Tag> tag;
    const DcmDictEntry* entry = dcmDataDict.rdlock().findEntry(std::string(keyword).c_str());
    if (entry != nullptr && (entry->getGroup() & 1U) == 0) {
        tag = Tag{entry->getGroup(), entry->getElement()};
    }
    dcmDataDict.rdunlock();
    return tag;
}

} // namespace recog::dicom
