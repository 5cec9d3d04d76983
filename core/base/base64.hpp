// Base64 (RFC 4648 section 4), the one place that writes and reads it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace recog {

enum class Base64Form {
    /// Each sequence of bytes has one text: padded, nothing but the alphabet, no bits left over. For secrets
    /// and whatever is compared.
    Canonical,
    /// Blanks and line ends are passed over, padding may be missing, bits left over are ignored: as documents
    /// hold it (PS3.18 F.2.7, xs:base64Binary).
    Lenient
};

/// Padded, in one line.
std::string encode_base64(std::span<const std::byte> bytes);

/// nullopt when the text is none of this form. Has no limit of its own: the bytes are at most three quarters
/// of the text, which its owner bounds.
std::optional<std::string> decode_base64(std::string_view text, Base64Form form = Base64Form::Canonical);

} // namespace recog
