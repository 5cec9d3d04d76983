#include "core/dicom/coerced_dataset.hpp"

#include <algorithm>
#include <tuple>

namespace recog::dicom {

namespace {

/// PS3.5 7.2: lengths of groups, and of the rest of the file, are retired; and they would be wrong.
bool is_stated_length(Tag tag) {
    return tag.element == 0 || tag == tags::LengthToEnd;
}

bool is_of_patient(Tag tag) {
    return tag == tags::PatientName || tag == tags::PatientID || tag == tags::IssuerOfPatientID ||
           tag == tags::IssuerOfPatientIDQualifiersSequence || tag == tags::SpecificCharacterSet;
}

} // namespace

std::string value_read(std::string_view raw, std::string_view vr, CharacterSetDecoder& decoder) {
    std::string value = decoder.decode(raw.substr(0, raw.find('\0')), vr);
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    return value;
}

Result<bool> CoercedDataset::prepare() {
    if (const Status scanned = top_.scan(dataset_.begin, limits_); !scanned) {
        return scanned.failure();
    }
    for (const Tag tag :
         {tags::PatientName, tags::PatientID, tags::IssuerOfPatientID, tags::SpecificCharacterSet}) {
        if (const TopElement* top = top_.find(tag); top != nullptr && top->element.undefined()) {
            return error(ErrorKind::Malformed, "a value of the patient has an undefined length");
        }
    }
    read_current();
    if (!identity_changes_ && !name_changes_) {
        return false;
    }
    for (const auto step : {&CoercedDataset::choose_set, &CoercedDataset::convert_text,
                            &CoercedDataset::write_patient, &CoercedDataset::write_qualifiers,
                            &CoercedDataset::write_other_ids, &CoercedDataset::write_originals}) {
        if (const Status done = (this->*step)(); !done) {
            return done.failure();
        }
    }
    return true;
}

void CoercedDataset::read_current() {
    terms_ = top_.value(tags::SpecificCharacterSet);
    auto decoder = CharacterSetDecoder::for_terms(terms_, record_.undeclared_set);
    id_ = value_read(top_.value(tags::PatientID), "LO", decoder);
    issuer_ = value_read(top_.value(tags::IssuerOfPatientID), "LO", decoder);
    name_ = value_read(top_.value(tags::PatientName), "PN", decoder);
    identity_changes_ = id_ != patient_.patient_id || issuer_ != patient_.issuer;
    name_changes_ = !patient_.name.empty() && name_ != patient_.name;
}

/// Whether the copy does not have what the file says under this tag.
bool CoercedDataset::is_replaced(Tag tag) const {
    if (tag == tags::PatientName) {
        return name_changes_;
    }
    return tag == tags::SpecificCharacterSet ||
           (identity_changes_ && (tag == tags::PatientID || tag == tags::IssuerOfPatientID ||
                                  tag == tags::IssuerOfPatientIDQualifiersSequence));
}

TextReencoder CoercedDataset::reencoder_to(const std::string& target) const {
    return {dataset_.bytes, terms_, record_.undeclared_set, target, limits_};
}

Result<bool> CoercedDataset::keeps_its_bytes(const std::string& target) {
    TextReencoder reencoder = reencoder_to(target);
    for (const TopElement& top : top_.all()) {
        if (is_replaced(top.element.tag) || !TextReencoder::may_hold_text(top.element)) {
            continue;
        }
        const auto reencoded = reencoder.element(top.element, top.next, encoding_);
        if (!reencoded) {
            return reencoded.failure();
        }
        if (reencoded->changed || reencoded->lossy) {
            return false;
        }
    }
    return true;
}

Status CoercedDataset::choose_set() {
    const std::vector<std::string_view> values{
        patient_.patient_id,          patient_.issuer,          patient_.name,
        patient_.universal_entity_id, record_.modifying_system, record_.source};
    auto chosen = choose_character_set(terms_, record_.undeclared_set, values,
                                       [this](const std::string& target) { return keeps_its_bytes(target); });
    if (!chosen) {
        return chosen.failure();
    }
    set_ = *std::move(chosen);
    return set_.redeclare ? write(tags::SpecificCharacterSet, "CS", set_.declared) : Status();
}

Status CoercedDataset::convert_text() {
    if (!set_.convert) {
        return {};
    }
    TextReencoder reencoder = reencoder_to(set_.target);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < top_.all().size(); ++i) {
        const TopElement& top = top_.all()[i];
        if (is_replaced(top.element.tag) || !TextReencoder::may_hold_text(top.element)) {
            continue;
        }
        auto reencoded = reencoder.element(top.element, top.next, encoding_);
        if (!reencoded) {
            return reencoded.failure();
        }
        if (!reencoded->changed) {
            continue;
        }
        bytes += reencoded->bytes.size();
        if (bytes > limits_.header_bytes) {
            return error(ErrorKind::TooLarge, "the text of the data set is too long to be converted");
        }
        converted_.emplace(i, std::move(reencoded->bytes));
        if (reencoded->lossy) {
            damaged_.push_back(top.element.tag);
        }
    }
    return {};
}

