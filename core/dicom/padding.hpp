// The padding of values (PS3.5 6.2): spaces, and the NULs that many senders use instead.
#pragma once

#include <string_view>

namespace recog::dicom {

/// Without the spaces and NULs at its end.
inline std::string_view without_padding(std::string_view value) {
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) {
        value.remove_suffix(1);
    }
    return value;
}

/// Without the spaces in front too, where they mean nothing.
inline std::string_view strip_padding(std::string_view value) {
    value = without_padding(value);
    while (!value.empty() && value.front() == ' ') {
        value.remove_prefix(1);
    }
    return value;
}

} // namespace recog::dicom
