// What OpenJPEG asserts of an HTJ2K stream rather than checks, looked for before it is called: a failed
// assertion ends the server.
#pragma once

#include "core/codec/codec.hpp"

namespace recog::codec {

/// Whether the code stream holds no block of ISO/IEC 15444-15, or such blocks in one layer whose data keep
/// the rule of bit stuffing: 0xFF is never followed by more than 0x8F. SOP and EPH within the data break it,
/// too. Reads nothing beyond `stream`, which begins with SOC.
bool keeps_htj2k_rules(Bytes stream);

} // namespace recog::codec
