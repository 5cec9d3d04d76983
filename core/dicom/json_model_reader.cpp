#include "core/dicom/json_model_reader.hpp"

#include "core/base/base64.hpp"
#include "core/dicom/dictionary.hpp"

#include <nlohmann/json.hpp>

namespace recog::dicom {

namespace {

// Braces and brackets: four for each sequence, and some for what is passed over.
constexpr std::size_t kMaxDepth = 512;

/// An element being read. Items and other values are told apart when the VR is known, for it may come last.
struct OpenElement {
    ModelElement element;
    std::size_t values = 0;        ///< of all kinds
    std::size_t empty_objects = 0; ///< "{}": an item without elements, or a name without groups
    std::size_t full_items = 0;
};

class Handler {
public:
    using json = nlohmann::json;

    Handler(const ModelLimits& limits, const TakeModel& take) : limits_(limits), take_(take) {}

    Status status() const { return broken_; }
    bool stopped() const { return stopped_; }

    // The names below are those that nlohmann::json::sax_parse calls.
    bool null() { return scalar({}); }
    bool boolean(bool value) { return scalar(value ? "true" : "false"); }
    bool number_integer(json::number_integer_t value) { return scalar(std::to_string(value)); }
    bool number_unsigned(json::number_unsigned_t value) { return scalar(std::to_string(value)); }
    bool number_float(json::number_float_t, const std::string& digits) { return scalar(digits); }
    bool string(std::string& value) { return scalar(value); }
    bool binary(json::binary_t&) { return false; }
    bool start_object(std::size_t);
    bool key(std::string& name);
    bool end_object();
    bool start_array(std::size_t);
    bool end_array();
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
        return break_off("the text is no JSON");
    }

private:
    enum class In { Instances, Dataset, Element, Values, Object, Name, PassedOver };

    bool break_off(const char* text) {
        broken_ = error(ErrorKind::Malformed, text);
        return false;
    }
    bool fail(ErrorKind kind, const char* text) {
        if (dataset_status_) {
            dataset_status_ = error(kind, text);
        }
        return true;
    }
    bool malformed(const char* text) { return fail(ErrorKind::Malformed, text); }
    /// A member or value that has no place in the model.
    bool pass_over() {
        places_.push_back(In::PassedOver);
        return places_.size() <= kMaxDepth || break_off("the JSON nests too deep");
    }
    bool push(In place) {
        places_.push_back(place);
        return places_.size() <= kMaxDepth || break_off("the JSON nests too deep");
    }
    bool scalar(std::string_view text);
    bool member(std::string_view text);
    void add_value(std::string_view text);
    bool begin_dataset();
    bool end_dataset();
    bool end_element();
    bool element_key(const std::string& name);

