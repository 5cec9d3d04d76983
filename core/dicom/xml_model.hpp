// The Native DICOM Model (PS3.19 A.1) as XML 1.0 in UTF-8, written straight into text.
//
//   NativeDicomModel = DicomAttribute*
//   DicomAttribute   = @tag @vr @keyword? @privateCreator?
//                      (BulkData | Value+ | Item+ | PersonName+ | InlineBinary)?              (PS3.19 A.1.6)
#pragma once

#include "core/dicom/answer_model.hpp"
#include "core/dicom/dataset_walk.hpp"

#include <string>
#include <string_view>

namespace recog::dicom {

/// Writes one document. `bulk_data_uri` as in JsonModel. For one thread.
class XmlModel final : public ModelSink {
public:
    explicit XmlModel(std::string& out, std::string_view bulk_data_uri = {})
        : out_(out), bulk_data_uri_(bulk_data_uri) {}

    void begin_item(std::size_t number) override;
    void end_item() override;
    void begin_element(const ElementHead& element) override;
    void end_element() override;
    void begin_items() override {}
    void end_items() override {}
    void text(std::string_view vr, std::string_view utf8) override;
    void begin_values() override { number_ = 0; }
    void end_values() override {}
    void value(std::int64_t number) override;
    void value(std::uint64_t number) override;
    void value(float number) override;
    void value(double number) override;
    void value(Tag tag) override;
    void inline_binary(Bytes bytes) override;
    void bulk_data(const BulkValue& bulk) override;

private:
    void numbered(std::string_view name, std::size_t number);
    void plain_value(std::string_view text);
    void person_name(std::string_view value, std::size_t number);

    std::string& out_;
    std::string_view bulk_data_uri_;
    std::size_t number_ = 0;
    std::size_t depth_ = 0;
};

/// The data set of a file as one document, as write_dataset() does in JSON.
Status write_xml_dataset(std::string& out, Bytes file, ModelOptions options = {},
                         std::string_view bulk_data_uri = {});

/// A query answer as one document: what write_answer() is for JSON.
void write_xml_answer(std::string& out, const AnswerView& answer);

/// Appends text that XML can hold, for content and for attributes in double quotes: markup escaped, line ends
/// and tabs by number so that no reader makes spaces of them, and U+FFFD for bytes that are not UTF-8 and
/// characters that XML 1.0 (2.2) has no way to write.
void append_xml_text(std::string& out, std::string_view utf8);

} // namespace recog::dicom
