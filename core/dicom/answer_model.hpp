// What a QIDO-RS answer is made of, told to a ModelSink.
#pragma once

#include "core/dicom/attribute_set.hpp"
#include "core/dicom/model_sink.hpp"

#include <span>
#include <string>
#include <vector>

namespace recog::dicom {

struct SequenceItems {
    Tag tag;
    std::vector<AttributeSet> items;
};
struct PrivateElement {
    Tag tag;
    std::string vr;
    std::string value; ///< UTF-8, values split by '\'
};

/// Only borrowed. All three lists must be sorted by tag.
struct AnswerView {
    const AttributeSet& attributes;
    std::span<const SequenceItems> sequences;
    std::span<const PrivateElement> private_elements; ///< with their creator (gggg,00bb) LO
};

/// One data set in tag order. Attributes with VR SQ in `attributes` are empty sequences unless `sequences`
/// holds them. (0008,0005) ISO_IR 192 is added.
void tell_answer(ModelSink& sink, const AnswerView& answer);

} // namespace recog::dicom
