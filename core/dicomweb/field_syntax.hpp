// The words that values of header fields are made of (RFC 9110 5.6), for all who read them.
#pragma once

#include <string>
#include <string_view>

namespace recog::dicomweb {

/// ASCII letters in lower case.
std::string lower_case(std::string_view text);

/// Without the blanks round it, and the line ends that a folded field may have kept.
std::string_view trimmed(std::string_view text);

/// RFC 9110 5.6.2
bool is_token(std::string_view text);

/// type "/" subtype (RFC 9110 8.3.1), without parameters.
bool is_media_type(std::string_view text);

/// The trimmed text up to `separator` outside of quotes, or all of it; `rest` loses it and the separator.
std::string_view take_until(std::string_view& rest, char separator);

/// What a quoted string (RFC 9110 5.6.4) says; any other text as it is.
std::string unquoted(std::string_view text);

} // namespace recog::dicomweb
