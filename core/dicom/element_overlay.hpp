// Some elements of a file told among those of a query answer: the index holds few attributes, and an asker
// may want others.
#pragma once

#include "core/dicom/answer_model.hpp"
#include "core/dicom/dataset_walk.hpp"

#include <functional>
#include <map>
#include <vector>

namespace recog::dicom {

struct WantedElement {
    Tag tag;
    std::string private_creator; ///< of a private element, whatever block the file gives it; else empty
};

/// Elements of the top level, ready to be told again. Copies what it is told. One thread.
class RecordedElements final : public ModelSink {
public:
    using Event = std::function<void(ModelSink&)>;

    /// Private elements are told under the tags that `wanted` states, with their creators.
    explicit RecordedElements(std::vector<WantedElement> wanted) : wanted_(std::move(wanted)) {}

    const std::map<Tag, std::vector<Event>>& elements() const { return elements_; }

    void begin_item(std::size_t number) override;
    void end_item() override;
    void begin_element(const ElementHead& element) override;
    void end_element() override;
    void begin_items() override;
    void end_items() override;
    void text(std::string_view vr, std::string_view utf8) override;
    void begin_values() override;
    void end_values() override;
    void value(std::int64_t number) override { add_value(number); }
    void value(std::uint64_t number) override { add_value(number); }
    void value(float number) override { add_value(number); }
    void value(double number) override { add_value(number); }
    void value(Tag tag) override { add_value(tag); }
    void inline_binary(Bytes bytes) override;
    void bulk_data(const BulkValue& bulk) override;

private:
    template <typename T> void add_value(T value) {
        add([value](ModelSink& sink) { sink.value(value); });
    }
    void add(Event event);
    void add_creator(Tag tag, const std::string& creator);

    std::vector<WantedElement> wanted_;
    std::map<Tag, std::vector<Event>> elements_;
    std::vector<Event>* open_ = nullptr; ///< of the element that is being recorded
    std::size_t depth_ = 0;              ///< items that are open
};

/// Tells `sink` one data set of both, in the order of tags; where both have an element the answer's stands.
void tell_answer(ModelSink& sink, const AnswerView& answer, const RecordedElements& more);

} // namespace recog::dicom
