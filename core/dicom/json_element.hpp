// Values of the DICOM JSON Model (PS3.18 F.2) from decoded text. Shared by data sets and query answers.
#pragma once

#include "core/base/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace recog::dicom {

/// A JSON number for text that is a decimal number (PS3.5 6.2 DS, IS): "+1", "007", ".5" and "5." are
/// rewritten, digits stay as they are. nullopt for anything else and for what no double can hold.
std::optional<std::string> json_number(std::string_view text);

/// Takes the padding off one value: PS3.5 6.2 calls it insignificant.
std::string_view without_padding(std::string_view value, std::string_view vr);

/// False for LT, ST, UT and UR, in which '\' is text (PS3.5 6.4).
bool splits_values(std::string_view vr);

/// PS3.5 6.2.1: components may be left out with their delimiters, so delimiters alone are no name.
bool is_empty_name(std::string_view name);

/// `"Value":[...]` for decoded text; nothing when it is empty. Numbers for DS, IS and the binary numbers,
/// objects for PN, null for an empty value among others (PS3.18 F.2.5).
void write_values(JsonWriter& out, std::string_view vr, std::string_view utf8);

/// FL and FD. NaN and the infinities have no JSON number and become strings that JavaScript's Number() reads.
void write_real(JsonWriter& out, double number);
void write_real(JsonWriter& out, float number);
/// SV and UV. Beyond 2^53 a JSON reader would round: strings then, which PS3.18 table F.2.3-1 allows.
void write_wide(JsonWriter& out, std::int64_t number);
void write_wide(JsonWriter& out, std::uint64_t number);

/// FL and FD in as few digits as read back the same; "NaN", "Infinity" and "-Infinity".
std::string shortest(double number);
std::string shortest(float number);

} // namespace recog::dicom
