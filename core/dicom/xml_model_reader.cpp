#include "core/dicom/xml_model_reader.hpp"

#include "core/base/base64.hpp"

#include <expat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <set>

namespace recog::dicom {

namespace {

constexpr std::size_t kMaxDepth = 512;
constexpr std::size_t kFeedBytes = 1U << 20U; // expat counts in int
constexpr std::string_view kGroups[] = {"Alphabetic", "Ideographic", "Phonetic"};
constexpr std::string_view kComponents[] = {"FamilyName", "GivenName", "MiddleName", "NamePrefix",
                                            "NameSuffix"};

std::string_view attribute(const XML_Char** attributes, std::string_view name) {
    for (; *attributes != nullptr; attributes += 2) {
        if (name == attributes[0]) {
            return attributes[1];
        }
    }
    return {};
}

std::string_view local_name(std::string_view name) {
    return name.substr(name.find(':') + 1);
}

template <std::size_t Size>
std::optional<std::size_t> index_in(const std::string_view (&names)[Size], std::string_view name) {
    const auto at = std::find(std::begin(names), std::end(names), name);
    return at != std::end(names)
               ? std::optional<std::size_t>(static_cast<std::size_t>(at - std::begin(names)))
               : std::nullopt;
}

struct OpenElement {
    ModelElement element;
    std::string creator;
    std::size_t values = 0;
};

struct OpenDataset {
    ModelDataset dataset;
    std::map<std::pair<std::uint16_t, std::string>, std::uint16_t> creators; ///< (group, creator) -> block
    std::set<Tag> blocks;                                                    ///< (gggg,00bb) that are taken
};

class Handler {
public:
    Handler(XML_Parser parser, const ModelLimits& limits) : parser_(parser), limits_(limits) {
        XML_SetUserData(parser, this);
        XML_SetElementHandler(
            parser,
            [](void* self, const XML_Char* name, const XML_Char** attributes) {
                static_cast<Handler*>(self)->start(local_name(name), attributes);
            },
            [](void* self, const XML_Char*) { static_cast<Handler*>(self)->end(); });
        XML_SetCharacterDataHandler(parser, [](void* self, const XML_Char* text, int length) {
            static_cast<Handler*>(self)->text({text, static_cast<std::size_t>(length)});
        });
        XML_SetStartDoctypeDeclHandler(
            parser, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
                static_cast<Handler*>(self)->fail(ErrorKind::Malformed,
                                                  "the XML has a document type declaration");
            });
    }

    const Status& status() const { return status_; }
    /// After all has been parsed.
    Result<ModelDataset> take() {
        return read_ ? Result<ModelDataset>(std::move(datasets_.front().dataset))
                     : Result<ModelDataset>(error(ErrorKind::Malformed, "the XML is no NativeDicomModel"));
    }

private:
    enum class In { Model, Attribute, Value, Item, PersonName, Group, Component, InlineBinary, PassedOver };

    void fail(ErrorKind kind, const char* text) {
        if (status_) {
            status_ = error(kind, text);
            XML_StopParser(parser_, XML_FALSE);
        }
    }
    void malformed(const char* text) { fail(ErrorKind::Malformed, text); }
    void start(std::string_view name, const XML_Char** attributes);
    In start_inside(std::string_view name, const XML_Char** attributes);
    In start_attribute(const XML_Char** attributes);
    In start_in_attribute(std::string_view name, const XML_Char** attributes);
    void begin_value(const XML_Char** attributes);
    void end();
    void end_dataset(ModelDataset& dataset);
    void end_attribute();
    void end_name();
    void text(std::string_view piece);
    void place_private(OpenDataset& open, OpenElement& added);
    static std::uint16_t free_block(const OpenDataset& open, std::uint16_t group);

