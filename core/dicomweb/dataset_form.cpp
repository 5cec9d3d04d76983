#include "core/dicomweb/dataset_form.hpp"

#include <iterator>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kDicomJson = "application/dicom+json";
constexpr std::string_view kJson = "application/json";

// In order of preference.
constexpr DatasetForm kForms[] = {DatasetForm::DicomJson, DatasetForm::DicomXml, DatasetForm::Json};

bool is_any(std::string_view type) {
    return type == "*/*" || type == "application/*";
}

/// How exactly a range means a form, from 0 on; nullopt: it does not.
std::optional<int> exactness(const MediaRange& range, DatasetForm form) {
    if (range.type == "*/*") {
        return 0;
    }
    if (range.multipart()) {
        const bool meant =
            form == DatasetForm::DicomXml && (range.inner_type == kDicomXml || is_any(range.inner_type));
        return !meant                          ? std::nullopt
               : range.inner_type == kDicomXml ? std::optional(3)
                                               : std::optional(range.type.ends_with("/*") ? 1 : 2);
    }
    if (form == DatasetForm::DicomXml) {
        return std::nullopt;
    }
    return range.type == json_type(form) ? std::optional(3)
           : is_any(range.type)          ? std::optional(1)
                                         : std::nullopt;
}

} // namespace

std::optional<DatasetForm> choose_dataset_form(const std::vector<MediaRange>& accepted) {
    const auto chosen = most_wanted(accepted, std::size(kForms), [](const MediaRange& range, std::size_t i) {
        return exactness(range, kForms[i]);
    });
    return chosen ? std::optional(kForms[*chosen]) : std::nullopt;
}

std::string_view json_type(DatasetForm form) {
    return form == DatasetForm::Json ? kJson : kDicomJson;
}

} // namespace recog::dicomweb
