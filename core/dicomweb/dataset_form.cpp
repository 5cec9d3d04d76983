#include "core/dicomweb/dataset_form.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kDicomJson = "application/dicom+json";
constexpr std::string_view kJson = "application/json";

bool is_any(std::string_view type) {
    return type == "*/*" || type == "application/*";
}

std::optional<DatasetForm> form_of(const MediaRange& range) {
    if (range.multipart()) {
        return range.inner_type == kDicomXml || is_any(range.inner_type)
                   ? std::optional(DatasetForm::DicomXml)
                   : std::nullopt;
    }
    if (range.type == kDicomJson || is_any(range.type)) {
        return DatasetForm::DicomJson;
    }
    return range.type == kJson ? std::optional(DatasetForm::Json) : std::nullopt;
}

// RFC 9110 12.5.1: q=0 shuts out the type it names.
bool is_shut_out(const std::vector<MediaRange>& accepted, DatasetForm form) {
    return std::any_of(accepted.begin(), accepted.end(), [form](const MediaRange& range) {
        return range.quality == 0 && !is_any(range.payload()) && form_of(range) == form;
    });
}

} // namespace

std::optional<DatasetForm> choose_dataset_form(const std::vector<MediaRange>& accepted) {
    std::optional<DatasetForm> chosen;
    int quality = 0;
    for (const MediaRange& range : accepted) {
        const auto form = form_of(range);
        if (form && range.quality > quality && !is_shut_out(accepted, *form)) {
            chosen = form;
            quality = range.quality;
        }
    }
    return chosen;
}

std::string_view json_type(DatasetForm form) {
    return form == DatasetForm::Json ? kJson : kDicomJson;
}

} // namespace recog::dicomweb
