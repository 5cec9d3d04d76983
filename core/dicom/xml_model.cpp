#include "core/dicom/xml_model.hpp"

#include "core/base/base64.hpp"
#include "core/base/utf8.hpp"
#include "core/dicom/element_dictionary.hpp"
#include "core/dicom/json_element.hpp"

#include <array>

namespace recog::dicom {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kBegin = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel "
                                    "xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\" "
                                    "xml:space=\"preserve\">";

// XML 1.0 2.2: of the control characters only these three; neither U+FFFE nor U+FFFF.
std::string_view escaped(std::string_view character) {
    switch (character[0]) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        break;
    }
    const bool control = static_cast<unsigned char>(character[0]) < 0x20;
    return control || character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF" ? kReplacement
                                                                                 : std::string_view();
}

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '&' && c != '<' && c != '>' && c != '"';
}

std::size_t plain_prefix(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && is_plain(text[length])) {
        ++length;
    }
    return length;
}

// PS3.5 6.2.1.1: family^given^middle^prefix^suffix.
void append_name_group(std::string& out, std::string_view group, std::string_view components) {
    static constexpr std::array<std::string_view, 5> kComponents{"FamilyName", "GivenName", "MiddleName",
                                                                 "NamePrefix", "NameSuffix"};
    out.append("<").append(group).append(">");
    for (const std::string_view name : kComponents) {
        const std::size_t end = components.find('^');
        const std::string_view component = components.substr(0, end);
        if (!component.empty()) {
            out.append("<").append(name).append(">");
            append_xml_text(out, component);
            out.append("</").append(name).append(">");
        }
        if (end == std::string_view::npos) {
            break;
        }
        components.remove_prefix(end + 1);
    }
    out.append("</").append(group).append(">");
}

// PS3.19 table A.1.5-2: the block of a private element is not part of its name, its creator is.
Tag native_tag(Tag tag) {
    return tag.is_private() ? Tag{tag.group, static_cast<std::uint16_t>(tag.element & 0x00FFU)} : tag;
}

} // namespace

void append_xml_text(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t plain = plain_prefix(text);
        out.append(text, 0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            return;
        }
        const std::size_t length = utf8_sequence_length(text);
        const std::string_view character = text.substr(0, length);
        const std::string_view instead = length == 0 ? kReplacement : escaped(character);
        out.append(instead.empty() ? character : instead);
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

void XmlModel::begin_item(std::size_t number) {
    if (depth_++ == 0) {
        out_.append(kBegin);
    } else {
        numbered("Item", number);
    }
}

void XmlModel::end_item() {
    out_.append(--depth_ == 0 ? "</NativeDicomModel>\n" : "</Item>");
}

void XmlModel::begin_element(const ElementHead& element) {
    out_.append("<DicomAttribute tag=\"").append(to_hex(native_tag(element.tag)));
    out_.append("\" vr=\"").append(element.vr).append("\"");
    const DictionaryElement* const known = find_public_element(element.tag);
    if (known != nullptr && !known->keyword.empty()) {
        out_.append(" keyword=\"").append(known->keyword).append("\"");
    }
    if (!element.private_creator.empty()) {
        out_.append(" privateCreator=\"");
        append_xml_text(out_, element.private_creator);
        out_.append("\"");
    }
    out_.append(">");
}

void XmlModel::end_element() {
    out_.append("</DicomAttribute>");
}

void XmlModel::numbered(std::string_view name, std::size_t number) {
    out_.append("<").append(name).append(" number=\"").append(std::to_string(number)).append("\">");
}

void XmlModel::plain_value(std::string_view text) {
    numbered("Value", ++number_);
    append_xml_text(out_, text);
    out_.append("</Value>");
}

void XmlModel::person_name(std::string_view value, std::size_t number) {
    static constexpr std::array<std::string_view, 3> kGroups{"Alphabetic", "Ideographic", "Phonetic"};
    numbered("PersonName", number);
    for (const std::string_view group : kGroups) {
        const std::size_t end = value.find('=');
        const std::string_view components = without_padding(value.substr(0, end), "PN");
        if (!is_empty_name(components)) {
            append_name_group(out_, group, components);
        }
        if (end == std::string_view::npos) {
            break;
        }
        value.remove_prefix(end + 1);
    }
    out_.append("</PersonName>");
}

void XmlModel::text(std::string_view vr, std::string_view utf8) {
    std::string_view rest = without_padding(utf8, vr);
    number_ = 0;
    if (rest.empty() || (vr == "PN" && is_empty_name(rest))) {
        return;
    }
    for (bool more = true; more;) {
        const std::size_t end = splits_values(vr) ? rest.find('\\') : std::string_view::npos;
        more = end != std::string_view::npos;
        const std::string_view value = without_padding(rest.substr(0, end), vr);
        if (vr == "PN") {
            person_name(value, ++number_);
        } else {
            plain_value(value);
        }
        rest.remove_prefix(more ? end + 1 : rest.size());
    }
}

void XmlModel::value(std::int64_t number) {
    plain_value(std::to_string(number));
}

void XmlModel::value(std::uint64_t number) {
    plain_value(std::to_string(number));
}

void XmlModel::value(float number) {
    plain_value(shortest(number));
}

void XmlModel::value(double number) {
    plain_value(shortest(number));
}

void XmlModel::value(Tag tag) {
    plain_value(to_hex(tag));
}

void XmlModel::inline_binary(Bytes bytes) {
    out_.append("<InlineBinary>").append(encode_base64(bytes)).append("</InlineBinary>");
}

void XmlModel::bulk_data(const BulkValue& bulk) {
    out_.append("<BulkData uri=\"");
    append_xml_text(out_, std::string(bulk_data_uri_).append(bulk.path));
    out_.append("\"/>");
}

Status write_xml_dataset(std::string& out, Bytes file, ModelOptions options, std::string_view bulk_data_uri) {
    options.bulk_data = !bulk_data_uri.empty();
    XmlModel model(out, bulk_data_uri);
    return tell_dataset(model, file, options);
}

void write_xml_answer(std::string& out, const AnswerView& answer) {
    XmlModel model(out);
    tell_answer(model, answer);
}

} // namespace recog::dicom
