#include "core/dicom/top_level_elements.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_encoder.hpp"
#include "core/dicom/sequence_items.hpp"

namespace recog::dicom {

Status TopLevelElements::scan(std::size_t at, const Part10Limits& limits) {
    ElementScanner scanner(bytes_, limits);
    const std::size_t end = bytes_.size();
    bool pixels = false;
    while (at < end) {
        const auto element = scanner.read(at, end, encoding_);
        pixels = pixels || (element && is_pixel_data(element->tag));
        // Some pad their files with zeros, without saying so in Data Set Trailing Padding.
        if (pixels && element && element->tag.group < tags::SpecificCharacterSet.group) {
            break;
        }
        const auto next =
            element ? scanner.skip(*element, end, encoding_, false) : Result<std::size_t>(element.failure());
        if (!next && pixels && next.failure().kind == ErrorKind::Malformed) {
            break;
        }
        if (!next) {
            return next.failure();
        }
        if (elements_.size() == kMaxTopLevelElements) {
            return error(ErrorKind::TooLarge, "the data set holds too many elements");
        }
        first_.emplace(element->tag, elements_.size());
        elements_.push_back({*element, *next});
        at = *next;
    }
    rest_ = bytes_.subspan(at);
    if (!pixels && !elements_.empty() && !is_closed(elements_.back())) {
        return error(ErrorKind::Malformed, "the last sequence of the data set is never closed");
    }
    return {};
}

const TopElement* TopLevelElements::find(Tag tag) const {
    const auto found = first_.find(tag);
    return found == first_.end() ? nullptr : &elements_[found->second];
}

Bytes TopLevelElements::whole(const TopElement& top) const {
    return bytes_.subspan(top.element.offset, top.next - top.element.offset);
}

std::string_view TopLevelElements::value(Tag tag) const {
    const TopElement* const top = find(tag);
    return top == nullptr || top->element.undefined()
               ? std::string_view()
               : text_of(bytes_.subspan(top->element.value, top->element.length));
}

bool TopLevelElements::is_closed(const TopElement& top) const {
    // Only the last element can end without its delimiter: nothing behind it would be found otherwise.
    if (!top.element.undefined() || top.element.offset + whole(top).size() < bytes_.size()) {
        return true;
    }
    const auto items = read_stored_items(whole(top), encoding_, Part10Limits());
    return items && items->closed;
}

} // namespace recog::dicom
