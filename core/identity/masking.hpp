// What a page or message may show of a number.
#pragma once

#include <string>
#include <string_view>

namespace recog::identity {

/// The first 3 and last 4 characters of a UTF-8 value with "****" between; "****" alone for a value of fewer
/// than 11 characters, of which too little would stay hidden. Empty stays empty. The length is not given
/// away.
std::string mask(std::string_view value);

} // namespace recog::identity
