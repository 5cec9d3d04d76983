#include "core/dicom/dataset_model.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/dictionary.hpp"
#include "core/dicom/element_scanner.hpp"
#include "core/dicom/padding.hpp"

#include <algorithm>
#include <cstdint>

namespace recog::dicom {

namespace {

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

bool is_binary_vr(std::string_view vr) {
    return vr == "OB" || vr == "OW" || vr == "OD" || vr == "OF" || vr == "OL" || vr == "OV" || vr == "UN";
}

auto place_of(const std::vector<ModelElement>& elements, Tag tag) {
    return std::lower_bound(elements.begin(), elements.end(), tag,
                            [](const ModelElement& element, Tag wanted) { return element.tag < wanted; });
}

} // namespace

const ModelElement* ModelDataset::find(Tag tag) const {
    const auto at = place_of(elements, tag);
    return at != elements.end() && at->tag == tag ? &*at : nullptr;
}

std::string_view ModelDataset::text(Tag tag) const {
    const ModelElement* element = find(tag);
    return element != nullptr ? without_padding(element->text) : std::string_view();
}

void ModelDataset::set(Tag tag, std::string_view vr, std::string text) {
    ModelElement element;
    element.tag = tag;
    element.vr = vr;
    element.text = std::move(text);
    const auto at = elements.begin() + (place_of(elements, tag) - elements.cbegin());
    if (at != elements.end() && at->tag == tag) {
        *at = std::move(element);
    } else {
        elements.insert(at, std::move(element));
    }
}

Status sort_elements(ModelDataset& dataset) {
    const auto earlier = [](const ModelElement& left, const ModelElement& right) {
        return left.tag < right.tag;
    };
    if (!std::is_sorted(dataset.elements.begin(), dataset.elements.end(), earlier)) {
        std::sort(dataset.elements.begin(), dataset.elements.end(), earlier);
    }
    const auto twice = std::adjacent_find(
        dataset.elements.begin(), dataset.elements.end(),
        [](const ModelElement& left, const ModelElement& right) { return left.tag == right.tag; });
    return twice == dataset.elements.end() ? Status() : malformed("an attribute stands twice in a data set");
}

Status complete_element(ModelElement& element, std::size_t scalars) {
    if (element.vr.empty()) {
        element.vr = vr_of(element.tag);
    }
    if (element.vr.size() != 2 || !is_known_vr(element.vr[0], element.vr[1])) {
        return malformed("an attribute has a VR that does not exist");
    }
    // Some clients say UR and put the reference into the value: stored so, the pixels would be lost.
    if (is_pixel_data(element.tag) && !is_binary_vr(element.vr)) {
        return malformed("pixel data has a VR that it cannot have");
    }
    const bool sequence = element.vr == "SQ";
    const bool elsewhere = element.binary || element.bulk_data_uri;
    if (!sequence && !element.items.empty()) {
        return malformed("an attribute that is no sequence has items");
    }
    if (sequence && (scalars > 0 || elsewhere)) {
        return malformed("a sequence has values that are no items");
    }
    if (elsewhere && scalars > 0) {
        return malformed("an attribute has values and binary data at once");
    }
    if (element.binary && element.bulk_data_uri) {
        return malformed("an attribute has inline and bulk data at once");
    }
    if (is_binary_vr(element.vr) && !element.text.empty()) {
        return malformed("a binary attribute has values that are text");
    }
    return {};
}

} // namespace recog::dicom
