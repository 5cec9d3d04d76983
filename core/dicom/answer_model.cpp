#include "core/dicom/answer_model.hpp"

#include "core/dicom/dataset_walk.hpp"
#include "core/dicom/dictionary.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

void tell_element(ModelSink& sink, const ElementHead& element, std::string_view utf8) {
    sink.begin_element(element);
    if (!utf8.empty() && element.vr != "SQ") {
        sink.text(element.vr, utf8);
    }
    sink.end_element();
}

void tell_items(ModelSink& sink, const SequenceItems& sequence) {
    sink.begin_element({sequence.tag, "SQ", {}});
    std::size_t number = 0;
    for (const AttributeSet& item : sequence.items) {
        if (++number == 1) {
            sink.begin_items();
        }
        sink.begin_item(number);
        for (const AttributeSet::Entry& entry : item.entries()) {
            tell_element(sink, {entry.tag, vr_of(entry.tag), {}}, entry.value);
        }
        sink.end_item();
    }
    if (number > 0) {
        sink.end_items();
    }
    sink.end_element();
}

std::string_view creator_of(Tag tag, std::span<const PrivateElement> elements) {
    const Tag creator{tag.group, static_cast<std::uint16_t>(tag.element >> 8U)};
    const auto found = std::find_if(elements.begin(), elements.end(),
                                    [&](const PrivateElement& own) { return own.tag == creator; });
    return found == elements.end() || tag.element < 0x0100 ? std::string_view()
                                                           : std::string_view(found->value);
}

} // namespace

void tell_answer(ModelSink& sink, const AnswerView& answer) {
    auto sequence = answer.sequences.begin();
    auto own = answer.private_elements.begin();
    const auto tell_up_to = [&](std::uint32_t tag_number) {
        while (sequence != answer.sequences.end() || own != answer.private_elements.end()) {
            const bool private_first = sequence == answer.sequences.end() ||
                                       (own != answer.private_elements.end() && own->tag < sequence->tag);
            const Tag tag = private_first ? own->tag : sequence->tag;
            if (tag.number() > tag_number) {
                return;
            }
            if (private_first) {
                tell_element(sink, {tag, own->vr, creator_of(tag, answer.private_elements)}, own->value);
                ++own;
            } else {
                tell_items(sink, *sequence);
                ++sequence;
            }
        }
    };
    const auto has_items = [&](Tag tag) {
        return std::any_of(answer.sequences.begin(), answer.sequences.end(),
                           [&](const SequenceItems& items) { return items.tag == tag; });
    };
    sink.begin_item(0);
    tell_element(sink, {tags::SpecificCharacterSet, "CS", {}}, kModelCharacterSet);
    for (const AttributeSet::Entry& entry : answer.attributes.entries()) {
        if (entry.tag == tags::SpecificCharacterSet || has_items(entry.tag)) {
            continue;
        }
        tell_up_to(entry.tag.number());
        tell_element(sink, {entry.tag, vr_of(entry.tag), {}}, entry.value);
    }
    tell_up_to(0xFFFFFFFFU);
    sink.end_item();
}

} // namespace recog::dicom
