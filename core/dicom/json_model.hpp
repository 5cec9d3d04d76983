// The DICOM JSON Model (PS3.18 annex F), written straight into text.
#pragma once

#include "core/base/json_writer.hpp"
#include "core/dicom/answer_model.hpp"
#include "core/dicom/dataset_walk.hpp"

#include <string_view>
#include <vector>

namespace recog::dicom {

/// Writes elements and items as JSON. `bulk_data_uri` is the prefix of BulkDataURI values, such as
/// ".../instances/1.2.3/bulkdata"; the path of the value follows. `uri_places`, when given, learns where in
/// the text each of these prefixes begins, for whoever puts something in front of them later. For one thread.
class JsonModel final : public ModelSink {
public:
    explicit JsonModel(JsonWriter& out, std::string_view bulk_data_uri = {},
                       std::vector<std::size_t>* uri_places = nullptr)
        : out_(out), bulk_data_uri_(bulk_data_uri), uri_places_(uri_places) {}

    void begin_item(std::size_t number) override;
    void end_item() override;
    void begin_element(const ElementHead& element) override;
    void end_element() override;
    void begin_items() override;
    void end_items() override;
    void text(std::string_view vr, std::string_view utf8) override;
    void begin_values() override;
    void end_values() override;
    void value(std::int64_t number) override;
    void value(std::uint64_t number) override;
    void value(float number) override;
    void value(double number) override;
    void value(Tag tag) override;
    void inline_binary(Bytes bytes) override;
    void bulk_data(const BulkValue& bulk) override;

private:
    JsonWriter& out_;
    std::string_view bulk_data_uri_;
    std::vector<std::size_t>* uri_places_;
};

/// The data set of a file as one object `{...}`, by tell_dataset(); there is bulk data when `bulk_data_uri`
/// is not empty, whatever the options say. Errors: those of tell_dataset(); what was written then is to be
/// thrown away.
Status write_dataset(JsonWriter& out, Bytes file, ModelOptions options = {},
                     std::string_view bulk_data_uri = {}, std::vector<std::size_t>* uri_places = nullptr);

/// Writes `"GGGGEEEE":{"vr":..,"Value":[..]}` from decoded text with values split by '\'. Never for SQ.
void write_element(JsonWriter& out, Tag tag, std::string_view vr, std::string_view utf8);

/// Writes a query answer as one object `{...}`, by tell_answer().
void write_answer(JsonWriter& out, const AnswerView& answer);

} // namespace recog::dicom
