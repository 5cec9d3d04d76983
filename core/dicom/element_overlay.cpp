#include "core/dicom/element_overlay.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

/// What Event keeps of an element: the views it is told in end with the call.
struct KeptElement {
    Tag tag;
    std::string vr;
    std::string private_creator;
    ElementHead view() const { return {tag, vr, private_creator}; }
};

/// Hands everything on, and puts the recorded elements where their tags belong.
class Overlay final : public ModelSink {
public:
    Overlay(ModelSink& sink, const RecordedElements& more)
        : sink_(sink), next_(more.elements().begin()), end_(more.elements().end()) {}

    void begin_item(std::size_t number) override {
        ++depth_;
        sink_.begin_item(number);
    }
    void end_item() override {
        while (depth_ == 1 && next_ != end_) {
            tell_next();
        }
        --depth_;
        sink_.end_item();
    }
    void begin_element(const ElementHead& element) override {
        while (depth_ == 1 && next_ != end_ && next_->first < element.tag) {
            tell_next();
        }
        if (depth_ == 1 && next_ != end_ && next_->first == element.tag) {
            ++next_;
        }
        sink_.begin_element(element);
    }
    void end_element() override { sink_.end_element(); }
    void begin_items() override { sink_.begin_items(); }
    void end_items() override { sink_.end_items(); }
    void text(std::string_view vr, std::string_view utf8) override { sink_.text(vr, utf8); }
    void begin_values() override { sink_.begin_values(); }
    void end_values() override { sink_.end_values(); }
    void value(std::int64_t number) override { sink_.value(number); }
    void value(std::uint64_t number) override { sink_.value(number); }
    void value(float number) override { sink_.value(number); }
    void value(double number) override { sink_.value(number); }
    void value(Tag tag) override { sink_.value(tag); }
    void inline_binary(Bytes bytes) override { sink_.inline_binary(bytes); }
    void bulk_data(const BulkValue& bulk) override { sink_.bulk_data(bulk); }

private:
    void tell_next() {
        for (const RecordedElements::Event& event : next_->second) {
            event(sink_);
        }
        ++next_;
    }

    ModelSink& sink_;
    std::map<Tag, std::vector<RecordedElements::Event>>::const_iterator next_;
    std::map<Tag, std::vector<RecordedElements::Event>>::const_iterator end_;
    std::size_t depth_ = 0;
};

} // namespace

void RecordedElements::add(Event event) {
    if (open_ != nullptr) {
        open_->push_back(std::move(event));
    }
}

void RecordedElements::begin_item(std::size_t number) {
    if (++depth_ > 1) {
        add([number](ModelSink& sink) { sink.begin_item(number); });
    }
}

void RecordedElements::end_item() {
    if (--depth_ > 0) {
        add([](ModelSink& sink) { sink.end_item(); });
    }
}

// PS3.5 7.8.1: the low byte of a private tag is the element, the high byte a block that each data set gives
// out anew.
void RecordedElements::begin_element(const ElementHead& element) {
    KeptElement kept{element.tag, std::string(element.vr), std::string(element.private_creator)};
    if (depth_ == 1) {
        const auto wanted =
            std::find_if(wanted_.begin(), wanted_.end(), [&element](const WantedElement& one) {
                return one.private_creator.empty()
                           ? one.tag == element.tag && !element.tag.is_private()
                           : one.tag.group == element.tag.group && element.tag.element > 0x00FF &&
                                 (one.tag.element & 0x00FFU) == (element.tag.element & 0x00FFU) &&
                                 one.private_creator == element.private_creator;
            });
        if (wanted == wanted_.end()) {
            open_ = nullptr;
            return;
        }
        kept.tag = wanted->tag;
        if (!wanted->private_creator.empty()) {
            add_creator(wanted->tag, wanted->private_creator);
        }
        open_ = &elements_[kept.tag];
    }
    add([kept = std::move(kept)](ModelSink& sink) { sink.begin_element(kept.view()); });
}

void RecordedElements::add_creator(Tag tag, const std::string& creator) {
    const Tag place{tag.group, static_cast<std::uint16_t>(tag.element >> 8U)};
    elements_[place] = {[place](ModelSink& sink) {
                            sink.begin_element({place, "LO", {}});
                        },
                        [creator](ModelSink& sink) { sink.text("LO", creator); },
                        [](ModelSink& sink) { sink.end_element(); }};
}

void RecordedElements::end_element() {
    add([](ModelSink& sink) { sink.end_element(); });
    if (depth_ == 1) {
        open_ = nullptr;
    }
}

void RecordedElements::begin_items() {
    add([](ModelSink& sink) { sink.begin_items(); });
}

void RecordedElements::end_items() {
    add([](ModelSink& sink) { sink.end_items(); });
}

void RecordedElements::text(std::string_view vr, std::string_view utf8) {
    if (open_ != nullptr) {
        add([vr = std::string(vr), utf8 = std::string(utf8)](ModelSink& sink) { sink.text(vr, utf8); });
    }
}

void RecordedElements::begin_values() {
    add([](ModelSink& sink) { sink.begin_values(); });
}

void RecordedElements::end_values() {
    add([](ModelSink& sink) { sink.end_values(); });
}

void RecordedElements::inline_binary(Bytes bytes) {
    if (open_ != nullptr) {
        add([kept = std::vector<std::byte>(bytes.begin(), bytes.end())](ModelSink& sink) {
            sink.inline_binary(kept);
        });
    }
}

// Models say where bulk data is, not what: the value itself, which belongs to the file, is not kept.
void RecordedElements::bulk_data(const BulkValue& bulk) {
    if (open_ != nullptr) {
        add([path = std::string(bulk.path), tag = bulk.tag, vr = std::string(bulk.vr)](ModelSink& sink) {
            BulkValue kept;
            kept.path = path;
            kept.tag = tag;
            kept.vr = vr;
            sink.bulk_data(kept);
        });
    }
}

void tell_answer(ModelSink& sink, const AnswerView& answer, const RecordedElements& more) {
    Overlay overlay(sink, more);
    tell_answer(overlay, answer);
}

} // namespace recog::dicom
