// Writes UTF-8 text in the character set that a data set declares.
//
// ISO 2022 IR 58 with an empty first value (PS3.5 annex K): ASCII stays in G0; before the first Chinese
// character of each line, value and name component stands ESC $ ) A, which designates GB 2312 to G1.
#pragma once

#include "testdata/generator/study_plan.hpp"

#include <dcmtk/dcmdata/dcdatset.h>

#include <string>
#include <string_view>

namespace recog::generator {

/// Throws std::logic_error when the text has a character that the set lacks: the plan is wrong then.
std::string encode(std::string_view utf8, CharacterSet character_set);

/// Sets (0008,0005) and re-encodes every element whose VR depends on it (PS3.5 6.1.2.2), nested ones too.
void declare_and_encode(DcmDataset& dataset, CharacterSet character_set);

} // namespace recog::generator
