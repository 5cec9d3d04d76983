#include "core/service/find_answer.hpp"

#include "core/dicom/dictionary.hpp"
#include "core/dicom/private_dictionary.hpp"

#include <algorithm>

namespace recog::service {

namespace tags = dicom::tags;
namespace dictionary = dicom::recognition_dictionary;
using dicom::AttributeSet;
using dicom::CharacterSetEncoder;
using dicom::Level;
using dicom::Tag;

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kPreambleBytes = 128;

std::string_view level_name(Level level) {
    switch (level) {
    case Level::Patient:
        return "PATIENT";
    case Level::Study:
        return "STUDY";
    case Level::Series:
        return "SERIES";
    case Level::Instance:
        break;
    }
    return "IMAGE";
}

/// VRs of what stands in items, without asking DCMTK's dictionary, which has a lock.
std::string_view vr_in_item(Tag tag) {
    if (tag == tags::TypeOfPatientID) {
        return "CS";
    }
    if (tag == tags::CodeValue || tag == tags::CodingSchemeDesignator ||
        tag == tags::ScheduledProcedureStepID || tag == tags::RequestedProcedureID) {
        return "SH";
    }
    if (tag == tags::CodeMeaning || tag == tags::ScheduledProcedureStepDescription) {
        return "LO";
    }
    return dicom::vr_of(tag);
}

/// What other requests name this patient, study or procedure by: given whole and as it is, or not at all.
bool is_identifier(Tag tag) {
    return tag == tags::PatientID || tag == tags::IssuerOfPatientID || tag == tags::AccessionNumber ||
           tag == tags::StudyID || tag == tags::CodeValue || tag == tags::CodingSchemeDesignator ||
           tag == tags::ScheduledProcedureStepID || tag == tags::RequestedProcedureID;
}

/// PS3.5 6.2: characters in one value; 0 for VRs that are given as stored.
std::size_t most_characters(std::string_view vr) {
    return vr == "SH" ? 16 : vr == "LO" ? 64 : vr == "ST" ? 1024 : vr == "LT" ? 10240 : 0;
}

std::size_t prefix_of(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (begins && characters-- == 0) {
            break;
        }
    }
    return at;
}

bool is_within(std::string_view text, std::size_t characters) {
    return text.size() <= characters || prefix_of(text, characters) == text.size();
}

/// Each value of at most as many characters.
std::string cut_values(std::string_view text, std::string_view vr, std::size_t characters) {
    if (vr == "ST" || vr == "LT") {
        return std::string(text.substr(0, prefix_of(text, characters)));
    }
    std::string cut;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\\', begin), text.size());
        const std::string_view value = text.substr(begin, end - begin);
        cut += begin > 0 ? "\\" : "";
        cut += value.substr(0, prefix_of(value, characters));
        begin = end + 1;
    }
    return cut;
}

/// A name without the component groups (PS3.5 6.2.1) that the set has no characters for; empty when none is
/// left, or when there are several names.
std::string writable_groups(std::string_view name, CharacterSetEncoder& encoder) {
    std::string kept;
    std::string scratch;
    if (name.find('\\') != std::string_view::npos) {
        return {};
    }
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('=', begin), name.size());
        const std::string_view group = name.substr(begin, end - begin);
        kept += begin > 0 ? "=" : "";
        kept += encoder.encode(group, "PN", scratch) ? group : std::string_view();
        begin = end + 1;
    }
    kept.erase(kept.find_last_not_of('=') + 1);
    return kept;
}

} // namespace

FindAnswerWriter::FindAnswerWriter(const PriorQuery& query, std::string retrieve_aet,
                                   const AnswerEncoding& encoding)
    : query_(query), retrieve_aet_(std::move(retrieve_aet)),
      encoding_(dicom::encoding_of(encoding.transfer_syntax)), writer_(encoding_) {
    const bool wanted = !encoding.fixed_character_set.empty();
    preferred_ = CharacterSetEncoder::for_terms(wanted ? encoding.fixed_character_set
                                                       : encoding.request_character_set);
    fixed_ = wanted && preferred_;
}

void FindAnswerWriter::collect_key(Tag tag, const PriorAnswer& answer) {
    const dicom::IndexedAttribute* attribute = dicom::find_indexed(tag);
    if (attribute == nullptr || attribute->level > query_.level) {
        return;
    }
    if (tag == tags::OtherPatientIDsSequence) {
        if (answer.other_patient_ids.empty()) {
            elements_.push_back({tag, "SQ", {}, {}});
        }
    } else if (attribute->vr == "SQ") {
        auto items = dicom::decode_items(answer.attributes.get(tag));
        elements_.push_back({tag, "SQ", {}, items ? *std::move(items) : std::vector<AttributeSet>()});
    } else {
        elements_.push_back({tag, attribute->vr, answer.attributes.get(tag), {}});
    }
}

