// The part of CoercedDataset that writes what the copy says of its original.
#include "core/dicom/coerced_dataset.hpp"
#include "core/dicom/padding.hpp"

#include <algorithm>
#include <tuple>

namespace recog::dicom {

namespace {

constexpr std::string_view kReason = "COERCE"; // PS3.3 C.12.1.1.9, defined term
constexpr std::string_view kTypeOfNumber = "TEXT";

} // namespace

/// The items of a sequence as they are to be in the copy, before one is appended.
Result<StoredItems> CoercedDataset::items_now(Tag tag) const {
    const TopElement* const top = top_.find(tag);
    if (top == nullptr) {
        StoredItems none;
        none.encoding = encoding_;
        return none;
    }
    const auto place = top_.place(*top);
    const auto converted = converted_.find(place);
    return read_stored_items(converted == converted_.end() ? top_.whole(*top)
                                                           : std::as_bytes(std::span(converted->second)),
                             encoding_, limits_);
}

/// The item for the original number.
Result<std::string> CoercedDataset::other_id_elements(Encoding encoding) const {
    const ElementEncoder writer(encoding);
    const auto kept = [this](Tag tag, const std::string& value) {
        // Unless text is converted, all bytes of the file go on meaning what they mean in it.
        const std::string_view raw = top_.value(tag);
        return set_.convert ? encoded(value) : std::string(without_padding(raw.substr(0, raw.find('\0'))));
    };
    std::string out;
    Status done = writer.text(out, tags::PatientID, "LO", kept(tags::PatientID, id_));
    if (done && !issuer_.empty()) {
        done = writer.text(out, tags::IssuerOfPatientID, "LO", kept(tags::IssuerOfPatientID, issuer_));
    }
    if (done) {
        done = writer.text(out, tags::TypeOfPatientID, "CS", kTypeOfNumber);
    }
    if (!done) {
        return done.failure();
    }
    const TopElement* const qualifiers = top_.find(tags::IssuerOfPatientIDQualifiersSequence);
    if (qualifiers != nullptr && encoding.explicit_vr == encoding_.explicit_vr) {
        auto reencoder = reencoder_to(set_.target);
        const auto text = set_.convert ? reencoder.element(qualifiers->element, qualifiers->next, encoding_)
                                       : TextReencoder::Reencoded();
        if (!text) {
            return text.failure();
        }
        out += text->changed ? text->bytes : std::string(text_of(top_.whole(*qualifiers)));
    }
    return out;
}

/// Whether the sequence lists the original number already.
bool CoercedDataset::lists_original(const StoredItems& ids) const {
    return std::any_of(ids.items.begin(), ids.items.end(), [&](const ItemElements& item) {
        const std::string_view own = item.value(tags::SpecificCharacterSet, ids.encoding);
        auto decoder = CharacterSetDecoder::for_terms(without_padding(own).empty() ? terms_ : own,
                                                      record_.undeclared_set);
        return value_read(item.value(tags::PatientID, ids.encoding), "LO", decoder) == id_ &&
               value_read(item.value(tags::IssuerOfPatientID, ids.encoding), "LO", decoder) == issuer_;
    });
}

Status CoercedDataset::write_other_ids() {
    const bool says_nothing = id_.empty() || (id_ == patient_.patient_id && issuer_.empty());
    if (!identity_changes_ || says_nothing) {
        return {};
    }
    if (const TopElement* const top = top_.find(tags::OtherPatientIDsSequence)) {
        const auto before = read_stored_items(top_.whole(*top), encoding_, limits_);
        if (!before) {
            return before.failure();
        }
        if (lists_original(*before)) {
            return {};
        }
    }
    return append(tags::OtherPatientIDsSequence,
                  [this](Encoding encoding) { return other_id_elements(encoding); });
}

Status CoercedDataset::write_originals() {
    return append(tags::OriginalAttributesSequence, [this](Encoding encoding) -> Result<std::string> {
        const ElementEncoder writer(encoding);
        const auto originals = original_elements(encoding);
        if (!originals) {
            return originals.failure();
        }
        std::string item;
        std::string out;
        Status done = writer.item(item, *originals);
        if (done) {
            done = writer.sequence(out, tags::ModifiedAttributesSequence, item);
        }
        const std::tuple<Tag, std::string_view, std::string> rows[] = {
            {tags::AttributeModificationDateTime, "DT", record_.date_time},
            {tags::ModifyingSystem, "LO", encoded(record_.modifying_system)},
            {tags::SourceOfPreviousValues, "LO", encoded(record_.source)},
            {tags::ReasonForTheAttributeModification, "CS", std::string(kReason)}};
        for (const auto& [tag, vr, value] : rows) {
            done = done ? writer.text(out, tag, vr, value) : done;
        }
        return done ? Result<std::string>(out) : done.failure();
    });
}

Status CoercedDataset::append(Tag tag, const std::function<Result<std::string>(Encoding)>& elements) {
    const auto before = items_now(tag);
    if (!before) {
        return before.failure();
    }
    const auto item = elements(before->encoding);
    if (!item) {
        return item.failure();
    }
    auto sequence = with_item(*before, tag, *item, encoding_);
    if (!sequence) {
        return sequence.failure();
    }
    written_[tag] = *std::move(sequence);
    return {};
}

/// An element as it stood, into an item that is in `encoding`; without a value when it was not there.
Status CoercedDataset::add_original(Originals& originals, Tag tag, Encoding encoding) const {
    const ElementEncoder writer(encoding);
    const TopElement* const top = top_.find(tag);
    if (top == nullptr) {
        const std::string_view vr = tag == tags::PatientName            ? "PN"
                                    : tag == tags::SpecificCharacterSet ? "CS"
                                                                        : "LO";
        return originals.contains(tag) ? Status() : writer.text(originals[tag], tag, vr, {});
    }
    if (encoding.explicit_vr == encoding_.explicit_vr) {
        originals[tag] = text_of(top_.whole(*top));
        return {};
    }
    // Inside a sequence that came as UN. Sequences would have to be encoded anew and are left out.
    if (!top->element.undefined() && !top->element.has_vr("SQ")) {
        originals[tag].clear();
        return writer.text(originals[tag], tag, "UN", top_.value(tag));
    }
    return {};
}

/// What Modified Attributes Sequence holds: all that was replaced (PS3.3 C.12.1.1.9). The item declares the
/// character set that the file had, so its values keep their bytes.
Result<std::string> CoercedDataset::original_elements(Encoding encoding) const {
    std::vector<Tag> wanted = damaged_;
    const auto want_if = [&wanted](bool condition, Tag tag) {
        if (condition) {
            wanted.push_back(tag);
        }
    };
    const auto had = [this](Tag tag) { return top_.has(tag); };
    want_if(set_.redeclare && (had(tags::SpecificCharacterSet) || set_.convert), tags::SpecificCharacterSet);
    want_if(name_changes_, tags::PatientName);
    // The issuer also when there was none: it says whose number the original was.
    want_if(identity_changes_, tags::PatientID);
    want_if(identity_changes_, tags::IssuerOfPatientID);
    want_if(identity_changes_ && had(tags::IssuerOfPatientIDQualifiersSequence),
            tags::IssuerOfPatientIDQualifiersSequence);
    want_if(written_.contains(tags::OtherPatientIDsSequence) && had(tags::OtherPatientIDsSequence),
            tags::OtherPatientIDsSequence);
    for (const Tag tag : damaged_) {
        // A private element means nothing without its creator.
        const Tag creator{tag.group, static_cast<std::uint16_t>(tag.element >> 8U)};
        want_if(tag.is_private() && tag.element >= 0x1000 && had(creator), creator);
    }
    Originals originals;
    for (const Tag tag : wanted) {
        if (tag == tags::OriginalAttributesSequence) {
            continue; // it would hold itself
        }
        if (const Status added = add_original(originals, tag, encoding); !added) {
            return added.failure();
        }
    }
    std::string out;
    for (const auto& [tag, bytes] : originals) {
        out += bytes;
    }
    return out;
}

} // namespace recog::dicom
