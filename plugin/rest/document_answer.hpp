// Objects of the Text category (PS3.18 8.7.2) as documents: what is encapsulated as it is, Structured Reports
// as a page or as plain text (8.7.4).
#pragma once

#include "core/base/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace recog::rest {

/// Media types in which objects of this SOP class are given, the preferred one first; empty when they are no
/// documents.
std::span<const std::string_view> document_types(std::string_view sop_class);

/// `media_type` is one of document_types. `character_set`: of objects that declare none. UTF-8 comes out.
/// Errors: Malformed, NotFound (no document inside), NotAcceptable (another document than its class says).
Result<std::string> document_bytes(std::span<const std::byte> file, std::string_view media_type,
                                   const std::string& character_set);

/// As it stands in a header: text has a charset.
std::string content_type_of(std::string_view media_type);

} // namespace recog::rest