void FindAnswerWriter::collect_recognition(const PriorAnswer& answer) {
    recognition_ = recognition_elements(query_, answer);
    if (!answer.verdict) {
        return;
    }
    elements_.push_back({dictionary::creator_tag, "LO", dictionary::creator, {}});
    for (const RecognitionElement& element : recognition_) {
        elements_.push_back({element.tag, element.vr, element.value, {}});
    }
}

/// The elements of the answer in the order of their tags, but for Specific Character Set.
void FindAnswerWriter::collect(const PriorAnswer& answer) {
    elements_.clear();
    elements_.push_back({tags::QueryRetrieveLevel, "CS", level_name(query_.level), {}});
    elements_.push_back({tags::RetrieveAETitle, "AE", retrieve_aet_, {}});
    for (const AttributeSet::Entry& key : query_.keys.entries()) {
        collect_key(key.tag, answer);
    }
    if (!answer.other_patient_ids.empty()) {
        elements_.push_back({tags::OtherPatientIDsSequence, "SQ", {}, other_patient_id_items(answer)});
    }
    collect_recognition(answer);
    std::sort(elements_.begin(), elements_.end(),
              [](const Element& left, const Element& right) { return left.tag < right.tag; });
}

/// False when a character has no place, and may not be replaced.
bool FindAnswerWriter::write_text(Tag tag, std::string_view vr, std::string_view value,
                                  CharacterSetEncoder& encoder, bool replacing) {
    if (dicom::is_binary_number(vr)) {
        writer_.numbers(tag, vr, value);
        return true;
    }
    std::string cut;
    const std::size_t most = is_identifier(tag) ? 0 : most_characters(vr);
    if (most != 0 && !is_within(value, most)) {
        cut = cut_values(value, vr, most);
        value = cut;
    }
    value_.clear();
    if (!encoder.encode(value, vr, value_)) {
        if (!replacing || is_identifier(tag)) {
            return false;
        }
        const std::string name = vr == "PN" ? writable_groups(value, encoder) : std::string();
        replaced_here_ = !encoder.encode_replacing(name.empty() ? value : name, vr, value_) || replaced_here_;
    }
    writer_.text(tag, vr, value_);
    return true;
}

bool FindAnswerWriter::write_element(const Element& element, CharacterSetEncoder& encoder, bool replacing) {
    if (element.vr != "SQ") {
        return write_text(element.tag, element.vr, element.value, encoder, replacing);
    }
    const std::size_t sequence = writer_.begin_sequence(element.tag);
    for (const AttributeSet& one : element.items) {
        const std::size_t item = writer_.begin_item();
        for (const AttributeSet::Entry& entry : one.entries()) {
            if (!write_text(entry.tag, vr_in_item(entry.tag), entry.value, encoder, replacing)) {
                return false;
            }
        }
        writer_.end(item);
    }
    writer_.end(sequence);
    return true;
}

bool FindAnswerWriter::write_elements(CharacterSetEncoder& encoder, bool replacing) {
    writer_.clear();
    replaced_here_ = false;
    if (!encoder.terms().empty()) {
        writer_.text(tags::SpecificCharacterSet, "CS", encoder.terms());
    }
    return std::all_of(elements_.begin(), elements_.end(),
                       [&](const Element& element) { return write_element(element, encoder, replacing); });
}

std::string_view FindAnswerWriter::write(const PriorAnswer& answer) {
    collect(answer);
    const bool written = preferred_ && write_elements(*preferred_, fixed_);
    if (!written) {
        write_elements(utf8_, false);
    }
    replaced_ += written && replaced_here_ ? 1 : 0;
    if (!encoding_.deflated) {
        return writer_.bytes();
    }
    deflated_ = dicom::deflate_dataset(writer_.bytes());
    return deflated_;
}

std::string find_answer_part10(const PriorQuery& query, const PriorAnswer& answer,
                               const std::string& retrieve_aet) {
    // An Identifier has no SOP class, so the meta information names the transfer syntax alone.
    static constexpr std::string_view kMeta = "DICM\x02\x00\x00\x00UL\x04\x00\x1C\x00\x00\x00"
                                              "\x02\x00\x10\x00UI\x14\x00"
                                              "1.2.840.10008.1.2.1\x00"sv;
    FindAnswerWriter writer(query, retrieve_aet,
                            {.transfer_syntax = dicom::transfer_syntax::ExplicitVRLittleEndian,
                             .fixed_character_set = "ISO_IR 192"});
    std::string file(kPreambleBytes, '\0');
    file += kMeta;
    file += writer.write(answer);
    return file;
}

} // namespace recog::service
