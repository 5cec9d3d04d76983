// UTF-8 as RFC 3629 defines it: shortest forms only, no surrogates, at most U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace recog {

/// Number of bytes of the valid sequence that begins at text[0]; 0 when there is none.
std::size_t utf8_sequence_length(std::string_view text);

bool is_utf8(std::string_view text);

/// Every byte that belongs to no valid sequence becomes U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

/// The longest prefix of at most `bytes` bytes that does not cut a character. `text` must be UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

} // namespace recog
