// Conditional requests of RFC 9110 13, as far as entity tags go; no dates are given.
//
//   If-Match, If-None-Match = "*" / #( [ "W/" ] DQUOTE *etagc DQUOTE )
#pragma once

#include "core/dicomweb/request.hpp"

namespace recog::dicomweb {

/// Entity tags beyond this many in one field are not looked at.
inline constexpr std::size_t kMaxEntityTags = 256;

enum class Precondition {
    Holds,       ///< the method is carried out; Range is looked at only then
    NotModified, ///< 304: the asker has it already
    Failed       ///< 412
};

/// Of a GET or HEAD for something that exists and whose answer would be a success (13.2.1). `entity_tag`: its
/// own with quotes and, when it is weak, W/; empty when it has none. What cannot be read in a list matches
/// nothing.
Precondition judge_preconditions(const Request& request, std::string_view entity_tag);

} // namespace recog::dicomweb