    XML_Parser parser_;
    const ModelLimits& limits_;
    std::vector<In> places_;
    std::vector<OpenDataset> datasets_{1}; ///< the data set itself, and the items open in it
    std::vector<OpenElement> elements_;
    std::array<std::array<std::string, 5>, 3> name_;
    std::size_t group_ = 0;
    std::size_t component_ = 0;
    std::string base64_;
    std::size_t element_count_ = 0;
    bool read_ = false;
    Status status_;
};

void Handler::start(std::string_view name, const XML_Char** attributes) {
    if (!status_) {
        return;
    }
    if (places_.size() == kMaxDepth) {
        fail(ErrorKind::TooLarge, "the XML nests too deep");
        return;
    }
    places_.push_back(start_inside(name, attributes));
}

Handler::In Handler::start_inside(std::string_view name, const XML_Char** attributes) {
    if (places_.empty()) {
        if (name != "NativeDicomModel") {
            malformed("the XML is no NativeDicomModel");
        }
        return In::Model;
    }
    switch (places_.back()) {
    case In::Model:
    case In::Item:
        return name == "DicomAttribute" ? start_attribute(attributes) : In::PassedOver;
    case In::Attribute:
        return start_in_attribute(name, attributes);
    case In::PersonName:
        if (const auto group = index_in(kGroups, name)) {
            group_ = *group;
            return In::Group;
        }
        return In::PassedOver;
    case In::Group:
        if (const auto component = index_in(kComponents, name)) {
            component_ = *component;
            return In::Component;
        }
        return In::PassedOver;
    default:
        return In::PassedOver;
    }
}

Handler::In Handler::start_attribute(const XML_Char** attributes) {
    const auto tag = parse_hex_tag(attribute(attributes, "tag"));
    if (!tag) {
        malformed("an attribute's tag is none");
        return In::PassedOver;
    }
    if (++element_count_ > limits_.elements) {
        fail(ErrorKind::TooLarge, "the data set holds too many elements");
        return In::PassedOver;
    }
    OpenElement open;
    open.element.tag = *tag;
    open.element.vr = attribute(attributes, "vr");
    open.creator = attribute(attributes, "privateCreator");
    elements_.push_back(std::move(open));
    return In::Attribute;
}

// Values that are empty may be left out: the numbers of the others tell.
void Handler::begin_value(const XML_Char** attributes) {
    OpenElement& open = elements_.back();
    const std::string_view number = attribute(attributes, "number");
    std::size_t place = open.values + 1;
    if (!number.empty()) {
        const auto parsed = std::from_chars(number.data(), number.data() + number.size(), place);
        if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || place <= open.values ||
            place - open.values > kMaxSkippedValues) {
            malformed("the values of an attribute are not numbered as they should");
            return;
        }
    }
    open.element.text.append(place - open.values - (open.values == 0 ? 1 : 0), '\\');
    open.values = place;
}

Handler::In Handler::start_in_attribute(std::string_view name, const XML_Char** attributes) {
    if (name == "Value") {
        begin_value(attributes);
        return In::Value;
    }
    if (name == "Item") {
        if (datasets_.size() > limits_.nesting) {
            fail(ErrorKind::TooLarge, "the data set nests its sequences too deep");
            return In::PassedOver;
        }
        datasets_.emplace_back();
        return In::Item;
    }
    if (name == "PersonName") {
        begin_value(attributes);
        name_ = {};
        return In::PersonName;
    }
    if (name == "InlineBinary") {
        base64_.clear();
        return In::InlineBinary;
    }
    if (name == "BulkData") {
        const std::string_view uri = attribute(attributes, "uri");
        elements_.back().element.bulk_data_uri = uri.empty() ? attribute(attributes, "uuid") : uri;
    }
    return In::PassedOver;
}

void Handler::text(std::string_view piece) {
    if (!status_ || places_.empty()) {
        return;
    }
    switch (places_.back()) {
    case In::Value:
        elements_.back().element.text += piece;
        break;
    case In::Component:
        name_[group_][component_] += piece;
        break;
    case In::InlineBinary:
        base64_ += piece;
        break;
    default:
        break;
    }
}

void Handler::end_name() {
    std::string name;
    for (const auto& group : name_) {
        std::string text;
        for (const std::string& component : group) {
            text.append(text.empty() && &component == &group[0] ? "" : "^").append(component);
        }
        text.resize(text.find_last_not_of('^') + 1);
        name.append(&group == &name_[0] ? "" : "=").append(text);
    }
    name.resize(name.find_last_not_of('=') + 1);
    elements_.back().element.text += name;
}

