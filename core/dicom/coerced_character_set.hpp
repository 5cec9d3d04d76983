// Which character set a coerced copy is written in. The rule stands at the head of attribute_coercion.hpp.
#pragma once

#include "core/base/result.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

struct CoercedCharacterSet {
    std::string declared;   ///< what the copy's (0008,0005) says
    std::string target;     ///< a term for encode()
    bool redeclare = false; ///< `declared` is not what the file says
    bool convert = false;   ///< text of the file has to be converted to `target`
};

/// Whether all text of the file has the same bytes in the set `target` as it has now.
using KeepsItsBytes = std::function<Result<bool>(const std::string& target)>;

/// `declared`: the raw value of (0008,0005), empty when absent. `values`: the new ones, in UTF-8.
/// Errors: those of `keeps_its_bytes`.
Result<CoercedCharacterSet> choose_character_set(std::string_view declared, std::string_view undeclared_set,
                                                 const std::vector<std::string_view>& values,
                                                 const KeepsItsBytes& keeps_its_bytes);

} // namespace recog::dicom