    const ModelLimits& limits_;
    const TakeModel& take_;
    std::vector<In> places_;
    std::vector<ModelDataset> datasets_;
    std::vector<OpenElement> elements_;
    std::vector<std::string> keys_; ///< of each open object
    std::string groups_[3];
    std::size_t element_count_ = 0;
    Status dataset_status_; ///< of the one being read: the first of its failures
    Status broken_;
    bool stopped_ = false;
};

bool Handler::begin_dataset() {
    if (datasets_.size() > limits_.nesting) {
        fail(ErrorKind::TooLarge, "the data set nests its sequences too deep");
        return pass_over();
    }
    datasets_.emplace_back();
    return push(In::Dataset);
}

bool Handler::start_object(std::size_t) {
    keys_.emplace_back();
    if (places_.empty() || places_.back() == In::Instances) {
        element_count_ = 0;
        dataset_status_ = Status();
        return begin_dataset();
    }
    switch (places_.back()) {
    case In::Dataset:
        if (++element_count_ > limits_.elements) {
            fail(ErrorKind::TooLarge, "the data set holds too many elements");
            return pass_over();
        }
        elements_.emplace_back();
        if (const auto tag = parse_hex_tag(keys_[keys_.size() - 2])) {
            elements_.back().element.tag = *tag;
        } else {
            malformed("an attribute's name is no tag");
        }
        return push(In::Element);
    case In::Values:
        return push(In::Object);
    case In::Element:
    case In::Name:
        malformed("an attribute is not formed as the model says");
        return pass_over();
    default:
        return pass_over();
    }
}

bool Handler::element_key(const std::string& name) {
    if (places_.back() != In::Object) {
        return true;
    }
    // What the object is shows in the name of its first member.
    if (parse_hex_tag(name)) {
        places_.pop_back();
        return begin_dataset();
    }
    if (name == "Alphabetic" || name == "Ideographic" || name == "Phonetic") {
        for (std::string& group : groups_) {
            group.clear();
        }
        places_.back() = In::Name;
        return true;
    }
    malformed("a value is an object that is neither an item nor a name");
    places_.back() = In::PassedOver;
    return true;
}

bool Handler::key(std::string& name) {
    keys_.back() = name;
    return element_key(name);
}

bool Handler::end_dataset() {
    ModelDataset dataset = std::move(datasets_.back());
    datasets_.pop_back();
    if (const Status sorted = sort_elements(dataset); !sorted && dataset_status_) {
        dataset_status_ = sorted;
    }
    if (!datasets_.empty()) {
        OpenElement& holder = elements_.back();
        holder.element.items.push_back(std::move(dataset));
        ++holder.values;
        ++holder.full_items;
        return true;
    }
    stopped_ = !take_(dataset_status_ ? Result<ModelDataset>(std::move(dataset))
                                      : Result<ModelDataset>(dataset_status_.failure()));
    return !stopped_;
}

bool Handler::end_element() {
    OpenElement open = std::move(elements_.back());
    elements_.pop_back();
    ModelElement& element = open.element;
    if (element.vr.empty()) {
        element.vr = vr_of(element.tag);
    }
    const bool sequence = element.vr == "SQ";
    if (sequence) {
        element.text.clear();
    } else if (open.full_items == 0) {
        element.items.clear();
    }
    const std::size_t scalars = open.values - open.full_items - (sequence ? open.empty_objects : 0);
    if (const Status complete = complete_element(element, scalars); !complete && dataset_status_) {
        dataset_status_ = complete;
    }
    datasets_.back().elements.push_back(std::move(element));
    return true;
}

bool Handler::end_object() {
    const In place = places_.back();
    places_.pop_back();
    keys_.pop_back();
    switch (place) {
    case In::Dataset:
        return end_dataset();
    case In::Element:
        return end_element();
    case In::Object:
        ++elements_.back().empty_objects;
        elements_.back().element.items.emplace_back();
        add_value({});
        return true;
    case In::Name: {
        std::string name = groups_[0] + "=" + groups_[1] + "=" + groups_[2];
        name.resize(name.find_last_not_of('=') + 1);
        add_value(name);
        return true;
    }
    default:
        return true;
    }
}

bool Handler::start_array(std::size_t) {
    if (places_.empty()) {
        return push(In::Instances);
    }
    if (places_.back() == In::Instances) {
        return break_off("the JSON is no array of data sets");
    }
    if (places_.back() == In::Element && keys_.back() == "Value") {
        return push(In::Values);
    }
    if (places_.back() == In::Dataset || places_.back() == In::Values || places_.back() == In::Name) {
        malformed("an attribute is not formed as the model says");
    }
    return pass_over();
}

bool Handler::end_array() {
    places_.pop_back();
    return true;
}

void Handler::add_value(std::string_view text) {
    OpenElement& open = elements_.back();
    if (open.values++ > 0) {
        open.element.text += '\\';
    }
    open.element.text += text;
}

bool Handler::member(std::string_view text) {
    ModelElement& element = elements_.back().element;
    const std::string& name = keys_.back();
    if (name == "vr") {
        element.vr = text;
    } else if (name == "BulkDataURI") {
        element.bulk_data_uri = text;
    } else if (name == "InlineBinary") {
        element.binary = decode_base64(text, Base64Form::Lenient);
        return element.binary || malformed("inline binary data is no base64");
    } else if (name == "Value" && !text.empty()) {
        malformed("an attribute's values are no array");
    }
    return true;
}

bool Handler::scalar(std::string_view text) {
    if (places_.empty() || places_.back() == In::Instances) {
        return break_off("the JSON is no array of data sets");
    }
    switch (places_.back()) {
    case In::Dataset:
        return malformed("an attribute is not formed as the model says");
    case In::Element:
        return member(text);
    case In::Values:
        add_value(text);
        return true;
    case In::Name:
        groups_[keys_.back() == "Alphabetic" ? 0 : keys_.back() == "Ideographic" ? 1 : 2] = text;
        return true;
    default:
        return true;
    }
}

} // namespace

Status read_json_model(std::string_view json, const ModelLimits& limits, const TakeModel& take) {
    Handler handler(limits, take);
    const bool parsed = nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
    if (parsed || handler.stopped() || !handler.status()) {
        return handler.status();
    }
    return error(ErrorKind::Malformed, "the text is no JSON");
}

} // namespace recog::dicom
