#include "core/dicom/json_model.hpp"

#include "core/dicom/dictionary.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

void write_items(JsonWriter& out, const SequenceItems& sequence) {
    out.key(to_hex(sequence.tag));
    out.begin_object();
    out.member("vr", "SQ");
    if (!sequence.items.empty()) {
        out.key("Value");
        out.begin_array();
        for (const AttributeSet& item : sequence.items) {
            out.begin_object();
            for (const AttributeSet::Entry& entry : item.entries()) {
                write_element(out, entry.tag, vr_of(entry.tag), entry.value);
            }
            out.end_object();
        }
        out.end_array();
    }
    out.end_object();
}

} // namespace

void write_answer(JsonWriter& out, const AnswerView& answer) {
    auto sequence = answer.sequences.begin();
    auto own = answer.private_elements.begin();
    const auto write_up_to = [&](std::uint32_t tag_number) {
        while (sequence != answer.sequences.end() || own != answer.private_elements.end()) {
            const bool private_first = sequence == answer.sequences.end() ||
                                       (own != answer.private_elements.end() && own->tag < sequence->tag);
            const Tag tag = private_first ? own->tag : sequence->tag;
            if (tag.number() > tag_number) {
                return;
            }
            if (private_first) {
                write_element(out, own->tag, own->vr, own->value);
                ++own;
            } else {
                write_items(out, *sequence);
                ++sequence;
            }
        }
    };
    const auto has_items = [&](Tag tag) {
        return std::any_of(answer.sequences.begin(), answer.sequences.end(),
                           [&](const SequenceItems& items) { return items.tag == tag; });
    };
    out.begin_object();
    write_element(out, tags::SpecificCharacterSet, "CS", kJsonCharacterSet);
    for (const AttributeSet::Entry& entry : answer.attributes.entries()) {
        if (entry.tag == tags::SpecificCharacterSet || has_items(entry.tag)) {
            continue;
        }
        write_up_to(entry.tag.number());
        write_element(out, entry.tag, vr_of(entry.tag), entry.value);
    }
    write_up_to(0xFFFFFFFFU);
    out.end_object();
}

} // namespace recog::dicom
