#include "core/dicom/json_model.hpp"

#include "core/base/base64.hpp"
#include "core/dicom/json_element.hpp"

#include <array>
#include <cstring>

namespace recog::dicom {

void JsonModel::begin_item(std::size_t) {
    out_.begin_object();
}

void JsonModel::end_item() {
    out_.end_object();
}

// `"GGGGEEEE":{"vr":"XX"`, in one piece: there are hundreds in each file.
void JsonModel::begin_element(const ElementHead& element) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    static constexpr std::string_view kShape = R"("00000000":{"vr":"UN")";
    static constexpr std::size_t kVr = kShape.size() - 3;
    std::array<char, kShape.size()> head{};
    std::memcpy(head.data(), kShape.data(), head.size());
    for (std::size_t i = 0; i < 8; ++i) {
        head[8 - i] = kDigits[element.tag.number() >> (4 * i) & 15U];
    }
    if (element.vr.size() == 2) {
        head[kVr] = element.vr[0];
        head[kVr + 1] = element.vr[1];
    }
    out_.fragment({head.data(), head.size()});
}

void JsonModel::end_element() {
    out_.end_object();
}

void JsonModel::begin_items() {
    out_.key("Value");
    out_.begin_array();
}

void JsonModel::end_items() {
    out_.end_array();
}

void JsonModel::text(std::string_view vr, std::string_view utf8) {
    write_values(out_, vr, utf8);
}

void JsonModel::begin_values() {
    begin_items();
}

void JsonModel::end_values() {
    end_items();
}

void JsonModel::value(std::int64_t number) {
    write_wide(out_, number);
}

void JsonModel::value(std::uint64_t number) {
    write_wide(out_, number);
}

void JsonModel::value(float number) {
    write_real(out_, number);
}

void JsonModel::value(double number) {
    write_real(out_, number);
}

void JsonModel::value(Tag tag) {
    out_.string(to_hex(tag));
}

void JsonModel::inline_binary(Bytes bytes) {
    out_.member("InlineBinary", encode_base64(bytes));
}

void JsonModel::bulk_data(const BulkValue& bulk) {
    out_.key("BulkDataURI");
    if (uri_places_ != nullptr) {
        uri_places_->push_back(out_.size() + 1); // behind the quotation mark
    }
    out_.string(std::string(bulk_data_uri_).append(bulk.path));
}

Status write_dataset(JsonWriter& out, Bytes file, ModelOptions options, std::string_view bulk_data_uri,
                     std::vector<std::size_t>* uri_places) {
    options.bulk_data = !bulk_data_uri.empty();
    JsonModel model(out, bulk_data_uri, uri_places);
    return tell_dataset(model, file, options);
}

void write_element(JsonWriter& out, Tag tag, std::string_view vr, std::string_view utf8) {
    JsonModel model(out);
    model.begin_element({tag, vr, {}});
    if (vr != "SQ") {
        model.text(vr, utf8);
    }
    model.end_element();
}

void write_answer(JsonWriter& out, const AnswerView& answer) {
    JsonModel model(out);
    tell_answer(model, answer);
}

} // namespace recog::dicom