std::string CoercedDataset::encoded(std::string_view value) const {
    // What has no place in the set was checked before; the rest is ASCII under any term.
    return encode(value, set_.target).value_or(std::string(value));
}

Status CoercedDataset::write(Tag tag, std::string_view vr, std::string_view value) {
    return writer_.text(written_[tag], tag, vr, value);
}

Status CoercedDataset::write_patient() {
    if (name_changes_) {
        if (const Status done = write(tags::PatientName, "PN", encoded(patient_.name)); !done) {
            return done;
        }
    }
    if (!identity_changes_) {
        return {};
    }
    if (const Status done = write(tags::PatientID, "LO", encoded(patient_.patient_id)); !done) {
        return done;
    }
    if (patient_.issuer.empty()) {
        written_[tags::IssuerOfPatientID]; // the foreign issuer would make it another number
        return {};
    }
    return write(tags::IssuerOfPatientID, "LO", encoded(patient_.issuer));
}

Status CoercedDataset::write_qualifiers() {
    if (!identity_changes_) {
        return {};
    }
    std::string& out = written_[tags::IssuerOfPatientIDQualifiersSequence];
    if (patient_.universal_entity_id.empty()) {
        return {};
    }
    std::string elements;
    std::string item;
    for (const auto& [tag, vr, value] :
         {std::tuple{tags::UniversalEntityID, "UT", &patient_.universal_entity_id},
          std::tuple{tags::UniversalEntityIDType, "CS", &patient_.universal_entity_id_type}}) {
        if (const Status done = writer_.text(elements, tag, vr, encoded(*value)); !done) {
            return done;
        }
    }
    if (const Status done = writer_.item(item, elements); !done) {
        return done;
    }
    return writer_.sequence(out, tags::IssuerOfPatientIDQualifiersSequence, item);
}

Status CoercedDataset::add_to(FilePieces& pieces) {
    auto next_written = written_.begin();
    const auto write_up_to = [&](Tag tag) {
        for (; next_written != written_.end() && next_written->first <= tag; ++next_written) {
            pieces.add(next_written->second);
        }
    };
    for (std::size_t i = 0; i < top_.all().size(); ++i) {
        const TopElement& top = top_.all()[i];
        const Tag tag = top.element.tag;
        write_up_to(tag);
        // Further elements of one tag are against the rules, and might say another patient to other readers.
        if (is_stated_length(tag) || written_.contains(tag) || (is_of_patient(tag) && !top_.is_first(top))) {
            continue;
        }
        const auto converted = converted_.find(i);
        if (converted == converted_.end()) {
            pieces.add_run(top_.whole(top));
        } else {
            pieces.add(converted->second);
        }
        if (pieces.owned_bytes() > limits_.header_bytes) {
            return error(ErrorKind::TooLarge, "the copy of the data set holds too much that is new");
        }
    }
    write_up_to(Tag{0xFFFF, 0xFFFF});
    pieces.add_run(top_.rest());
    return {};
}

} // namespace recog::dicom
