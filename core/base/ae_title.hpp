// Application Entity titles as they are compared: PS3.5 6.2 (AE) says that leading and trailing spaces mean
// nothing; about case Orthanc's option StrictAetComparison decides.
#pragma once

#include <string>
#include <string_view>

namespace recog {

enum class AetComparison {
    WithoutCase, ///< Orthanc's default
    Strict       ///< StrictAetComparison: true
};

/// Two titles name the same AE when their keys are equal. Empty when the title names nobody.
std::string aet_key(std::string_view title, AetComparison comparison);

bool same_aet(std::string_view left, std::string_view right, AetComparison comparison);

} // namespace recog
