#include "core/dicomweb/media_type.hpp"

#include "core/dicomweb/field_syntax.hpp"

#include <algorithm>

namespace recog::dicomweb {

std::string_view MediaType::parameter(std::string_view name) const {
    const auto at = std::find_if(parameters.begin(), parameters.end(),
                                 [name](const auto& parameter) { return parameter.first == name; });
    return at != parameters.end() ? std::string_view(at->second) : std::string_view();
}

Result<MediaType> parse_media_type(std::string_view text) {
    const auto refused = [] { return error(ErrorKind::BadRequest, "the Content-Type cannot be read"); };
    if (text.size() > kMaxMediaTypeBytes) {
        return refused();
    }
    MediaType media;
    text = trimmed(text);
    if (text.empty()) {
        return media;
    }
    media.type = lower_case(take_until(text, ';'));
    if (!is_media_type(media.type)) {
        return refused();
    }
    while (!text.empty()) {
        const std::string_view parameter = take_until(text, ';');
        if (parameter.empty()) {
            continue;
        }
        const std::size_t equals = parameter.find('=');
        if (equals == std::string_view::npos || media.parameters.size() == kMaxMediaTypeParameters) {
            return refused();
        }
        const std::string_view name = trimmed(parameter.substr(0, equals));
        if (!is_token(name)) {
            return refused();
        }
        // Clients in the field leave the quotes off values that need them: `type=application/dicom`.
        media.parameters.emplace_back(lower_case(name), unquoted(trimmed(parameter.substr(equals + 1))));
    }
    return media;
}

} // namespace recog::dicomweb
