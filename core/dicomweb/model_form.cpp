#include "core/dicomweb/model_form.hpp"

#include <algorithm>

namespace recog::dicomweb {

namespace {

constexpr std::string_view kXml = "application/dicom+xml";

std::optional<std::string_view> json_type(std::string_view range) {
    if (range == "application/json") {
        return range;
    }
    const bool covered = range == "*/*" || range == "application/*" || range == "application/dicom+json";
    return covered ? std::optional<std::string_view>("application/dicom+json") : std::nullopt;
}

std::optional<ModelForm> form_of(const MediaRange& range) {
    if (range.multipart()) {
        const bool covered =
            range.inner_type == kXml || range.inner_type == "*/*" || range.inner_type == "application/*";
        return covered ? std::optional(ModelForm{true, std::string(kXml)}) : std::nullopt;
    }
    const auto json = json_type(range.type);
    return json ? std::optional(ModelForm{false, std::string(*json)}) : std::nullopt;
}

bool is_shut_out(const std::vector<MediaRange>& accepted, const ModelForm& form) {
    return std::any_of(accepted.begin(), accepted.end(), [&](const MediaRange& range) {
        return range.quality == 0 && range.multipart() == form.xml && range.payload() == form.media_type;
    });
}

} // namespace

std::optional<ModelForm> choose_model_form(const std::vector<MediaRange>& accepted) {
    std::optional<ModelForm> chosen;
    int quality = 0;
    for (const MediaRange& range : accepted) {
        auto form = range.quality > quality ? form_of(range) : std::nullopt;
        if (form && !is_shut_out(accepted, *form)) {
            quality = range.quality;
            chosen = std::move(form);
        }
    }
    return chosen;
}

} // namespace recog::dicomweb
