// URIs (RFC 3986): splitting first, decoding once afterwards.
#pragma once

#include "core/base/result.hpp"
#include "core/dicomweb/request.hpp"

namespace recog::dicomweb {

inline constexpr std::size_t kMaxPathSegments = 32;
inline constexpr std::size_t kMaxPathBytes = 8192;
inline constexpr std::size_t kMaxQueryBytes = 65'536;
inline constexpr std::size_t kMaxQueryParameters = 1000;

enum class Plus { Literal, Space };

/// Decodes %XX once. Errors: BadRequest for a lame escape, for %00 and for text that is not UTF-8.
Result<std::string> percent_decode(std::string_view text, Plus plus = Plus::Literal);

/// Everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);

/// Splits a raw path at '/' and decodes each segment; empty segments at both ends are dropped.
/// Errors: BadRequest (also for an empty segment inside, "." and ".."), TooLarge.
Result<std::vector<std::string>> parse_path(std::string_view raw_path);

/// Splits a raw query (without '?') at '&', then at the first '=', then decodes; '+' is a space, for that is
/// how browsers' URLSearchParams and Python's urlencode write one. Errors: BadRequest, TooLarge.
Result<std::vector<Field>> parse_query(std::string_view raw_query);

/// PS3.5 9.1: at most 64 characters, digits and single dots, no component with a leading zero.
bool is_valid_uid(std::string_view uid);

/// What real archives hold: at most 64 characters of [0-9.], not empty. Look-ups take this, so that an object
/// with a sloppy UID can still be fetched.
bool is_lookup_uid(std::string_view uid);

} // namespace recog::dicomweb