// PS3.5 7.8.1: a creator (gggg,00bb) holds the elements (gggg,bb00) to (gggg,bbFF).
void Handler::place_private(OpenDataset& open, OpenElement& added) {
    Tag& tag = added.element.tag;
    if (!tag.is_private()) {
        return;
    }
    if (tag.element >= 0x10 && tag.element <= 0xFF && added.element.vr == "LO") {
        open.blocks.emplace(tag);
        open.creators.emplace(std::pair(tag.group, added.element.text), tag.element);
        return;
    }
    if (added.creator.empty()) {
        return;
    }
    auto block = static_cast<std::uint16_t>(tag.element >> 8U);
    if (block < 0x10) {
        const auto known = open.creators.find(std::pair(tag.group, added.creator));
        block = known != open.creators.end() ? known->second : free_block(open, tag.group);
        if (block > 0xFF) {
            malformed("a private group has no block left");
            return;
        }
        tag.element = static_cast<std::uint16_t>(std::uint32_t{block} << 8U | (tag.element & 0xFFU));
    }
    if (open.blocks.emplace(Tag{tag.group, block}).second) {
        open.creators.emplace(std::pair(tag.group, added.creator), block);
        ModelElement creator;
        creator.tag = Tag{tag.group, block};
        creator.vr = "LO";
        creator.text = added.creator;
        open.dataset.elements.push_back(std::move(creator));
    }
}

std::uint16_t Handler::free_block(const OpenDataset& open, std::uint16_t group) {
    std::uint16_t block = 0x10;
    while (block <= 0xFF && open.blocks.contains(Tag{group, block})) {
        ++block;
    }
    return block;
}

void Handler::end_attribute() {
    OpenElement open = std::move(elements_.back());
    elements_.pop_back();
    place_private(datasets_.back(), open);
    if (const Status complete = complete_element(open.element, open.values); !complete) {
        malformed(complete.failure().text.c_str());
    }
    datasets_.back().dataset.elements.push_back(std::move(open.element));
}

void Handler::end_dataset(ModelDataset& dataset) {
    if (const Status sorted = sort_elements(dataset); !sorted) {
        malformed(sorted.failure().text.c_str());
    }
}

void Handler::end() {
    if (!status_ || places_.empty()) {
        return;
    }
    const In place = places_.back();
    places_.pop_back();
    switch (place) {
    case In::Attribute:
        end_attribute();
        break;
    case In::Item: {
        ModelDataset item = std::move(datasets_.back().dataset);
        datasets_.pop_back();
        end_dataset(item);
        elements_.back().element.items.push_back(std::move(item));
        break;
    }
    case In::PersonName:
        end_name();
        break;
    case In::InlineBinary:
        elements_.back().element.binary = decode_base64(base64_, Base64Form::Lenient);
        if (!elements_.back().element.binary) {
            malformed("inline binary data is no base64");
        }
        break;
    case In::Model:
        end_dataset(datasets_.front().dataset);
        read_ = true;
        break;
    default:
        break;
    }
}

struct FreeParser {
    void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
};

} // namespace

Result<ModelDataset> read_xml_model(std::string_view xml, const ModelLimits& limits) {
    const std::unique_ptr<XML_ParserStruct, FreeParser> parser(XML_ParserCreate(nullptr));
    if (!parser) {
        throw std::bad_alloc();
    }
    Handler handler(parser.get(), limits);
    for (bool more = true; more;) {
        const std::string_view piece = xml.substr(0, kFeedBytes);
        xml.remove_prefix(piece.size());
        more = !xml.empty();
        const auto parsed = XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()),
                                      more ? XML_FALSE : XML_TRUE);
        if (!handler.status()) {
            return handler.status().failure();
        }
        if (parsed != XML_STATUS_OK) {
            return error(ErrorKind::Malformed, "the text is no XML");
        }
    }
    return handler.take();
}

} // namespace recog::dicom
